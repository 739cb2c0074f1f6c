"""Envelopes as a file to keep: what the filters hold, whole."""

from decimal import Decimal
from typing import Any

from litestar import Response

from allocations.envelopes import queries
from allocations.envelopes.schemas import EnvelopeOut
from kit.actor import Actor
from kit.errors import Invalid
from kit.exports import csv_answer, xlsx_answer
from kit.i18n import _


async def table(
    who: Actor, sort: str, *, board: str | None, school: str | None, measure: str | None, year: str | None
) -> Response[Any]:
    """Envelopes by school, year and measure, in dollars. Raises Invalid for another sort of file than csv and xlsx."""
    answers = {"csv": csv_answer, "xlsx": xlsx_answer}
    if sort not in answers:
        raise Invalid({"format": _("Un fichier est « csv » ou « xlsx ».")})
    found = await queries.every(who, board=board, school=school, measure=measure, year=year)
    return answers[sort]("enveloppes", _headings(), map(_row, found))


def _headings() -> list[str]:
    return [
        _("Organisme"), _("École"), _("Nom"), _("Mesure"), _("Nom de la mesure"), _("Exercice"), _("Alloué"), _("Réservé"),
        _("Engagé"), _("Dépensé"), _("Libre"),
    ]  # fmt: skip


def _row(envelope: EnvelopeOut) -> list[object]:
    figures = envelope.figures
    amounts = (figures.allocated, figures.reserved, figures.committed, figures.spent, figures.free)
    return [
        envelope.board, envelope.school or "", envelope.school_name, envelope.measure, envelope.measure_name, envelope.year,
        *(Decimal(cents).scaleb(-2) for cents in amounts),
    ]  # fmt: skip
