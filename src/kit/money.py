"""Arithmetic on integer cents. Rates are parts per million (5 % is 50_000; 9.975 % is 99_750)."""

from collections.abc import Sequence

MILLION = 1_000_000


def share(cents: int, ppm: int) -> int:
    """`cents × ppm / 1 000 000`, half up to the cent (away from zero for a negative amount)."""
    sign = -1 if cents < 0 else 1
    return sign * ((abs(cents) * ppm * 2 + MILLION) // (2 * MILLION))


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` cents in proportion to `weights` (≥ 0); the parts always add up to the total. Ties go to the first.

    With no weight at all, everything goes to the first part.
    """
    if not weights:
        return []
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    sign, amount = (-1, -total) if total < 0 else (1, total)
    parts = [amount * weight // whole for weight in weights]
    rest = amount - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in by_remainder[:rest]:
        parts[i] += 1
    return [sign * part for part in parts]


def unit_cost(net_cents: int, quantity: int, index: int) -> int:
    """Cost of unit `index` (1 … quantity) of a line: the units of a line always add up to the line."""
    return net_cents * index // quantity - net_cents * (index - 1) // quantity
