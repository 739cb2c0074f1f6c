"""A total split to the cent between bounds. Pure: whole numbers alone, no fraction is ever rounded twice."""

from collections.abc import Sequence


def pro_rata(
    total: int, points: Sequence[int], lows: Sequence[int], highs: Sequence[int | None]
) -> tuple[list[int], int]:
    """Split `total` in proportion to `points`, each part between its low and its high; what no part may take is left over.

    The parts and what is left always add up to the total, by largest remainder among those that no bound holds (ties go to
    the first). The lows together are not more than the total, no low is above its high.
    """
    held: dict[int, int] = {}  # at a bound, for good
    while True:
        free = [i for i in range(len(points)) if i not in held]
        rest, weight = total - sum(held.values()), sum(points[i] for i in free)
        if not weight:
            break
        under = [i for i in free if rest * points[i] < lows[i] * weight]
        over = [i for i in free if (high := highs[i]) is not None and rest * points[i] > high * weight]
        # Bounds that add more than they take are the ones that stay held when the others' parts change, and the other way round.
        lift = sum(lows[i] * weight - rest * points[i] for i in under)
        drop = sum(rest * points[i] - (highs[i] or 0) * weight for i in over)
        if lift >= drop:
            held |= {i: lows[i] for i in under}
        if drop >= lift:
            held |= {i: highs[i] or 0 for i in over}
        if not under and not over:
            break
    if not weight:  # nobody is left who counts for anything
        parts = [held.get(i, lows[i]) for i in range(len(points))]
        return parts, total - sum(parts)
    parts = [held[i] if i in held else rest * points[i] // weight for i in range(len(points))]
    by_remainder = sorted(free, key=lambda i: (-(rest * points[i] % weight), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts, 0
