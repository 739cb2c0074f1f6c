"""Human numbers without holes: the row of the series is locked until the caller's transaction ends."""

from kit.database import fetch_value


async def next_number(series: str) -> int:
    """The next number of a series, from 1. Two callers take turns; a rollback gives the number back."""
    return (await next_numbers(series, 1))[0]


async def next_numbers(series: str, how_many: int) -> range:
    """`how_many` consecutive numbers of a series."""
    last: int = await fetch_value(
        "INSERT INTO number_series (series, last) VALUES ($1, $2)"
        " ON CONFLICT (series) DO UPDATE SET last = number_series.last + excluded.last RETURNING last",
        series, how_many,
    )  # fmt: skip
    return range(last - how_many + 1, last + 1)
