"""Shares, and how small counts are shown. Pure."""

from collections.abc import Mapping

from inventory.coverage.schemas import Counts
from inventory.floor.rules import Status
from kit.i18n import _, number

SMALL = 5


def counts_of(found: Mapping[str, int]) -> Counts:
    """Counts with every status, and the share of each."""
    by_status = {status: found.get(status, 0) for status in Status}
    assessed = sum(by_status.values())
    share = {status: n / assessed for status, n in by_status.items()} if assessed else {}
    return Counts(assessed=assessed, by_status=by_status, share=share)


def shown(n: int) -> str:
    """A count for a page where a small one could point at somebody: « moins de 5 »."""
    return _("moins de {n}").format(n=SMALL) if 0 < n < SMALL else number(n)
