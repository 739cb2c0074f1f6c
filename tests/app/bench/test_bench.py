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


def test_it_measures_both_ways_and_leaves_nothing(tmp_path: Path) -> None:
    done = bench(tmp_path / "unused", "--size", "small", "--runs", "1", "--json")

    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report.keys() == {"machine", "size", "results"} and report["size"] == "small"
    assert report["machine"].keys() >= {"processor", "cores", "python", "postgresql"}
    assert {result["name"]: result["target"] for result in report["results"]} == {"import": 3.0, "assessment": 1.5}
    for result in report["results"]:
        assert result.keys() == {"name", "bare", "ours", "unit", "ratio", "target", "met"}
        assert result["bare"] > 0 and result["ours"] > 0 and result["unit"] == "ms"
        assert result["ratio"] == pytest.approx(result["ours"] / result["bare"], abs=0.01)
        assert result["met"] == (result["ratio"] <= result["target"])
    assert not (tmp_path / "unused").exists()  # never the user's data
    assert processes_of(tmp_path / "unused") == []


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
