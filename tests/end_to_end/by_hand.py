"""Money worked out a second time, with decimals and fractions, and nothing of the service."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

GST, QST, GST_BACK, QST_BACK = Decimal("0.05"), Decimal("0.09975"), Decimal("0.68"), Decimal("0.47")
# What a cent before tax costs an envelope, by its measure's basis.
COSTS = {
    "net": 1 + GST * (1 - GST_BACK) + QST * (1 - QST_BACK),
    "with_tax": 1 + GST + QST,
    "before_tax": Decimal(1),
}


def cent(amount: Decimal | Fraction) -> int:
    """Half up."""
    exact = amount if isinstance(amount, Decimal) else Decimal(amount.numerator) / Decimal(amount.denominator)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def taxes(before_tax: int) -> tuple[int, int]:
    """TPS and TVQ of a paper."""
    return cent(before_tax * GST), cent(before_tax * QST)


def charged(lines: Sequence[int], basis: str) -> list[int]:
    """What an envelope is charged for each line (cents before tax) of one invoice."""
    before = sum(lines)
    gst, qst = taxes(before)
    whole = {
        "net": before + gst + qst - cent(gst * GST_BACK) - cent(qst * QST_BACK),
        "with_tax": before + gst + qst,
        "before_tax": before,
    }[basis]
    return parted(whole, lines)


def parted(total: int, weights: Sequence[int]) -> list[int]:
    """By largest remainder, the first of equals first."""
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [int(share) for share in exact]
    for place in sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))[: total - sum(parts)]:
        parts[place] += 1
    return parts
