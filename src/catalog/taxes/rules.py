"""What an invoice costs: price before tax, each tax, each rebate, and what the body that gets the rebates really pays.

Sources (`domain.md` 3.3): TPS 5 %, TVQ 9.975 % on the price before TPS; a school body gets back 68 % of the TPS and 47 % of
the TVQ (Revenu Québec; QST Act, s. 386). The figures themselves are rows with dates.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from kit.errors import Refused
from kit.i18n import date_long, lazy
from kit.money import largest_remainder, share

GST, QST = "gst", "qst"


class NoRate(Refused):
    """A tax has no rate on that day. Missing is not zero: nothing is priced."""

    sentence = lazy("Aucun taux de taxe n'est inscrit pour le {day}. Le ministère doit l'inscrire avant tout calcul.")

    def shown(self, figures: Mapping[str, date]) -> Mapping[str, str]:
        return {"day": date_long(figures["day"])}


class RateInOrder(Refused):
    """A rate or a rebate may begin today or later, and after the last one that is known."""

    sentence = lazy("Ce taux commence le {day} au plus tôt : ce qui est déjà calculé ne change pas.")

    def shown(self, figures: Mapping[str, date]) -> Mapping[str, str]:
        return {"day": date_long(figures["day"])}


class Taxes(msgspec.Struct, frozen=True):
    """What is in force on a day, in parts per million: rate of each tax, and the part of each rounded tax that is given back.

    A tax without a rebate is paid in full.
    """

    rates: Mapping[str, int]
    rebates: Mapping[str, int]


class Priced(msgspec.Struct, frozen=True, rename=lambda name: f"{name}_cents"):
    """One invoice, or several summed, in cents. `total` is with taxes, `net` is the total less the rebates.

    `line_net` and `line_total` are the lines' shares: they add up to `net` and to `total`.
    """

    before_tax: int
    gst: int
    qst: int
    gst_rebate: int
    qst_rebate: int
    total: int
    net: int
    line_net: list[int]
    line_total: list[int]


def price_invoice(lines_before_tax: Sequence[int], rates: Mapping[str, int], rebates: Mapping[str, int]) -> Priced:
    """Price one invoice of one supplier; `lines_before_tax` are cents ≥ 0, the other two parts per million.

    Each tax once on the invoice's total, half up to the cent; then each rebate on its rounded tax, half up; each line's
    share by largest remainder. A tax without a rate raises KeyError: `queries.rates_on` never gives such a set.
    """
    before_tax = sum(lines_before_tax)
    gst, qst = share(before_tax, rates[GST]), share(before_tax, rates[QST])
    gst_rebate, qst_rebate = share(gst, rebates.get(GST, 0)), share(qst, rebates.get(QST, 0))
    total = before_tax + gst + qst
    net = total - gst_rebate - qst_rebate
    return Priced(
        before_tax=before_tax,
        gst=gst,
        qst=qst,
        gst_rebate=gst_rebate,
        qst_rebate=qst_rebate,
        total=total,
        net=net,
        line_net=largest_remainder(net, lines_before_tax),
        line_total=largest_remainder(total, lines_before_tax),
    )


def add_up(invoices: Sequence[Priced]) -> Priced:
    """A basket: the sum of its invoices, one a supplier. Never priced anew as a whole: taxes are rounded per invoice."""
    return Priced(
        before_tax=sum(invoice.before_tax for invoice in invoices),
        gst=sum(invoice.gst for invoice in invoices),
        qst=sum(invoice.qst for invoice in invoices),
        gst_rebate=sum(invoice.gst_rebate for invoice in invoices),
        qst_rebate=sum(invoice.qst_rebate for invoice in invoices),
        total=sum(invoice.total for invoice in invoices),
        net=sum(invoice.net for invoice in invoices),
        line_net=[cents for invoice in invoices for cents in invoice.line_net],
        line_total=[cents for invoice in invoices for cents in invoice.line_total],
    )
