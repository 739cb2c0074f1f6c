"""API tokens: a program acts for one person, within scopes, for a time, and in one board or school if the token says so."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from directory.people import queries
from directory.people.actors import actor_of_person
from directory.people.rules import check_days, check_name, check_scopes, normal_email
from directory.people.schemas import TokenOut
from kit.actor import Actor, Scope, system
from kit.clock import now
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound
from kit.events import record
from kit.i18n import _
from kit.ids import new_token, token_hash


async def create_token(
    who: Actor,
    *,
    email: str,
    name: str,
    scopes: Iterable[str],
    days: int,
    board: str | None = None,
    school: str | None = None,
) -> tuple[str, TokenOut]:
    """A token of one's own (of anybody, for the system), shown this once, and what there is to know of it.

    Raises Invalid, NotFound, Forbidden.
    A token made through a token has no wider scopes, no wider place and no longer life than its maker.
    """
    if who.scope is not Scope.system and (who.person is None or normal_email(email) != who.email):
        raise Forbidden(_("Chaque personne crée ses propres jetons."))
    name, wanted, lasting = check_name(name, length=120), check_scopes(scopes), timedelta(days=check_days(days))
    moment, token = now(), new_token()
    ends = moment + lasting
    async with transaction(system()):
        if who.token:
            ends, board, school = await _within_maker(who.token, set(wanted), ends, board=board, school=school)
        person = await fetch_value(
            "SELECT id FROM person WHERE lower(email) = lower($1) AND deactivated_at IS NULL FOR SHARE",
            normal_email(email),
        )
        if person is None:
            raise NotFound(_("Aucun compte actif n'a l'adresse « {email} ».").format(email=email))
        await _check_place(email, board=board, school=school)
        made = await fetch_value(
            "INSERT INTO api_token (token_hash, name, person, scopes, board, school, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            token_hash(token), name, person, wanted, board, school, moment, ends,
        )  # fmt: skip
        await record(
            who, "token.created", kind="token", subject=made, board=board,
            after={"email": normal_email(email), "name": name, "scopes": wanted, "school": school, "until": ends},
        )  # fmt: skip
    details = next(found for found in await queries.tokens(who, email=email) if found.id == made)
    return token, details


async def _check_place(email: str, *, board: str | None, school: str | None) -> None:
    """Raise Invalid where the person holds nothing: the token would open nothing."""
    if school is not None:
        owner = await fetch_value("SELECT board FROM school WHERE code = $1", school)
        if owner is None or board not in (None, owner) or not await _holds(email, owner, school):
            raise Invalid({"school": _("Aucun rôle n'est tenu dans l'école {code}.").format(code=school)})
    elif board is not None and not await _holds(email, board, None):
        raise Invalid({"board": _("Aucun rôle n'est tenu dans l'organisme {code}.").format(code=board)})


async def _holds(email: str, board: str, school: str | None) -> bool:
    try:
        found = await actor_of_person(email, board=board)
    except NotFound:
        return False
    if found.board != board:  # the province's answer to a board that is named
        return False
    return school is None or found.scope is Scope.board or school in found.schools


async def _within_maker(
    maker: UUID, wanted: set[str], ends: datetime, *, board: str | None, school: str | None
) -> tuple[datetime, str | None, str | None]:
    """The new token's end and place, cut to those of the token that makes it. Raises Forbidden, NotFound."""
    found = await fetch_one(
        "SELECT t.scopes, t.expires_at, t.board, t.school, s.board AS school_board FROM api_token t"
        " LEFT JOIN school s ON s.code = $2 WHERE t.id = $1 AND t.revoked_at IS NULL FOR SHARE OF t",
        maker, school,
    )  # fmt: skip
    if found is None:
        raise NotFound()
    wider = (found["school"] and school not in (None, found["school"])) or (
        found["board"] and not found["school"] and (board or found["school_board"]) not in (None, found["board"])
    )
    if wider or not wanted <= set(found["scopes"]):
        raise Forbidden(_("Un jeton n'en crée pas de plus large que lui."))
    return (
        min(ends, found["expires_at"]),
        None if found["school"] else board or found["board"],
        school or found["school"],
    )


async def revoke_token(who: Actor, token: UUID) -> TokenOut:
    """End one of one's own tokens (any, for the system) at once; safe to repeat. Raises NotFound."""
    if who.person is None and who.scope is not Scope.system:
        raise Forbidden()
    async with transaction(system()):
        found = await fetch_one(
            "SELECT t.id, p.email FROM api_token t JOIN person p ON p.id = t.person"
            " WHERE t.id = $1 AND ($2::uuid IS NULL OR t.person = $2) FOR UPDATE OF t",
            token, who.person,
        )  # fmt: skip
        if found is None:
            raise NotFound(_("Ce jeton n'existe pas ou n'est pas le vôtre."))
        if await execute("UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", token, now()):
            await record(who, "token.revoked", kind="token", subject=token)
    return next(kept for kept in await queries.tokens(who, email=found["email"]) if kept.id == token)


async def list_tokens(who: Actor, *, email: str | None = None) -> list[TokenOut]:
    """One's own tokens, newest first (anybody's, for the system)."""
    return await queries.tokens(who, email=email)
