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


class Part(Struct, kw_only=True):
    """Medians of `bare` and `ours` in `unit`, each of one doing; `met`: their ratio is not above the target."""

    name: str
    bare: float
    ours: float
    unit: str
    ratio: float
    target: float
    met: bool


class Result(Part, kw_only=True):
    """What a bench says: the figures of the worst of its parts, and each part's where there are several."""

    parts: list[Part] = []


class Report(Struct, kw_only=True):
    """`folder`: where the bench keeps its data, so many `bytes` of this size (0: none was needed)."""

    machine: dict[str, str | int | float]
    size: str
    folder: str
    bytes: int
    results: list[Result]


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Pair:
    """`between` runs before each way, unmeasured: it brings what the way works on into its first state.

    A run does its way `times` times. `same` tells whether two answers are; it is asked once, before anything is measured.
    """

    bare: Way
    ours: Way
    between: Way = _nothing
    times: int = 1
    same: Callable[[object, object], bool] | None = None


async def compare(name: str, pair: Pair, *, target: float, runs: int = RUNS) -> Part:
    """Run both ways in turn, once unmeasured and then `runs` times. Raises RuntimeError where they do not do the same."""
    if pair.same and not pair.same(await pair.bare(), await pair.ours()):
        raise RuntimeError(f"{name}: the two ways do not answer the same")
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    for turn in range(runs + 1):
        for side, way in ("bare", pair.bare), ("ours", pair.ours):
            await pair.between()
            gc.collect()
            began = perf_counter()
            for _again in range(pair.times):
                await way()
            if turn:
                times[side].append((perf_counter() - began) / pair.times)
    bare, ours = (median(times[side]) * 1000 for side in ("bare", "ours"))
    ratio = round(ours / bare, 2)  # of the times as measured: rounded first, a quick one would be nothing
    return Part(
        name=name, bare=round(bare, 2), ours=round(ours, 2), unit="ms", ratio=ratio, target=target, met=ratio <= target
    )


def worst(name: str, parts: list[Part]) -> Result:
    """A bench out of its parts: what holds for the worst holds for all."""
    found = max(parts, key=lambda part: part.ratio)
    return Result(
        name=name, bare=found.bare, ours=found.ours, unit=found.unit, ratio=found.ratio, target=found.target, met=found.met,
        parts=parts if len(parts) > 1 else [],
    )  # fmt: skip


def machine(postgresql: str) -> dict[str, str | int | float]:
    """What was measured on, and what else it had to do (`load`, of the last minute)."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": postgresql,
        "inventory": version("inventory"),
        "load": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
