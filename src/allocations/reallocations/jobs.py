"""What the scheduler runs by night."""

from datetime import time

from allocations.reallocations.pools import settle_all
from kit.i18n import lazy
from kit.jobs import Job

SETTLE_POOLS = Job(
    "pools-settle", settle_all, at=time(4, 30), words=lazy("Retour des prêts des enveloppes mises en commun")
)
