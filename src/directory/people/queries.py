"""Reads about people. Who is asking is found by `actors`; its three functions are part of this door."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from directory.people.actors import actor_of_person, actor_of_session, actor_of_token
from directory.people.rules import normal_email
from directory.people.schemas import GrantOut, MeOut, PersonOut, RoleOut, TokenOut
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import fetch, fetch_as, transaction
from kit.errors import Forbidden, NotFound
from kit.i18n import _, current_language
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

__all__ = [
    "actor_of_person",
    "actor_of_session",
    "actor_of_token",
    "boards",
    "me",
    "people",
    "person",
    "roles",
    "tokens",
]

# The board's own people and the board's own grants: said here, and once more by row-level security.
_PEOPLE = """
SELECT p.id, p.email, p.name, p.language, fold(p.name) AS name_key,
    p.deactivated_at IS NULL AND EXISTS (
        SELECT FROM role_grant g WHERE g.person = p.id AND g.revoked_at IS NULL AND ($1::text IS NULL OR g.board = $1)
            AND (g.until_day IS NULL OR g.until_day >= $2)
    ) AS active
FROM person p
WHERE ($1::text IS NULL OR EXISTS (SELECT FROM role_grant g WHERE g.person = p.id AND g.board = $1))
"""


def _must_read(who: Actor) -> None:
    if who.scope is not Scope.system and (who.scope is not Scope.board or "person.read" not in who.rights):
        raise Forbidden()


async def people(who: Actor, *, q: str = "", after: str | None = None, limit: int = DEFAULT_LIMIT) -> Page[PersonOut]:
    """People of the actor's board (of all, for the system) by name; `q` is a part of the name or address. Raises Forbidden."""
    _must_read(who)
    check_limit(limit)
    name_key, last = decode(after, keys=2) or (None, None)
    async with transaction(who):
        rows = await fetch(
            f"{_PEOPLE} AND ($3 = '' OR strpos(fold(p.name), fold($3)) > 0 OR strpos(p.email, lower($3)) > 0)"
            " AND ($4::text IS NULL OR (fold(p.name), p.email) > ($4, $5)) ORDER BY fold(p.name), p.email LIMIT $6",
            who.board, today(), q.replace("\0", "").strip(), name_key, last, limit + 1,
        )  # fmt: skip
        kept = page(rows, limit, lambda row: (row["name_key"], row["email"]))
        return Page(items=await _with_grants(who, kept.items), next=kept.next)


async def person(who: Actor, email: str) -> PersonOut:
    """Somebody of the actor's board. Raises NotFound, Forbidden."""
    _must_read(who)
    async with transaction(who):
        rows = await fetch(f"{_PEOPLE} AND lower(p.email) = lower($3)", who.board, today(), normal_email(email))
        if not rows:
            raise NotFound(_("Personne n'a l'adresse « {email} » parmi vos comptes.").format(email=email))
        return (await _with_grants(who, rows))[0]


async def _with_grants(who: Actor, rows: Sequence[Any]) -> list[PersonOut]:
    grants = await fetch(
        f"SELECT g.person, g.id, g.role, {_role_name()} AS role_name, g.board, g.school, g.from_day, g.until_day"
        " FROM role_grant g JOIN role r ON r.code = g.role WHERE g.person = ANY ($1) AND g.revoked_at IS NULL"
        " AND ($2::text IS NULL OR g.board = $2) ORDER BY r.position, g.board, g.school",
        [row["id"] for row in rows], who.board,
    )  # fmt: skip
    held: dict[UUID, list[GrantOut]] = {row["id"]: [] for row in rows}
    for grant in grants:
        held[grant["person"]].append(GrantOut(**{name: grant[name] for name in GrantOut.__struct_fields__}))
    return [
        PersonOut(
            email=row["email"], name=row["name"], language=row["language"], active=row["active"], grants=held[row["id"]]
        )
        for row in rows
    ]


async def roles(who: Actor) -> list[RoleOut]:
    """The roles that there are, in the order of the desks."""
    async with transaction(who):
        return await fetch_as(
            RoleOut, f"SELECT r.code, {_role_name()} AS name, r.reach FROM role r ORDER BY r.position"
        )


def _role_name() -> str:
    return "r.name_en" if current_language() == "en" else "r.name"


async def boards(who: Actor) -> list[tuple[str, str]]:
    """Codes and names of the boards where the actor holds a role today, whichever is acted for now; ("", …) is the province."""
    async with transaction(system()):  # a person's own grants in other boards: the condition on the person is the scope
        rows = await fetch(
            "SELECT DISTINCT coalesce(b.code, '') AS code, b.name FROM role_grant g LEFT JOIN school s ON s.code = g.school"
            " LEFT JOIN board b ON b.code = coalesce(s.board, g.board) WHERE g.person = $1 AND g.revoked_at IS NULL"
            " AND (g.from_day IS NULL OR g.from_day <= $2) AND (g.until_day IS NULL OR g.until_day >= $2) ORDER BY code",
            who.person, today(),
        )  # fmt: skip
    return [(row["code"], row["name"] or _("La province")) for row in rows]


async def tokens(who: Actor, *, email: str | None = None) -> list[TokenOut]:
    """One's own API tokens, newest first; the system sees those of `email`, or all. Raises Forbidden."""
    if who.scope is not Scope.system and (who.person is None or email not in (None, who.email)):
        raise Forbidden()
    async with transaction(system()):
        return await fetch_as(
            TokenOut,
            "SELECT t.id, t.name, p.email, t.scopes, t.board, t.school, t.created_at, t.expires_at, t.used_at,"
            " t.revoked_at IS NULL AND t.expires_at > $3 AND p.deactivated_at IS NULL AS active"
            " FROM api_token t JOIN person p ON p.id = t.person WHERE ($1::uuid IS NULL OR t.person = $1)"
            " AND ($2::text IS NULL OR lower(p.email) = lower($2)) ORDER BY t.created_at DESC, t.id DESC",
            who.person, normal_email(email) if email else None, now(),
        )  # fmt: skip


def me(who: Actor) -> MeOut:
    """Who asks, as they act now."""
    return MeOut(
        name=who.name,
        email=who.email,
        language=who.language,
        theme=who.theme,
        scope=who.scope.name,
        board=who.board,
        schools=list(who.schools),
        roles=list(who.roles),
        rights=sorted(who.rights),
        school_rights={school: sorted(rights) for school, rights in who.school_rights.items()},
    )
