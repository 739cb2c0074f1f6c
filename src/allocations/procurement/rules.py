"""What the law asks to watch (domain.md 3.1): tenders, publication, orders that look split. Pure; amounts before tax.

What is bought under a group purchase or a call-off contract has been tendered: it counts in what was spent, not against a
threshold.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, lazy, money, n_, number

NEAR = 80  # per cent of a tender's threshold from which a family is told to be near it
MONTHS = 12
TENDERED = ("group", "call_off")  # kinds of contracts


class Kind(StrEnum):
    """What a threshold is of."""

    tender = "tender"
    publication = "publication"
    splitting = "split"


KIND_WORDS = {
    Kind.tender: lazy("Appel d'offres public"),
    Kind.publication: lazy("Publication du contrat"),
    Kind.splitting: lazy("Délai entre bons qui paraissent fractionnés"),
}


class Law(Struct, frozen=True, kw_only=True):
    """The thresholds in force on a day, cents before tax, and within how many days orders look split. None: not known."""

    tender_cents: int | None = None
    publication_cents: int | None = None
    split_days: int | None = None


class Sum(Struct, frozen=True, kw_only=True):
    """What a board has committed of a family in twelve months, and what of it is under no tendered contract."""

    total_cents: int = 0
    untendered_cents: int = 0


class Warned(Struct, frozen=True, kw_only=True):
    """What the desk is told of an order. `kind`: near, tender, split (these two ask for a reason) or publication.

    `sum_cents`: what is compared with `threshold_cents`; `orders`: how many, of those that look split.
    """

    kind: str
    family: str
    family_name: str
    sum_cents: int
    threshold_cents: int
    orders: int
    asks_reason: bool
    sentence: str


class NeedsReason(Refused):
    """An order that passes a threshold, or looks split, leaves with a reason. Figures: `warnings`, their sentences."""

    sentence = lazy("{warnings} Écrivez la raison du bon {number} avant de l'envoyer.")

    def shown(self, figures: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"number": figures["number"], "warnings": " ".join(figures["warnings"])}


class OrderGone(Conflict):
    sentence = lazy("Le bon {number} est clos ou annulé : sa raison ne change plus.")


class ThresholdSet(Conflict):
    sentence = lazy("Ce seuil a déjà une valeur à compter de cette date : choisissez-en une autre.")


def watch(
    *, family: str, name: str, own_cents: int, year: Sum, near_orders: Sequence[int], law: Law
) -> Iterator[Warned]:
    """What is said of one order's part in a family.

    `own_cents`: what the order buys of it under no tendered contract; `year`: its twelve months, the order counted;
    `near_orders`: the same cents of each other order to the same supplier within `split_days`.
    """
    if own_cents <= 0:
        return

    def warned(kind: str, cents: int, threshold: int, sentence: str, *, orders: int = 0, asks: bool = False) -> Warned:
        return Warned(
            kind=kind, family=family, family_name=name, sum_cents=cents, threshold_cents=threshold, orders=orders,
            asks_reason=asks, sentence=sentence,
        )  # fmt: skip

    if (tender := law.tender_cents) is not None and year.untendered_cents * 100 >= tender * NEAR:
        over = year.untendered_cents >= tender
        words = year_words(year.untendered_cents, tender)
        yield warned("tender" if over else "near", year.untendered_cents, tender, words, asks=over)
    if (publication := law.publication_cents) is not None and own_cents >= publication:
        sentence = _("{name} : {amount} avant taxes; un contrat de {threshold} ou plus se publie.")
        sentence = sentence.format(name=name, amount=money(own_cents), threshold=money(publication))
        yield warned("publication", own_cents, publication, sentence)
    if (passed := split_over(own_cents, near_orders, law)) is not None:
        together, orders = own_cents + sum(near_orders), len(near_orders) + 1
        yield warned(
            "split",
            together,
            passed,
            _split_words(orders, law.split_days or 0, together, passed),
            orders=orders,
            asks=True,
        )


def split_over(own_cents: int, others: Sequence[int], law: Law) -> int | None:
    """The highest threshold that several orders pass together while none of them does alone; None: they do not look split."""
    each = (own_cents, *(cents for cents in others if cents > 0))
    if law.split_days is None or len(each) < 2:
        return None
    thresholds = [cents for cents in (law.tender_cents, law.publication_cents) if cents is not None]
    return max((cents for cents in thresholds if max(each) < cents <= sum(each)), default=None)


def year_words(sum_cents: int, tender_cents: int) -> str:
    """« 12 mois, cette famille : {x} $; seuil d'appel d'offres : {y} $. Un achat ne doit pas être fractionné. »"""
    sentence = _(
        "12 mois, cette famille : {sum}; seuil d'appel d'offres : {threshold}. Un achat ne doit pas être fractionné."
    )
    return sentence.format(sum=money(sum_cents), threshold=money(tender_cents))


def _split_words(orders: int, days: int, together: int, threshold: int) -> str:
    sentence = n_(
        "{n} bons de cette famille au même fournisseur en {days} jour : {sum} ensemble; seuil : {threshold}."
        " Un achat ne doit pas être fractionné.",
        "{n} bons de cette famille au même fournisseur en {days} jours : {sum} ensemble; seuil : {threshold}."
        " Un achat ne doit pas être fractionné.",
        days,
    )
    return sentence.format(n=number(orders), days=number(days), sum=money(together), threshold=money(threshold))


def level(untendered_cents: int, tender_cents: int | None) -> str:
    """'' | near | over: how a family stands before the tender's threshold."""
    if tender_cents is None or untendered_cents * 100 < tender_cents * NEAR:
        return ""
    return "over" if untendered_cents >= tender_cents else "near"


def check_reason(reason: str) -> str:
    if not (given := reason.strip()):
        raise Invalid({"reason": _("Écrivez pourquoi : la raison se lit sur le bon et dans la liste des raisons.")})
    return given


def check_threshold(kind: Kind, *, before_tax_cents: int | None, days: int | None, source: str) -> None:
    """An amount for a tender or publication, days for orders that look split; and where it is written. Raises Invalid."""
    if kind is Kind.splitting and (days is None or before_tax_cents is not None):
        raise Invalid({"days": _("Donnez un nombre de jours, sans montant.")})
    if kind is not Kind.splitting and (before_tax_cents is None or days is not None):
        raise Invalid({"before_tax_cents": _("Donnez un montant avant taxes, sans nombre de jours.")})
    if not source.strip():
        raise Invalid({"source": _("Écrivez où ce seuil se lit : loi, règlement, accord, avis.")})


def unexplained(warnings: Collection[Warned]) -> list[str]:
    """The sentences of the warnings that ask for a reason, each once."""
    return list(dict.fromkeys(warned.sentence for warned in warnings if warned.asks_reason))
