"""Signals that end the process: raised as SystemExit, so that whatever was started is stopped on the way out."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

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
    """Signals that arrive during the block are handled at its end: a child's number is never lost between its start and us."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
