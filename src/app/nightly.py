"""What runs by night: the jobs of all packages, and the one that forgets."""

from datetime import time

from app.backup.jobs import nightly
from app.packages import registered
from kit.actor import Actor
from kit.i18n import lazy
from kit.jobs import Job
from kit.retention import RETENTION as OF_KIT
from kit.retention import Rule, forget_all


def all_rules() -> list[Rule]:
    """What is forgotten, by all packages; people first, as other rules follow them."""
    return [*registered("RETENTION"), *OF_KIT]


async def forget(who: Actor) -> dict[str, int]:
    """Forget what is kept no longer; how many, by rule. Safe to repeat."""
    return await forget_all(who, all_rules())


RETENTION = Job("retention", forget, time(4, 20), lazy("Effacer ce qui n'a plus à être conservé"))


def all_jobs() -> list[Job]:
    """Every job that this release knows."""
    return [*registered("JOBS"), *nightly(), RETENTION]
