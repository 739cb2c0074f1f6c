"""Floor arithmetic: what a rule asks of a school, how the school stands. Pure; `standing.py` says the same in SQL, set-based."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kit.errors import Conflict, Refused
from kit.i18n import lazy


class Status(StrEnum):
    """How a school stands on a rule, or overall; the worst first."""

    below = "below"
    on_order = "on_order"
    not_assessable = "not_assessable"
    met = "met"
    exempt = "exempt"


WORST_FIRST = tuple(Status)


class Unit(StrEnum):
    """What a rule's quantity is for."""

    school = "school"
    building = "building"
    pupils = "pupils"


class NoStandard(Refused):
    sentence = lazy("Aucune norme de plancher n'est en vigueur à cette date. Le ministère doit en publier une.")


class OlderScan(Conflict):
    sentence = lazy("Un balayage plus récent existe déjà. Donnez un moment plus tardif.")


class AlreadyExempt(Conflict):
    sentence = lazy("Une exemption couvre déjà une partie de ces dates. Mettez-y fin d'abord.")


class ExemptionEnded(Conflict):
    sentence = lazy("Cette exemption a déjà pris fin.")


class FlagClosed(Conflict):
    sentence = lazy("Ce signalement est fermé : l'école n'est plus sous le plancher. Rechargez la page.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`quantity` per school, per building or per `per_pupils` pupils; for schools of `minimum_pupils` at least.

    `minimum_stands`: where the headcount is not known, the quantity once is asked for.
    """

    unit: Unit
    quantity: int
    per_pupils: int | None = None
    minimum_pupils: int | None = None
    minimum_stands: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """Units that are awaited, by the day that was promised (None: no day)."""

    quantity: int
    expected_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a school stands on a rule. `gap` leaves orders out; `on_order` leaves late ones out.

    `expected`: the day when what is awaited covers the gap (or has all come); None where one of those has no day.
    """

    status: Status
    required: int | None
    counted: int
    gap: int | None
    on_order: int
    expected: date | None
    late: int
    late_since: date | None

    @property
    def left(self) -> int:
        """What is still to be chosen when all that is on order has come."""
        return max((self.gap or 0) - self.on_order, 0)


def latest_count_day(day: date) -> date:
    """The last 30 September on or before a day: that of the headcounts of its year."""
    return date(day.year if (day.month, day.day) >= (9, 30) else day.year - 1, 9, 30)


def oldest_count_day(day: date) -> date:
    """The oldest headcount still used: one year older than this year's, which is published months after it is taken."""
    latest = latest_count_day(day)
    return latest.replace(year=latest.year - 1)


def applies(rule: Rule, pupils: int | None) -> bool:
    """Whether the rule is for a school of this size; one of unknown size is not left out."""
    return rule.minimum_pupils is None or pupils is None or pupils >= rule.minimum_pupils


def required(rule: Rule, *, pupils: int | None, buildings: int) -> int | None:
    """What the rule asks for, rounded up once; None where what it depends on is not known (a school is in some building)."""
    if pupils is None and (rule.unit is Unit.pupils or rule.minimum_pupils is not None):
        return rule.quantity if rule.minimum_stands else None
    if rule.unit is Unit.school:
        return rule.quantity
    if rule.unit is Unit.building:
        return rule.quantity * buildings or None
    assert pupils is not None and rule.per_pupils
    return -(-pupils * rule.quantity // rule.per_pupils)


def assess(
    needed: int | None, counted: int, deliveries: Iterable[Delivery], *, day: date, exempt: bool = False
) -> Standing:
    """How a school stands on `day` with `counted` units against `needed`."""
    awaited = [delivery for delivery in deliveries if delivery.quantity > 0]
    late = [d for d in awaited if d.expected_on is not None and d.expected_on < day]
    coming = [d for d in awaited if d not in late]
    missing = None if needed is None else max(needed - counted, 0)
    on_order = sum(delivery.quantity for delivery in coming)
    return Standing(
        status=_status(missing, on_order, exempt=exempt),
        required=needed,
        counted=counted,
        gap=missing,
        on_order=on_order,
        expected=_covered_on(coming, on_order if missing is None else min(missing, on_order)),
        late=sum(delivery.quantity for delivery in late),
        late_since=min((d.expected_on for d in late if d.expected_on), default=None),
    )


def overall(statuses: Iterable[Status]) -> Status | None:
    """The worst; what is exempt is left out unless all is. None where no rule applies."""
    return min(statuses, key=WORST_FIRST.index, default=None)


def _status(missing: int | None, on_order: int, *, exempt: bool) -> Status:
    if exempt:
        return Status.exempt
    if missing is None:
        return Status.not_assessable
    if missing == 0:
        return Status.met
    return Status.on_order if on_order >= missing else Status.below


def _covered_on(coming: list[Delivery], wanted: int) -> date | None:
    """The day when `wanted` units (one at least) have come, the dated first."""
    so_far = 0
    for delivery in sorted(coming, key=lambda d: (d.expected_on is None, d.expected_on or date.min)):
        so_far += delivery.quantity
        if so_far >= max(wanted, 1):
            return delivery.expected_on
    return None
