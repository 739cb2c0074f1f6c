"""Naming who decides for an absent person, and ending it."""

from typing import Any
from uuid import UUID

from directory.people.rules import normal_email
from directory.people.tables import CURRENT
from directory.replacements import queries, rules
from directory.replacements.schemas import NewReplacement, ReplacementOut
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.events import record
from kit.i18n import _

_SOMEBODY = f"""
SELECT p.id, p.name FROM person p WHERE lower(p.email) = lower($1) AND p.deactivated_at IS NULL
    AND EXISTS (SELECT FROM role_grant g WHERE g.person = p.id AND g.board = $2 AND {CURRENT})
"""

_APPROVES = """
SELECT EXISTS (SELECT FROM role_grant g JOIN role_right t ON t.role = g.role AND t."right" = 'selection.approve'
    WHERE g.person = $1 AND g.board = $2 AND g.revoked_at IS NULL AND (g.until_day IS NULL OR g.until_day >= $3))
"""

_OVERLAPS = """
SELECT deputy_name FROM replacement WHERE absent = $1 AND board = $2 AND ended_at IS NULL AND from_day <= $4 AND until_day >= $3
LIMIT 1
"""


async def name(who: Actor, new: NewReplacement, *, board: str | None = None) -> ReplacementOut:
    """Name who decides for somebody who is away: for oneself with the right to approve, for others as the administration.

    The system names the `board`. Raises Forbidden, NotTheirs, Invalid (unknown person, days), ReplacedAlready.
    """
    place = who.board if who.scope is not Scope.system else board
    if place is None:
        raise Forbidden()
    rules.check_days(new.from_day, new.until_day, today=today())
    async with transaction(system()):  # people of the board are looked for: the board is the scope
        deputy = await _somebody(new.deputy, place, "deputy")
        absent = await _absent(who, new.absent, place)
        if absent["id"] == deputy["id"]:
            raise Invalid({"deputy": _("Une autre personne vous remplace : nommez-la par son adresse.")})
        await execute("SELECT id FROM person WHERE id = $1 FOR UPDATE", absent["id"])  # two who name take turns
        if not await fetch_value(_APPROVES, absent["id"], place, today()):
            sentence = _("{name} n'approuve rien dans cet organisme : il n'y a rien à remplacer.")
            raise Invalid({"absent": sentence.format(name=absent["name"])})
        if taken := await fetch_value(_OVERLAPS, absent["id"], place, new.from_day, new.until_day):
            raise rules.ReplacedAlready(deputy=taken)
        key = await fetch_value(
            "INSERT INTO replacement (board, absent, absent_name, deputy, deputy_name, from_day, until_day, reason, named_by,"
            " named_by_name, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
            place, absent["id"], absent["name"], deputy["id"], deputy["name"], new.from_day, new.until_day,
            new.reason.strip(), who.person, who.name, now(),
        )  # fmt: skip
        made = await queries.by_key(key)
        await _told(who, "named", made)
        return made


async def end(who: Actor, key: UUID) -> ReplacementOut:
    """End a replacement now: by whoever is replaced, or by the administration. Raises NotFound, NotTheirs, Conflict."""
    async with transaction(system()):
        row = await queries.row_of(key)
        if row is None or (who.scope is not Scope.system and row["board"] != who.board):
            raise NotFound()
        if row["absent"] != who.person and not _administers(who):
            raise rules.NotTheirs()
        if row["ended_at"] is not None or row["until_day"] < today():
            raise Conflict(_("Ce remplacement est déjà fini."))
        await execute("UPDATE replacement SET ended_at = $2 WHERE id = $1", key, now())
        ended = await queries.by_key(key)
        await _told(who, "ended", ended)
        return ended


def _administers(who: Actor) -> bool:
    return who.scope is Scope.system or (who.scope is Scope.board and "delegation.write" in who.rights)


async def _absent(who: Actor, email: str | None, board: str) -> Any:
    if email is None or normal_email(email) == normal_email(who.email or " "):
        who.must(rules.APPROVE)
        if who.person is None:
            raise Invalid({"absent": _("Nommez la personne absente par son adresse.")})
        return {"id": who.person, "name": who.name}
    if not _administers(who):
        raise rules.NotTheirs()
    return await _somebody(email, board, "absent")


async def _somebody(email: str, board: str, field: str) -> Any:
    found = await fetch_one(_SOMEBODY, normal_email(email), board)
    if found is None:
        raise Invalid({field: _("Personne n'a l'adresse « {email} » dans cet organisme.").format(email=email)})
    return found


async def _told(who: Actor, what: str, of: ReplacementOut) -> None:
    await record(who, f"replacement.{what}", kind="replacement", subject=of.id, board=of.board, after=of)
