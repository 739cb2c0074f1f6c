"""Reads about people. Who is asking is found by `actors`; its three functions are part of this door."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from directory.people.actors import actor_of_person, actor_of_session, actor_of_token
from directory.people.rules import normal_email
from directory.people.schemas import GrantOut, MeOut, PersonOut, RoleOut, TokenOut
from directory.people.tables import CURRENT
from directory.people.words import EVENTS
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import fetch, fetch_as, fetch_value, transaction
from kit.errors import Forbidden, NotFound
from kit.events import EventOut, told
from kit.filters import searched
from kit.i18n import _, current_language
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

__all__ = [
    "actor_of_person",
    "actor_of_session",
    "actor_of_token",
    "boards",
    "history",
    "left",
    "me",
    "must_read",
    "people",
    "person",
    "role_name",
    "roles",
    "tokens",
]

# The people and the grants of the actor's place ($1, its board; all of them where $2): said here, and once more by row-level
# security. $3 is today.
_PEOPLE = """
SELECT p.id, p.email, p.name, p.language, fold(p.name) AS name_key,
    CASE WHEN p.deactivated_at IS NOT NULL THEN 'closed' ELSE coalesce((
        SELECT min(CASE WHEN g.from_day > $3 THEN 'coming' ELSE 'active' END) FROM role_grant g WHERE g.person = p.id
            AND ($2 OR g.board IS NOT DISTINCT FROM $1) AND g.revoked_at IS NULL AND (g.until_day IS NULL OR g.until_day >= $3)
    ), 'closed') END AS state
FROM person p WHERE
"""
_HERE = (
    f"($2 OR EXISTS (SELECT FROM role_grant g WHERE g.person = p.id AND g.board IS NOT DISTINCT FROM $1 AND {CURRENT}))"
)


def _place(who: Actor) -> tuple[str | None, bool, date]:
    return who.board, who.scope is Scope.system, today()


def must_read(who: Actor) -> None:
    """Raise Forbidden unless the actor may see the people of a whole board or of the province."""
    if who.scope is not Scope.system and (who.scope is Scope.school or "person.read" not in who.rights):
        raise Forbidden()


async def people(who: Actor, *, q: str = "", after: str | None = None, limit: int = DEFAULT_LIMIT) -> Page[PersonOut]:
    """People of the actor's board, or of the province (of all, for the system), by name. Raises Forbidden.

    `q` is a part of the name or address.
    """
    must_read(who)
    check_limit(limit)
    name_key, last = decode(after, keys=2) or (None, None)
    async with transaction(who):
        rows = await fetch(
            f"{_PEOPLE} {_HERE} AND ($4 = '' OR strpos(fold(p.name), fold($4)) > 0 OR strpos(p.email, lower($4)) > 0)"
            " AND ($5::text IS NULL OR (fold(p.name), p.email) > ($5, $6)) ORDER BY fold(p.name), p.email LIMIT $7",
            *_place(who), searched(q), name_key, last, limit + 1,
        )  # fmt: skip
        kept = page(rows, limit, lambda row: (row["name_key"], row["email"]))
        return Page(items=await _whole(who, kept.items), next=kept.next)


async def person(who: Actor, email: str) -> PersonOut:
    """Somebody of the actor's place. Raises NotFound, Forbidden."""
    must_read(who)
    async with transaction(who):
        rows = await fetch(f"{_PEOPLE} {_HERE} AND lower(p.email) = lower($4)", *_place(who), normal_email(email))
        if not rows:
            raise NotFound(_("Personne n'a l'adresse « {email} » parmi vos comptes.").format(email=email))
        return (await _whole(who, rows))[0]


async def left(who: Actor, key: UUID) -> PersonOut:
    """Somebody as a change of the actor's leaves them, seen here still or not. Inside the transaction of the change."""
    rows = await fetch(f"{_PEOPLE} p.id = $4", *_place(who), key)
    return (await _whole(who, rows))[0]


async def history(who: Actor, email: str) -> list[EventOut]:
    """What happened to somebody's access in the actor's place, newest first. Raises NotFound, Forbidden."""
    must_read(who)
    async with transaction(who):
        key = await fetch_value(
            f"SELECT p.id FROM person p WHERE {_HERE} AND lower(p.email) = lower($3)",
            who.board, who.scope is Scope.system, normal_email(email),
        )  # fmt: skip
        if key is None:
            raise NotFound()
        rows = await fetch(
            "SELECT at, what, actor_name, why, before, after FROM event WHERE subject_kind = 'person' AND subject = $1"
            " AND ($2 OR board IS NOT DISTINCT FROM $3) AND what = ANY ($4) ORDER BY at DESC, id DESC LIMIT 200",
            str(key), who.scope is Scope.system, who.board, list(EVENTS),
        )  # fmt: skip
    return [told(row) for row in rows]


async def _whole(who: Actor, rows: Sequence[Any]) -> list[PersonOut]:
    """The people of these rows with their grants in the actor's place, and when they were last there."""
    keys = [row["id"] for row in rows]
    grants = await fetch(
        f"SELECT g.person, g.id, g.role, {role_name()} AS role_name, g.board, g.school, s.name AS school_name, g.from_day,"
        " g.until_day FROM role_grant g JOIN role r ON r.code = g.role LEFT JOIN school s ON s.code = g.school"
        " WHERE g.person = ANY ($1) AND g.revoked_at IS NULL AND ($2 OR g.board IS NOT DISTINCT FROM $3)"
        " ORDER BY r.position, g.board, g.school",
        keys, who.scope is Scope.system, who.board,
    )  # fmt: skip
    async with transaction(system()):  # sessions are the system's alone; these people have just been found in scope
        seen = dict(await fetch("SELECT person, max(seen_at) FROM session WHERE person = ANY ($1) GROUP BY 1", keys))
    held: dict[UUID, list[GrantOut]] = {key: [] for key in keys}
    for grant in grants:
        held[grant["person"]].append(GrantOut(**{name: grant[name] for name in GrantOut.__struct_fields__}))
    return [
        PersonOut(
            email=row["email"], name=row["name"], language=row["language"], state=row["state"],
            active=row["state"] != "closed", grants=held[row["id"]], last_seen_at=seen.get(row["id"]),
        )
        for row in rows
    ]  # fmt: skip


async def roles(who: Actor) -> list[RoleOut]:
    """The roles that there are, in the order of the desks."""
    async with transaction(who):
        return await fetch_as(RoleOut, f"SELECT r.code, {role_name()} AS name, r.reach FROM role r ORDER BY r.position")


def role_name() -> str:
    """The column of the role `r` that holds its name in the reader's language."""
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
