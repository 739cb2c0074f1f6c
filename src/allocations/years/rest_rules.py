"""What may become of the free money of a year's envelope. Pure."""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from kit.errors import Conflict
from kit.i18n import lazy


class Rule(StrEnum):
    lost = "lost"
    carried = "carried"
    recovered = "recovered"


class NotClosingYet(Conflict):
    sentence = lazy(
        "L'exercice {year} n'est pas fermé : son reste ne se reporte ni ne se récupère encore. Fermez-le d'abord."
    )


class Planned(Struct, kw_only=True, frozen=True):
    """An envelope of the year, what is free in it and by which rule it ends; `held_cents` waits for somebody, `kept_cents` does not.

    held: reserved, and committed for orders that nobody decided on. kept: committed for orders that their board keeps.
    """

    envelope: UUID
    board: str
    school: str
    name: str
    measure_id: UUID
    measure: str
    measure_name: str
    tax_basis: str
    rule: Rule
    cents: int
    into: UUID | None
    held_cents: int
    kept_cents: int


def total_of(planned: Iterable[Planned], rule: Rule) -> int:
    """Cents of the envelopes that end now by a rule."""
    return sum(each.cents for each in planned if each.rule is rule and not each.held_cents)
