"""What a receipt may hold, and what it costs. Pure."""

from collections.abc import Sequence
from datetime import date

from inventory.assets.rules import SerialsRefused
from kit.errors import Invalid, Refused
from kit.i18n import _, n_


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


def number(board: str, year: str, place: int) -> str:
    """`BR-711-2026-00017`: board, first year of the school year, place in that year's series."""
    return f"BR-{board[:3]}-{year[:4]}-{place:05}"


def spent(charged: int, quantity: int, *, before: int, now: int) -> int:
    """Cents that turn from committed into spent when `now` more units come after `before` of `quantity`.

    Unit i of n costs floor(c·i/n) − floor(c·(i−1)/n): however a line is received, its receipts add up to the line.
    """
    return charged * (before + now) // quantity - charged * before // quantity


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
