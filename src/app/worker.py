"""What runs after commit: waiting jobs, and messages of the outbox. Many processes may do both at once."""

import asyncio
from collections.abc import Sequence

import structlog

from app.mail import send_waiting
from kit.jobs import Job, find, perform, take

log = structlog.get_logger()


async def run_jobs(jobs: Sequence[Job], *, pause_seconds: float = 2) -> None:
    """Run waiting jobs one by one, until cancelled."""
    while True:
        while await run_waiting(jobs):
            pass
        await asyncio.sleep(pause_seconds)


async def send_messages(*, pause_seconds: float = 2) -> None:
    """Send what waits, until cancelled. Apart from the jobs: a long one holds no message up."""
    while True:
        await send_waiting()
        await asyncio.sleep(pause_seconds)


async def run_waiting(jobs: Sequence[Job]) -> bool:
    """Run the next waiting job, if any."""
    run = await take([job.name for job in jobs])
    if run is None:
        return False
    log.info("job", job=run.name, occasion=run.run_key, attempt=run.attempts)
    await perform(find(jobs, run.name), run)
    return True
