"""The commands as they are typed, against a real database."""

import asyncio
import json
import os
import sys
from pathlib import Path

from allocations.envelopes import queries
from allocations.envelopes.rules import Figures
from kit.actor import system
from kit.database import engine
from tests.factories import make_actor, make_headcount, make_school

COMMAND = Path(sys.executable).with_name("inventory")


async def inventory(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error of `inventory envelopes …`."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "envelopes",
        *arguments,
        env={**os.environ, "INVENTORY_DATABASE_URL": engine().config["dsn"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_envelopes_are_computed_and_listed_by_command(committed: None, tmp_path: Path) -> None:
    await make_headcount(await make_school("990001"), 144)
    await make_headcount(await make_school("991001", board="991000"), 1_000)
    ours = ("--measure", "EX-COMBOS", "--year", "2026-2027")

    code, out, err = await inventory("compute", *ours, "--dry-run", "--json")
    assert (code, err) == (0, "")
    rehearsed = json.loads(out)
    assert (rehearsed["created"], rehearsed["dry_run"], await queries.every(system())) == (2, True, [])

    code, out, err = await inventory("compute", *ours, "--json")
    done = json.loads(out)
    assert (code, done["schools"], done["created"], done["adjusted"], done["unchanged"]) == (0, 2, 2, 0, 0)
    assert done["total_cents"] == 34_000_00 and done["items"] == rehearsed["items"]
    assert done["items"][0].keys() >= {
        "school",
        "name",
        "pupils",
        "amount_cents",
        "before_cents",
        "delta_cents",
        "sentence",
    }

    code, out, err = await inventory("compute", *ours)
    assert (code, out.splitlines()[-1].replace("\u00a0", " ")) == (
        0, "0 créée, 0 ajustée, 2 inchangées, 0 école sans enveloppe. Total : 34 000,00 $.",
    )  # fmt: skip

    await make_headcount("991001", 900, year="2026-2027")
    table = tmp_path / "calcul.csv"
    code, out, err = await inventory("compute", *ours, "--dry-run", "--schools", "--csv", str(table))
    assert code == 0 and "991001 École 991001 : 900" in out.replace("\u00a0", " ")
    header, first, second = table.read_text("utf-8-sig").splitlines()
    assert header.startswith("Organisme;École;Nom") and first.startswith(
        "990000;990001;École 990001;144;5000,00;5000,00;0,00;0,00"
    )
    assert ";26100,00;29000,00;-2900,00;-2900,00;" in second

    code, out, err = await inventory("list", "--board", "991000", "--json")
    (row,) = json.loads(out)["items"]
    assert (row["school"], row["figures"]["free_cents"]) == ("991001", 29_000_00)
    code, out, err = await inventory("list", "--school", "990009")
    assert (code, out) == (0, "Aucune enveloppe.\n")

    officer = await make_actor("purchasing", board="991000")
    code, out, err = await inventory("list", "--as", officer.email, "--json")
    assert [item["school"] for item in json.loads(out)["items"]] == ["991001"]
    assert [envelope.figures for envelope in await queries.every(system())] == [Figures(5_000_00), Figures(29_000_00)]


async def test_what_is_wrong_is_one_sentence_and_an_exit_code(committed: None) -> None:
    code, out, err = await inventory("compute", "--measure", "15081", "--year", "2026-2027", "--json")
    assert (code, out) == (1, "") and "« 15081 »" in err.replace("\u00a0", " ")
    code, out, err = await inventory("compute", "--measure", "EX-COMBOS", "--year", "2026")
    assert (code, out) == (1, "") and "2026-2027" in err
    code, out, err = await inventory("compute", "--measure", "EX-COMBOS", "--year", "2030-2031")
    assert (code, out) == (1, "") and "règle de calcul" in err
    assert (await inventory("compute"))[0] == 2
    auditor = await make_actor("auditor", school=await make_school("990001"))
    assert (await inventory("compute", "--measure", "EX-COMBOS", "--as", auditor.email))[0] == 1
