"""What runs after commit: waiting jobs, and messages of the outbox."""

import asyncio
from collections.abc import Sequence

import structlog

from app.mail import send_waiting
from kit.jobs import Job, find, perform, take

log = structlog.get_logger()


async def work(jobs: Sequence[Job], *, pause_seconds: float = 2) -> None:
    """Take jobs one by one and send what waits, until cancelled. Many processes may do this at once."""
    while True:
        busy = await run_waiting(jobs) + await send_waiting()
        await asyncio.sleep(0 if busy else pause_seconds)


async def run_waiting(jobs: Sequence[Job]) -> int:
    """Run the next waiting job; how many ran (0 or 1)."""
    taken = await take([job.name for job in jobs])
    if taken is None:
        return 0
    log.info("job", job=taken.name, occasion=taken.run_key)
    await perform(find(jobs, taken.name), taken.id)
    return 1
