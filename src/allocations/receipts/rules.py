"""What a receipt may hold, and what it costs. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from inventory.assets.rules import SerialsRefused
from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, lazy, n_
from kit.money import unit_cost


class LinesRefused(Refused):
    """Some lines cannot be received as said; nothing was. `lines` maps a line's position to one sentence."""

    def __init__(self, lines: dict[int, str]) -> None:
        super().__init__(
            "\n".join(lines.values()), lines={str(position): sentence for position, sentence in lines.items()}
        )


class LineSerialsRefused(SerialsRefused):
    """Some serials cannot be taken; nothing was received. `by_line` maps a line's position to its sentences."""

    def __init__(self, refused: SerialsRefused, units: Sequence[tuple[int, int, int]]) -> None:
        """`units`: for each unit in order, the line's place in the demand (from 0), its position, the unit's place in it (from 0)."""
        super().__init__(refused.positions)
        self.by_line: dict[int, list[str]] = {}
        self.errors = {}
        for place, sentence in refused.positions.items():
            index, position, unit = units[place - 1]
            self.by_line.setdefault(position, []).append(sentence)
            self.errors[f"lines.{index}.serials.{unit}"] = sentence


class IssueKind(StrEnum):
    """Why units that came are not received."""

    damaged = "damaged"
    wrong = "wrong"
    over = "over"


class Outcome(StrEnum):
    """What was done with them."""

    set_aside = "set_aside"
    returned = "returned"
    accepted = "accepted"


ISSUE_WORDS: Mapping[IssueKind, str] = {
    IssueKind.damaged: lazy("Endommagé"),
    IssueKind.wrong: lazy("Autre article que celui commandé"),
    IssueKind.over: lazy("En trop"),
}
OUTCOME_WORDS: Mapping[Outcome, str] = {
    Outcome.set_aside: lazy("Mis de côté"),
    Outcome.returned: lazy("Rendu au fournisseur"),
    Outcome.accepted: lazy("Accepté en remplacement"),
}


class IssueSettled(Conflict):
    sentence = lazy("L'écart {number} est déjà réglé.")


class Undone(Conflict):
    sentence = lazy("La réception {number} est déjà annulée.")


class Invoiced(Conflict):
    sentence = lazy(
        "Des unités de la réception {number} sont déjà facturées : demandez une note de crédit, ou un retour."
    )


class GoneBack(Conflict):
    sentence = lazy("Des unités de la réception {number} sont reparties depuis : elle ne s'annule plus.")


def number(board: str, year: str, place: int) -> str:
    """`BR-711-2026-00017`: board, first year of the school year, place in that year's series."""
    return f"BR-{board[:3]}-{year[:4]}-{place:05}"


def issue_number(board: str, year: str, place: int) -> str:
    """`ER-711-2026-00003`: what came and was not received."""
    return f"ER-{board[:3]}-{year[:4]}-{place:05}"


def spent(charged: int, quantity: int, *, received: int) -> int:
    """Cents of a line that are spent once so many of its units are received.

    Unit i of n costs floor(c·i/n) − floor(c·(i−1)/n): however a line is received, sent back and received again, what is spent
    depends only on how many are here, and adds up to the line.
    """
    return charged * received // quantity


def unit_costs(net: int, quantity: int, *, taken: Mapping[int, int], now: int) -> list[int]:
    """The costs of `now` more units of a line, in the order of its units.

    `taken`: how many units here bear each cost. Units that went back leave theirs: all units of a line always add up to it.
    """
    left, costs = dict(taken), []
    for index in range(1, quantity + 1):
        cost = unit_cost(net, quantity, index)
        if left.get(cost):
            left[cost] -= 1
        else:
            costs.append(cost)
            if len(costs) == now:
                break
    return costs


def check_why(why: str) -> str:
    if not (given := why.strip()):
        raise Invalid({"why": _("Dites pourquoi en une phrase : elle sera lue dans l'historique du bon.")})
    return given


def line_fault(*, position: int, quantity: int, done: int, wanted: int, tracked: bool, serials: int) -> str | None:
    """Why a line cannot be received as said, in one sentence; None when it can. `done` counts received and cancelled."""
    if wanted < 1:
        return _("Ligne {position} : indiquez combien d'unités sont arrivées.").format(position=position)
    if done + wanted > quantity:
        over = done + wanted - quantity
        return n_(
            "Ligne {position} : complète avec {quantity}; {over} unité est en trop. Mettez-la de côté.",
            "Ligne {position} : complète avec {quantity}; {over} unités sont en trop. Mettez-les de côté.",
            over,
        ).format(position=position, quantity=quantity, over=over)
    if serials and not tracked:
        return _("Ligne {position} : cet article n'est pas suivi à l'unité; retirez les numéros de série.").format(
            position=position
        )
    if serials > wanted:
        return _("Ligne {position} : {serials} numéros de série pour {wanted} unités reçues.").format(
            position=position, serials=serials, wanted=wanted
        )
    return None


def check_day(day: date, *, sent: date, today: date) -> None:
    """Goods come neither before their order nor tomorrow."""
    if day > today:
        raise Invalid({"received_on": _("La date de réception est dans l'avenir.")})
    if day < sent:
        raise Invalid({"received_on": _("La date de réception précède l'envoi du bon.")})


def repeated(serials: Sequence[tuple[int, str]]) -> dict[int, str]:
    """One sentence for each line (by position) that holds a serial already said; `serials` are (position, serial) in order.

    Case and spaces aside. Two makers may share a serial, which a scanner's double read is far likelier to be.
    """
    faults: dict[int, str] = {}
    first: dict[str, int] = {}
    for position, serial in serials:
        key = " ".join(serial.split()).casefold()
        if key not in first:
            first[key] = position
        elif first[key] == position:
            faults[position] = _("Ligne {position} : le n° de série {serial} y est deux fois.").format(
                position=position, serial=serial.strip()
            )
        else:
            faults[position] = _("Ligne {position} : le n° de série {serial} est déjà à la ligne {first}.").format(
                position=position, serial=serial.strip(), first=first[key]
            )
    return faults


def months_later(day: date, months: int | None) -> date | None:
    """The same day so many months later (the last of the month where it has none); None for no end."""
    if months is None:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)
