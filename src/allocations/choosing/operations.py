"""Putting something into a school's basket without asking which: the one in hand, or a new one."""

from allocations.choosing.queries import draft_on
from allocations.envelopes import queries as envelopes
from allocations.selections import operations as selections
from allocations.selections.queries import found
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from kit.actor import Actor
from kit.database import execute, transaction
from kit.errors import Invalid, NotFound
from kit.i18n import _


async def add(who: Actor, school: str, *, measure: str, year: str, line: NewLine) -> SelectionOut:
    """Add a line to the newest draft on the school's envelope, or to a new one; two callers never begin two.

    Raises Forbidden, NotFound, Invalid (no such envelope, unknown thing), NotEligible, TooManyLines.
    """
    who.must("selection.compose", school=school)
    async with transaction(who):
        try:
            envelope = await envelopes.of_measure(who, school, measure, year)
        except NotFound:
            sentence = _("L'école {school} n'a pas d'enveloppe de la mesure {measure} en {year}.")
            raise Invalid({"measure": sentence.format(school=school, measure=measure, year=year)}) from None
        # Not the envelope's row: whoever submits locks the basket first, then the envelope.
        await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"draft on {envelope.id}")
        if draft := await draft_on(who, envelope.id):
            row = await found(who, draft.number, lock=True)
            return await selections.put_line(who, draft.number, line, version=row["version"])
        made = await selections.draft(who, NewSelection(school=school, measure=measure, year=year))
        return await selections.put_line(who, made.number, line, version=made.version)
