"""A board's steps out of a file, and its commands."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from allocations.approvals import imports
from allocations.approvals.queries import listing
from allocations.approvals.schemas import ImportedDelegations
from kit.actor import system
from kit.database import engine
from kit.encodings import Unreadable
from kit.errors import Forbidden
from tests.factories import make_actor, make_board

COMMAND = Path(sys.executable).with_name("inventory")
FILE = """sorte;catégorie;rôle;limite;du
;;principal;5 000,00;
;;purchasing;;
investissement;robotique;principal;750,50;
investissement;robotique;purchasing;;
"""


async def command(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "approvals",
        *arguments,
        env={**os.environ, "INVENTORY_DATABASE_URL": engine().config["dsn"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def take(text: str, *, dry_run: bool = False) -> ImportedDelegations:
    return await imports.import_steps(
        system(), "etapes.csv", text.encode("utf-8"), board="990000", dry_run=dry_run
    )  # fmt: skip


async def test_steps_are_taken_from_a_file_and_a_second_run_changes_nothing(db: None) -> None:
    await make_board()
    tried = await take(FILE, dry_run=True)
    assert (tried.read, tried.created, tried.refused) == (4, 2, []) and await listing(system()) == []

    done = await take(FILE)

    assert (done.read, done.created, done.unchanged, done.refused) == (4, 2, 0, [])
    found = {(one.measure_kind, one.category): one.steps for one in await listing(system())}
    assert [(step.role, step.limit_cents) for step in found["", None]] == [
        ("principal", 5_000_00),
        ("purchasing", None),
    ]
    assert found["investment", "robotique"][0].limit_cents == 750_50
    again = await take(FILE)
    assert (again.created, again.unchanged) == (0, 2) and len(await listing(system())) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fonctionnement;;technician;;", "n'est pas un rôle qui approuve"),
        ("loisirs;;principal;;", "Ligne 6"),
        (";absente;principal;;", "« absente » n'existe pas"),
        ("fonctionnement;;principal;10,00;", "La dernière étape n'a pas de limite"),
        (";robotique;principal;dix;", "Ligne 6"),
    ],
)
async def test_a_wrong_line_is_said_and_nothing_of_the_file_is_taken(db: None, line: str, said: str) -> None:
    await make_board()
    done = await take(FILE + line + "\n")
    assert done.created == 0 and said in " ".join(done.refused).replace("\u00a0", " ")
    assert await listing(system()) == []


async def test_a_file_without_a_role_is_unreadable(db: None) -> None:
    await make_board()
    with pytest.raises(Unreadable):
        await take("sorte;limite\n;5\n")


async def test_a_stranger_imports_nothing(db: None) -> None:
    await make_board()
    buyer = await make_actor("purchasing", board="990000")
    with pytest.raises(Forbidden):
        await imports.import_steps(buyer, "etapes.csv", FILE.encode())
    admin = await make_actor("board_admin", board="990000")
    with pytest.raises(Forbidden):
        await imports.import_steps(admin, "etapes.csv", FILE.encode(), board="991000")
    assert (await imports.import_steps(admin, "etapes.csv", FILE.encode())).created == 2


async def test_the_commands_import_list_and_tell_what_is_stuck(committed: None, tmp_path: Path) -> None:
    await make_board()
    file = tmp_path / "etapes.csv"
    file.write_text(FILE)

    code, out, _err = await command("import", str(file), "--board", "990000", "--json")
    assert (code, json.loads(out)["created"]) == (0, 2)
    code, out, _err = await command("list", "--board", "990000")
    assert code == 0 and "Direction d'école 5 000,00 $ → Approvisionnement et finances" in out.replace("\u00a0", " ")
    file.write_text("role;limite\nprincipal;5\n")
    code, out, _err = await command("import", str(file), "--board", "990000", "--json")
    assert code == 1 and json.loads(out)["refused"]
    code, out, _err = await command("stuck", "--json")
    assert (code, json.loads(out)["items"]) == (0, [])
