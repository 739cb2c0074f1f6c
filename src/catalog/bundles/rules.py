"""What a bundle costs: one invoice a supplier. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from catalog.bundles.schemas import BundleLineOut
from catalog.taxes.rules import Priced, Taxes, add_up, price_invoice

LEVELS = ("preschool", "primary", "secondary", "adult")


def price_lines(lines: Sequence[BundleLineOut], taxes: Taxes) -> Priced | None:
    """The lines, priced as one invoice a supplier and added up; None where one of them never had a price."""
    invoices: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        if line.supplier is None or line.unit_before_tax_cents is None:
            return None
        invoices[line.supplier].append(line.quantity * line.unit_before_tax_cents)
    return add_up([price_invoice(amounts, taxes.rates, taxes.rebates) for _, amounts in sorted(invoices.items())])


def tracked_units(lines: Iterable[BundleLineOut]) -> dict[str, int]:
    """Units that become assets, by category."""
    units: Counter[str] = Counter()
    for line in lines:
        if line.tracked:
            units[line.category] += line.quantity
    return dict(units)
