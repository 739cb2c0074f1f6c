"""Signals that end the process: raised as SystemExit, so that whatever was started is stopped on the way out."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def exit_on(*numbers: signal.Signals, code: int | None = None) -> None:
    """Raise SystemExit at the first of these signals (`code`, else 128 + its number); those that follow change nothing.

    Installed even where the signal was ignored: a script that starts us in the background passes SIGINT on as ignored.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        ignore()
        raise SystemExit(128 + number if code is None else code)

    for number in numbers:
        signal.signal(number, stop)


def ignore() -> None:
    """Nothing interrupts the stop itself, a second Ctrl-C least of all."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def held() -> Iterator[None]:
    """Signals that arrive during the block are handled at its end: a child's number is never lost between its start and us.

    By handlers that wait, not by the signal mask: a mask is one thread's, and children inherit it.
    """
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    before = _handlers()
    for number in before:
        signal.signal(number, note)
    try:
        yield
    finally:
        _give_back(before, received)


def _handlers() -> dict[int, Callable[[int, FrameType | None], Any]]:
    """What Python does for each of the signals; nothing in a thread, where handlers cannot be changed and are never run."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: handler for number in STOPPING if callable(handler := signal.getsignal(number))}


def _give_back(before: Mapping[int, Callable[[int, FrameType | None], Any]], received: Sequence[int]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)
    if received:
        before[received[0]](received[0], None)


def run(body: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, where a signal cancels the coroutine, and its handler is called once the loop has ended.

    A handler that raises inside the loop may do so in the middle of asyncpg's compiled code, and that ends in a crash.
    """
    before = _handlers()
    received: list[int] = []

    async def cancelled_by_signals() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def note(number: int, frame: FrameType | None) -> None:
            received.append(number)
            if len(received) == 1:
                with suppress(RuntimeError):  # the loop has closed
                    loop.call_soon_threadsafe(task.cancel)

        for number in before:
            signal.signal(number, note)
        return await body

    try:
        result = asyncio.run(cancelled_by_signals())
    except BaseException:
        if not received:
            raise
    finally:
        _give_back(before, received)  # raises when there was a signal
    return result
