"""Accounts. Boards read these tables, the system writes them: each command checks the right, then writes as the system.

A board's administration manages its own people, the ministry those of the province, none themselves. Accounts are made by
accepting an invitation (`directory.invitations`), or by the system: whoever makes an account may know its password.
"""

from collections.abc import Sequence
from uuid import UUID

from directory.people import passwords, queries
from directory.people.credentials import store
from directory.people.grants import locked, must_manage
from directory.people.placing import give, placed
from directory.people.rules import REOPEN, check_email, check_language, check_name, check_password, check_theme
from directory.people.schemas import GrantIn, PersonOut
from directory.people.sessions import end_everything
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Forbidden, Invalid, constraint
from kit.events import record
from kit.i18n import _, lazy


class AlreadyThere(Conflict):
    sentence = lazy("Cette adresse a déjà un compte. Donnez plutôt un rôle à cette personne.")


class NothingToReopen(Conflict):
    sentence = lazy(
        "Il n'y a aucun rôle à rendre : la fermeture date de plus de 30 jours. Invitez la personne de nouveau."
    )


constraint("person_email_once", AlreadyThere)


async def add_person(
    who: Actor, *, email: str, name: str, language: str, grants: Sequence[GrantIn], password: str | None = None
) -> PersonOut:
    """Make an account with its roles, as the system. Raises Invalid, AlreadyThere, Forbidden.

    A closed account is opened anew, with nothing left of its old password.
    """
    if who.scope is not Scope.system:
        raise Forbidden(_("Invitez la personne par courriel : elle choisira elle-même son mot de passe."))
    email, name, language = check_email(email), check_name(name), check_language(language)
    if not grants:
        raise Invalid({"grants": _("Donnez au moins un rôle.")})
    hashed = await passwords.hashed(check_password(password, email=email)) if password is not None else None
    async with transaction(system()):
        places = await placed(who, grants)
        before = await fetch_one(
            "SELECT id, deactivated_at FROM person WHERE lower(email) = lower($1) FOR UPDATE", email
        )
        if before is not None and before["deactivated_at"] is None:
            raise AlreadyThere()
        person = await open_account(before and before["id"], email=email, name=name, language=language, hashed=hashed)
        await record(
            who, "person.added", kind="person", subject=person, board=places[0].board, after={"email": email}
        )  # fmt: skip
        await give(who, person, places)
    return await queries.person(who, email)


async def open_account(before: UUID | None, *, email: str, name: str, language: str, hashed: str | None) -> UUID:
    """The key of a new account, or of `before` opened anew with nothing left of what it was. Inside a system transaction."""
    if before is None:
        person: UUID = await fetch_value(
            "INSERT INTO person (email, name, language, theme) VALUES ($1, $2, $3, 'auto') RETURNING id",
            email, name, language,
        )  # fmt: skip
    else:
        person = before
        await end_everything(person)
        await execute("DELETE FROM credential WHERE person = $1", person)
        await execute("UPDATE role_grant SET closed = false WHERE person = $1 AND closed", person)
        await execute(
            "UPDATE person SET name = $2, language = $3, deactivated_at = NULL, version = version + 1 WHERE id = $1",
            person, name, language,
        )  # fmt: skip
    if hashed:
        await store(person, hashed)
    return person


async def deactivate(who: Actor, email: str) -> PersonOut:
    """Close somebody's access at once: roles, sessions, tokens. Raises NotFound, OwnAccount, Forbidden; safe to repeat.

    A board closes what is its own: an account that still holds a role elsewhere stays open there, but has to sign in again.
    """
    must_manage(who)
    async with transaction(system()):
        person = await locked(who, email)
        moment = now()
        gone = await execute(
            "UPDATE role_grant SET revoked_at = $4, closed = true WHERE person = $1 AND revoked_at IS NULL"
            " AND ($2 OR board IS NOT DISTINCT FROM $3)",
            person["id"], who.scope is Scope.system, who.board, moment,
        )  # fmt: skip
        closed = await execute(
            "UPDATE person p SET deactivated_at = $2, version = version + 1 WHERE p.id = $1 AND p.deactivated_at IS NULL"
            " AND NOT EXISTS (SELECT FROM role_grant g WHERE g.person = p.id AND g.revoked_at IS NULL)",
            person["id"], moment,
        )  # fmt: skip
        if gone or closed:  # a board that somebody has left ends nothing of theirs any more
            await _end(person["id"], board=None if closed else who.board)
            await record(who, "person.deactivated", kind="person", subject=person["id"], board=who.board)
        return await queries.left(who, person["id"])


async def reactivate(who: Actor, email: str) -> PersonOut:
    """Open somebody's access again, with the roles that closing it ended; the password is what it was.

    Roles whose last day has come since are not given back. Raises NothingToReopen, NotFound, OwnAccount; safe to repeat.
    """
    must_manage(who)
    async with transaction(system()):
        person = await locked(who, email)
        moment, everywhere = now(), who.scope is Scope.system
        back = await execute(
            "UPDATE role_grant g SET revoked_at = NULL, closed = false WHERE g.person = $1 AND g.closed AND g.revoked_at > $4"
            " AND ($2 OR g.board IS NOT DISTINCT FROM $3) AND (g.until_day IS NULL OR g.until_day >= $5)"
            " AND NOT EXISTS (SELECT FROM role_grant o WHERE o.person = g.person AND o.role = g.role AND o.revoked_at IS NULL"
            " AND o.board IS NOT DISTINCT FROM g.board AND o.school IS NOT DISTINCT FROM g.school)",
            person["id"], everywhere, who.board, moment - REOPEN, today(),
        )  # fmt: skip
        if not back and not await fetch_value(
            "SELECT EXISTS (SELECT FROM role_grant WHERE person = $1 AND revoked_at IS NULL AND ($2 OR board IS NOT DISTINCT FROM $3))",
            person["id"], everywhere, who.board,
        ):  # fmt: skip
            raise NothingToReopen()
        opened = await execute(
            "UPDATE person SET deactivated_at = NULL, version = version + 1 WHERE id = $1 AND deactivated_at IS NOT NULL",
            person["id"],
        )
        if back or opened:
            await record(who, "person.reactivated", kind="person", subject=person["id"], board=who.board)
    return await queries.person(who, email)


async def _end(person: UUID, *, board: str | None) -> None:
    """All sessions and tokens; or, for one board, all sessions and the tokens made for it."""
    if board is None:
        return await end_everything(person)
    await execute("UPDATE session SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL", person, now())
    await execute(
        "UPDATE api_token t SET revoked_at = $3 WHERE t.person = $1 AND t.revoked_at IS NULL AND (t.board = $2"
        " OR EXISTS (SELECT FROM school s WHERE s.code = t.school AND s.board = $2))",
        person, board, now(),
    )  # fmt: skip
    return None


async def set_language(who: Actor, language: str) -> None:
    """One's own language: `fr` or `en`."""
    await prefer(who, language=language)


async def set_theme(who: Actor, theme: str) -> None:
    """One's own colours: `auto`, `light` or `dark`."""
    await prefer(who, theme=theme)


async def prefer(who: Actor, *, language: str | None = None, theme: str | None = None) -> None:
    """One's own language and colours, both or neither; None leaves one as it is. Raises Invalid."""
    if who.person is None:
        raise Forbidden()
    if language is not None:
        check_language(language)
    if theme is not None:
        check_theme(theme)
    async with transaction(system()):
        before = await fetch_one("SELECT language, theme FROM person WHERE id = $1 FOR UPDATE", who.person)
        assert before is not None
        after = {"language": language or before["language"], "theme": theme or before["theme"]}
        if after == dict(before):
            return
        await execute(
            "UPDATE person SET language = $2, theme = $3, version = version + 1 WHERE id = $1",
            who.person, after["language"], after["theme"],
        )  # fmt: skip
        await record(
            who, "person.preferred", kind="person", subject=who.person, before=dict(before), after=after
        )  # fmt: skip
