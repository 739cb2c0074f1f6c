"""The scheduler and the workers beside the pages, in the same process; each starts again when it fails."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from app.scheduler import lead
from app.worker import run_jobs, send_messages
from kit.connections import Unavailable
from kit.jobs import Job

log = structlog.get_logger()


@asynccontextmanager
async def background(jobs: Sequence[Job]) -> AsyncIterator[None]:
    """Run them for the block; on the way out they are interrupted, and what was under way waits for the next process."""
    clean = contextvars.Context()  # not the context of whoever starts us: it may hold a transaction
    tasks = [clean.run(asyncio.create_task, _for_ever(name, body)) for name, body in (
        ("scheduler", lambda: lead(jobs)),
        ("jobs", lambda: run_jobs(jobs)),
        ("messages", send_messages),
    )]  # fmt: skip
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _for_ever(name: str, body: Callable[[], Awaitable[None]], *, pause_seconds: float = 5) -> None:
    while True:
        try:
            await body()
        except Unavailable:  # said already, once a try
            log.warning("waiting for the database", part=name)
        except Exception:
            log.exception("restarting", part=name)
        await asyncio.sleep(pause_seconds)
