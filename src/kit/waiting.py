"""So many things that wait, the oldest since when: what a desk's first page is made of."""

from datetime import date, datetime
from typing import Any

import msgspec


class Waiting(msgspec.Struct, frozen=True):
    """`since`: the instant or the day of the oldest; None when there is none."""

    n: int
    since: datetime | date | None

    def __bool__(self) -> bool:
        return self.n > 0


def waiting(row: Any) -> Waiting:
    """A row of `n` and `since`."""
    return Waiting(row["n"], row["since"])
