"""`inventory bench`: what it answers. No time is asserted: other tests run beside it."""

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.bench.cli import bench as command
from app.bench.measuring import Pair, compare
from app.bench.province import SIZES, boards, schools
from tests.app.services import INVENTORY, environment, processes_of


def bench(home: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [INVENTORY, "bench", *options], env=environment(home), capture_output=True, text=True, check=False, timeout=120
    )


TARGETS = {
    "import": 3.0,
    "list": 3.0,
    "asset_search": 3.0,
    "submissions": 2.0,
    "grouping": 2.0,
    "receiving": 2.5,
    "assessment": 1.5,
    "planner": 1.5,
    "compute": 2.0,
    "year_end": 1.5,
}


def test_it_measures_both_ways_and_keeps_its_data_apart(tmp_path: Path) -> None:
    mine, kept = tmp_path / "unused", tmp_path / "kept"
    done = bench(mine, "--size", "small", "--runs", "1", "--json", "--dir", str(kept))

    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report.keys() == {"machine", "size", "folder", "bytes", "results"} and report["size"] == "small"
    assert report["machine"].keys() >= {"processor", "cores", "python", "postgresql", "load"}
    assert report["folder"] == str(kept) and report["bytes"] > 10_000_000
    assert {result["name"]: result["target"] for result in report["results"]} == TARGETS
    for result in report["results"]:
        parts = result.pop("parts")
        for part in (result, *parts):
            assert part.keys() == {"name", "bare", "ours", "unit", "ratio", "target", "met"}
            assert part["bare"] > 0 and part["ours"] > 0 and part["unit"] == "ms"
            assert part["ratio"] == pytest.approx(part["ours"] / part["bare"], rel=0.02)
            assert part["met"] == (part["ratio"] <= part["target"])
        assert all(result["ratio"] >= part["ratio"] for part in parts)  # what holds for the worst holds for all
    assert "Préparation" in done.stderr
    assert not mine.exists()  # never the user's data

    again = bench(mine, "--size", "small", "--runs", "1", "--only", "list", "--dir", str(kept))

    assert again.returncode == 0, again.stderr
    assert "Préparation" not in again.stderr and str(kept) in again.stdout
    assert processes_of(mine) == processes_of(kept) == []


@pytest.mark.parametrize("options", [["--only", "rien"], ["--size", "planète"], ["--file", __file__]], ids=" ".join)
def test_wrong_use_is_told_before_anything_starts(options: list[str]) -> None:
    assert CliRunner().invoke(command, options).exit_code == 2


async def test_the_ways_take_turns_and_the_first_turn_does_not_count() -> None:
    order: list[str] = []

    def way(name: str) -> Any:
        async def run() -> None:
            order.append(name)

        return run

    await compare("essai", Pair(bare=way("bare"), ours=way("ours"), between=way("between")), target=2, runs=2)

    assert order == ["between", "bare", "between", "ours"] * 3


async def test_two_ways_that_do_not_answer_the_same_are_not_compared() -> None:
    async def one() -> int:
        return 1

    async def two() -> int:
        return 2

    with pytest.raises(RuntimeError, match="essai"):
        await compare("essai", Pair(bare=one, ours=two, same=lambda a, b: a == b), target=2)


@pytest.mark.parametrize("size", SIZES)
def test_the_invented_lists_are_of_the_size_of_the_published_ones(size: str) -> None:
    wanted = SIZES[size]
    lines = list(csv.DictReader(io.StringIO(schools(wanted).decode())))

    assert len(boards(wanted).splitlines()) == wanted.boards + 1
    assert len(lines) == wanted.lines
    assert len({line["CD_ORGNS"] for line in lines}) == wanted.schools
    assert {line["CD_CS"] for line in lines} <= {row.split(",")[0] for row in boards(wanted).decode().splitlines()}
    assert len({(line["CD_ORGNS"], line["CD_IMM"]) for line in lines}) == wanted.lines
    assert max(len(line["CD_ORGNS"]) for line in lines) == 6
