"""Signals end the process in order: the coroutine first, then what was opened around it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from kit.signals import STOPPING, exit_on, held, run


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in STOPPING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_signal_cancels_the_coroutine_then_ends_the_process() -> None:
    exit_on(signal.SIGTERM)
    steps = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(10)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)  # a second one changes nothing
            await asyncio.sleep(0.01)
            steps.append("rolled back")

    with pytest.raises(SystemExit) as ended:
        run(work())

    assert (ended.value.code, steps) == (143, ["rolled back"])


def test_ctrl_c_is_still_an_interrupt_for_commands() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)

    async def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(10)

    with pytest.raises(KeyboardInterrupt):
        run(work())


def test_without_a_signal_it_gives_what_the_coroutine_gives_and_puts_the_handlers_back() -> None:
    exit_on(signal.SIGTERM)
    handler = signal.getsignal(signal.SIGTERM)

    async def work() -> int:
        return 42

    assert run(work()) == 42
    assert signal.getsignal(signal.SIGTERM) is handler

    async def fail() -> None:
        raise ValueError("autre chose")

    with pytest.raises(ValueError, match="autre chose"):
        run(fail())


def test_a_held_signal_is_handled_at_the_end_of_the_block() -> None:
    exit_on(signal.SIGTERM, code=0)
    started = None
    with pytest.raises(SystemExit), held():
        os.kill(os.getpid(), signal.SIGTERM)
        started = subprocess.Popen([sys.executable, "-c", ""])

    assert started is not None and started.wait() == 0
