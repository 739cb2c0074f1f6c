"""Signing the accounts of a year, and writing down that a training was done."""

import json

from allocations.accounts import queries, rules
from allocations.accounts.rules import RIGHTS, Step
from allocations.accounts.schemas import Accounts, NewTraining, TrainingRecordOut
from allocations.years.queries import state_of
from kit.actor import Actor, Scope
from kit.clock import now, school_year, today
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Forbidden, Invalid, Stale
from kit.events import record
from kit.i18n import _

_SIGN = """
INSERT INTO account_signature (board, school, year, step, figures, digest, at, person, person_name)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9)
"""

_LAST = """
SELECT digest, person FROM account_signature WHERE year = $1 AND board = $2 AND school = $3 AND step = $4 ORDER BY at DESC, id DESC LIMIT 1
"""

_TRAINED = """
INSERT INTO training_record (board, school, training, year, held_on, persons, at, person, person_name)
SELECT s.board, s.code, t.id, $3, $4, $5, $6, $7, $8 FROM school s, training t WHERE s.code = $1 AND t.code = $2 RETURNING id
"""


async def attest(who: Actor, year: str, school: str, *, digest: str) -> Accounts:
    """A school's direction attests its figures. Raises as `sign`."""
    who.must(RIGHTS[Step.attest], school=school)
    return await _signed(who, Step.attest, year, digest, school=school)


async def sign(who: Actor, year: str, board: str, *, digest: str) -> Accounts:
    """A board's finance signs the figures of all its envelopes. Only a person signs.

    Raises NotFound, Forbidden, NotSigning (the year's state), NothingToSign, Stale where the figures are not those of `digest`.
    """
    who.must(RIGHTS[Step.sign])
    if who.scope is not Scope.board:  # a token bound to one school sees a part of the figures
        raise Forbidden()
    return await _signed(who, Step.sign, year, digest, board=board)


async def receive(who: Actor, year: str, board: str, *, digest: str) -> Accounts:
    """The ministry receives what a board signed. Raises as `sign`, and NotSigned where the board signed no such figures."""
    who.must(RIGHTS[Step.receive])
    if who.scope is not Scope.ministry:
        raise Forbidden()
    return await _signed(who, Step.receive, year, digest, board=board)


async def _signed(
    who: Actor, step: Step, year: str, digest: str, *, board: str | None = None, school: str | None = None
) -> Accounts:
    if who.scope is Scope.system or who.person is None:
        raise Forbidden(_("Seule une personne signe les comptes d'un exercice."))
    async with transaction(who):
        # Two signatures of one place take turns; the second is told what the first said.
        await fetch_value("SELECT pg_advisory_xact_lock(hashtext($1))", f"accounts {year} {school or board}")
        found = await queries.accounts(who, year, board=board, school=school)
        rules.check_signing(step, await state_of(who, year), year)
        if not found.measures:
            raise rules.NothingToSign(year=year)
        if found.digest != digest:
            raise Stale(_("Les chiffres ont changé depuis votre lecture. Rien n'a été signé; relisez-les."))
        if step is Step.receive and await _last(found, Step.sign) != digest:
            raise rules.NotSigned(board=found.board)
        if await _last(found, step) == digest:  # a second press, or somebody else just did
            return found
        figures = queries.figures_of(found)
        await execute(
            _SIGN, found.board, found.school, year, step.value, json.dumps(figures), digest, now(), who.person, who.name
        )
        await record(
            who, f"account.{step.value}", kind="account", subject=queries.about(year, found.board, found.school), board=found.board,
            school=found.school or None, after={"digest": digest, "figures": figures},
        )  # fmt: skip
        return await queries.accounts(who, year, board=board, school=school)


async def _last(found: Accounts, step: Step) -> str | None:
    row = await fetch_one(_LAST, found.year, found.board, found.school, step.value)
    return row["digest"] if row else None


async def record_training(who: Actor, new: NewTraining) -> TrainingRecordOut:
    """Write down that so many persons of a school did a training. Raises Invalid, Forbidden, NotSigning in a closed year."""
    who.must("training.record", school=new.school)
    if new.held_on > today():
        raise Invalid({"held_on": _("Cette formation n'a pas encore eu lieu. Vérifiez la date.")})
    year = school_year(new.held_on)
    async with transaction(who):
        if (state := await state_of(who, year)) != "open":  # late attendance is a correction of the accounts
            rules.check_signing(Step.attest, state, year)
        key = await fetch_value(
            _TRAINED, new.school, new.training, year, new.held_on, new.persons, now(), who.person, who.name
        )
        if key is None:
            raise Invalid({"training": _("Aucune formation ne porte le code « {code} ».").format(code=new.training)})
        row = await fetch_one(
            "SELECT r.id, r.school, r.board, t.code AS training, t.name AS training_name, r.year, r.held_on, r.persons, r.person_name"
            " FROM training_record r JOIN training t ON t.id = r.training WHERE r.id = $1",
            key,
        )
        assert row is not None
        fields = dict(row)
        board = fields.pop("board")
        await record(
            who, "training.recorded", kind="training", subject=new.training, board=board, school=new.school,
            after={"held_on": new.held_on.isoformat(), "persons": new.persons},
        )  # fmt: skip
        return TrainingRecordOut(**fields)
