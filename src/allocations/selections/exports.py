"""The list of baskets as a file to keep: what a filter holds, whole, in one statement."""

from decimal import Decimal
from typing import Any

from litestar import Response

from allocations.selections import queries
from allocations.selections.rules import State
from allocations.selections.schemas import SelectionRow
from allocations.selections.words import priority_word, state_word
from kit.actor import Actor
from kit.clock import MONTREAL
from kit.exports import csv_answer, xlsx_answer
from kit.i18n import _

NAME = "paniers"


async def csv(who: Actor, *, school: str | None, year: str | None, state: State | None) -> Response[Any]:
    """Every basket of the filter as CSV. Amounts in dollars, as a spreadsheet adds them up."""
    return csv_answer(NAME, _headings(), await _rows(who, school, year, state))


async def xlsx(who: Actor, *, school: str | None, year: str | None, state: State | None) -> Response[Any]:
    """The same as a workbook."""
    return xlsx_answer(NAME, _headings(), await _rows(who, school, year, state))


async def _rows(who: Actor, school: str | None, year: str | None, state: State | None) -> list[list[object]]:
    return [_row(one) for one in await queries.every(who, school=school, year=year, state=state)]


def _headings() -> list[str]:
    return [
        _("Numéro"), _("Organisme"), _("École"), _("Nom de l'école"), _("Mesure"), _("Exercice"), _("Titre"), _("État"),
        _("Priorité"), _("Voulu pour le"), _("Avant taxes"), _("Net des remboursements"), _("Imputé"), _("Préparé par"),
        _("Créé le"), _("Soumis le"), _("Décidé le"),
    ]  # fmt: skip


def _row(one: SelectionRow) -> list[object]:
    submitted, decided = (at.astimezone(MONTREAL).date() if at else None for at in (one.submitted_at, one.decided_at))
    return [
        one.number, one.board, one.school, one.school_name, one.measure, one.year, one.title, state_word(one.state),
        priority_word(one.priority), one.wanted_by, *(_dollars(cents) for cents in (
            one.before_tax_cents, one.net_cents, one.charged_cents)),
        one.composed_by_name, one.made_at.astimezone(MONTREAL).date(), submitted, decided,
    ]  # fmt: skip


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
