"""Two ways of doing a thing, one after the other, several times: medians, and their ratio against a target."""

import gc
import os
import platform
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter

from msgspec import Struct

RUNS = 7
Way = Callable[[], Awaitable[object]]


class Result(Struct, kw_only=True):
    """Medians of `bare` and `ours` in `unit`; `met`: their ratio is not above the target."""

    name: str
    bare: float
    ours: float
    unit: str
    ratio: float
    target: float
    met: bool


class Report(Struct, kw_only=True):
    machine: dict[str, str | int]
    size: str
    results: list[Result]


@dataclass(frozen=True, slots=True)
class Pair:
    """`between` runs before each way, unmeasured: it brings what the way works on into its first state."""

    bare: Way
    ours: Way
    between: Way


async def compare(name: str, pair: Pair, *, target: float, runs: int = RUNS) -> Result:
    """Run both ways in turn, once unmeasured and then `runs` times."""
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    for turn in range(runs + 1):
        for side, way in ("bare", pair.bare), ("ours", pair.ours):
            await pair.between()
            gc.collect()
            began = perf_counter()
            await way()
            if turn:
                times[side].append(perf_counter() - began)
    bare, ours = (median(times[side]) * 1000 for side in ("bare", "ours"))
    ratio = round(ours / bare, 2)  # of the times as measured: rounded first, a quick one would be nothing
    return Result(
        name=name, bare=round(bare, 2), ours=round(ours, 2), unit="ms", ratio=ratio, target=target, met=ratio <= target
    )


def machine(postgresql: str) -> dict[str, str | int]:
    """What was measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": postgresql,
        "inventory": version("inventory"),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
