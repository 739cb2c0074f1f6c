"""What the scheduler runs by night."""

from datetime import time

from inventory.floor.notices import digest
from inventory.floor.operations import scan
from inventory.floor.schemas import Night
from kit.actor import Actor
from kit.i18n import lazy
from kit.jobs import Job


async def nightly(who: Actor) -> Night:
    """Scan, then tell the boards. Repeated, it changes nothing and tells nobody twice."""
    return Night(scan=await scan(who), digest=await digest(who))


FLOOR_SCAN = Job("floor-scan", nightly, at=time(5, 0), words=lazy("Balayage du plancher et avis aux organismes"))
