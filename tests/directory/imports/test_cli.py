"""`inventory import …` as it is typed: streams, one JSON document, exit codes."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from directory.imports.cli import importing
from directory.imports.rules import SourceFile
from kit.actor import system
from kit.database import engine, fetch_value, transaction
from tests.directory.imports.lists import board, headcount, listed, school

COMMAND = Path(sys.executable).with_name("inventory")
KEYS = {"read", "created", "changed", "unchanged", "closed", "refused", "notes", "batch"}


async def command(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        COMMAND, "import", *map(str, arguments),
        env={**os.environ, "INVENTORY_DATABASE_URL": engine().config["dsn"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def saved(folder: Path, found: SourceFile) -> Path:
    path = folder / found.name
    path.write_bytes(found.file.read())
    return path


@pytest.mark.usefixtures("committed")
async def test_from_files_to_a_network_by_command(tmp_path: Path) -> None:
    boards = saved(tmp_path, listed("boards", board()))
    code, out, _err = await command("boards", boards, "--accept", "--as-of", "2022-07-01", "--json")
    answer = json.loads(out)
    assert (code, answer["created"], answer["listed_on"]) == (0, 1, "2022-07-01")
    assert set(answer) >= KEYS

    schools = saved(tmp_path, listed("schools", school(), school("990002")))
    code, out, err = await command("schools", schools)
    assert (code, err) == (0, "")
    assert "2 créations" in out
    assert "inventory import accept 2" in out
    code, out, _err = await command("accept", 2, "--json")
    assert (code, json.loads(out)["state"], json.loads(out)["created"]) == (0, "applied", 2)

    counted = saved(tmp_path, listed("headcounts", headcount(), headcount("990999", "SP")))
    code, out, _err = await command("headcounts", counted, "--json")
    answer = json.loads(out)
    assert (code, answer["read"], answer["created"], answer["state"]) == (1, 2, 1, "applied")
    assert set(answer["refused"][0]) == {"line", "column", "value", "reason"}
    assert (answer["refused"][0]["line"], answer["refused"][0]["value"]) == (3, "990999")

    code, out, err = await command("undo", 2)
    assert (code, out) == (1, "") and "(990001) : un effectif" in err.replace("\u00a0", " ")
    assert (await command("undo", 3))[0] == 0
    code, out, _err = await command("undo", 2)
    assert (code, out.splitlines()[-1]) == (0, "Annulé; lot 2.")
    async with transaction(system()):
        assert await fetch_value("SELECT count(*) FROM school WHERE closed_on IS NULL") == 0


@pytest.mark.usefixtures("committed")
async def test_what_was_asked_and_not_done_ends_with_one_and_a_sentence(tmp_path: Path) -> None:
    boards = saved(tmp_path, listed("boards", board(), board("991000", "Autre")))
    assert (await command("boards", boards, "--accept"))[0] == 0
    half = saved(tmp_path, listed("boards", board()))
    code, out, err = await command("boards", half, "--accept", "--json")
    assert (code, json.loads(out)["state"], json.loads(out)["closed"]) == (1, "staged", 1)
    assert "attend qu'une personne la regarde" in err

    code, out, err = await command("accept", 40, "--json")
    assert (code, out) == (1, "")
    assert "numéro 40" in err

    (tmp_path / "photo.csv").write_bytes(b"\x89PNG\r\n\x1a\n")
    code, out, err = await command("boards", tmp_path / "photo.csv", "--json")
    assert code == 1
    assert "image" in err
    refused = json.loads(out)
    assert refused["read"] == 0
    assert refused["refused"][0]["value"] == "photo.csv"
    assert refused["refused"][0]["reason"] == err.strip()

    code, _out, err = await command("boards", tmp_path)
    assert code == 1
    assert "dossier" in err


@pytest.mark.parametrize(
    "wrong",
    [
        ("boards",),
        ("boards", "absent.csv"),
        ("boards", __file__, "--as-of", "hier"),
        ("planets", __file__),
        ("accept", "zéro"),
    ],
)
def test_wrong_use_ends_with_two_before_anything_is_opened(wrong: tuple[str, ...]) -> None:
    found = CliRunner().invoke(importing, wrong)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr
