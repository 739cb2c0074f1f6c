"""A process that granian started: who may stop it, and what when its parent has gone."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

STOP_SECONDS = 10  # what a process has to end its requests


@asynccontextmanager
async def obeying_the_parent() -> AsyncIterator[None]:
    """For the block, only the parent stops this process, and the parent's death does: `kill -9` must leave nobody at the port.

    A terminal sends Ctrl-C and its own end to the whole group: the parent alone answers them, and stops its processes in order.
    Does nothing in a process that has no such parent (tests, another server).
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        yield
        return
    loop = asyncio.get_running_loop()
    for number in signal.SIGINT, signal.SIGHUP:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)

    def orphaned() -> None:
        loop.remove_reader(parent.sentinel)
        os.kill(os.getpid(), signal.SIGTERM)
        loop.call_later(STOP_SECONDS, os._exit, 1)

    loop.add_reader(parent.sentinel, orphaned)
    try:
        yield
    finally:
        loop.remove_reader(parent.sentinel)
