"""Which envelopes may pass money to one another, and from whom a pool borrows. Pure."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from uuid import UUID

from allocations.envelopes.schemas import EnvelopeRow
from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, lazy, money


class Kind(StrEnum):
    transfer = "transfer"
    loan = "loan"


KIND_WORDS = {Kind.transfer: lazy("Virement"), Kind.loan: lazy("Prêt")}

# What the ledger says of a pool's own loans; a person's reason is in their words.
REASONS = (
    lazy("Mise en commun : prêt {number}."),
    lazy("Mise en commun : prêt {number} rendu."),
)


class SameEnvelope(Refused):
    sentence = lazy("Une enveloppe ne se vire pas à elle-même. Choisissez deux enveloppes.")


class NotTogether(Refused):
    sentence = lazy(
        "Ces deux enveloppes ne sont pas du même organisme, de la même mesure et de la même année : l'argent d'une mesure"
        " reste à cette mesure."
    )


class NotALoan(Conflict):
    sentence = lazy("{number} est un virement : faites un virement en sens inverse.")


class GivenBackAlready(Conflict):
    sentence = lazy("Le prêt {number} est déjà rendu en entier.")


class MoreThanLent(Refused):
    """More is given back than what is still lent. Figures: `left_cents`."""

    def __init__(self, *, number: str, left: int) -> None:
        sentence = _("Du prêt {number}, il ne reste que {left} à rendre.")
        super().__init__(sentence.format(number=number, left=money(left)), left_cents=left)


def number(board: str, year: str, place: int) -> str:
    """`V-711-2026-0007`: board, first year of the school year, place in that year's series."""
    return f"V-{board[:3]}-{year[:4]}-{place:04}"


def check_reason(reason: str) -> str:
    if not (given := reason.strip()):
        raise Invalid({"reason": _("Écrivez pourquoi : les deux écoles le liront dans leur enveloppe.")})
    return given


def check_pair(source: EnvelopeRow, target: EnvelopeRow) -> None:
    """Raise SameEnvelope or NotTogether unless money may pass from one to the other."""
    if source.id == target.id:
        raise SameEnvelope()
    if (source.board, source.measure, source.year) != (target.board, target.measure, target.year):
        raise NotTogether()


def to_give_back(number: str, *, kind: Kind, lent: int, returned: int, wanted: int | None) -> int:
    """How many cents of a loan are given back: those wanted, or all that is left. Raises NotALoan, GivenBackAlready, MoreThanLent."""
    left = lent - returned
    if kind is not Kind.loan:
        raise NotALoan(number=number)
    if not left:
        raise GivenBackAlready(number=number)
    if wanted is not None and wanted > left:
        raise MoreThanLent(number=number, left=left)
    return left if wanted is None else wanted


def lenders(free: Iterable[tuple[UUID, int]], missing: int) -> list[tuple[UUID, int]]:
    """From whom a pool borrows `missing` cents: the smallest free amounts first, so that few envelopes stay touched by crumbs.

    Empty where they do not suffice together: nothing is lent by halves.
    """
    taken: list[tuple[UUID, int]] = []
    for envelope, cents in sorted(free, key=lambda one: (one[1], one[0])):
        if missing <= 0:
            break
        if cents > 0:
            part = min(cents, missing)
            taken.append((envelope, part))
            missing -= part
    return [] if missing > 0 else taken


def given_back(loans: Sequence[tuple[UUID, int]], free: int) -> list[tuple[UUID, int]]:
    """What of these loans (newest first, with what is left of each) the free cents pay back."""
    paid: list[tuple[UUID, int]] = []
    for loan, left in loans:
        if (part := min(left, free)) > 0:
            paid.append((loan, part))
            free -= part
    return paid
