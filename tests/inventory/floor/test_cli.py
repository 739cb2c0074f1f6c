"""`inventory floor` as it is typed, against a real database."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from inventory.floor.cli import scan_lines, school_lines
from inventory.floor.rules import Status
from inventory.floor.schemas import ScanOut
from kit.database import engine
from kit.i18n import NBSP
from tests.factories import give_role, make_person
from tests.inventory.floor.schools import make_equipped, make_sized

COMMAND = Path(sys.executable).with_name("inventory")


async def inventory(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *arguments,
        env={**os.environ, "INVENTORY_DATABASE_URL": engine().config["dsn"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.usefixtures("committed")
async def test_scan_and_list_by_command() -> None:
    await make_sized("990001")
    await make_equipped("991001", board="991000")
    await give_role(await make_person("admin@exemple.ca"), "board_admin", board="990000")

    code, out, err = await inventory("floor", "scan", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert set(found) == {"standard", "assessed", "by_status", "opened", "closed", "seconds"}
    assert found["assessed"] == sum(found["by_status"].values()) == 2
    assert set(found["by_status"]) == set(Status)

    code, out, _ = await inventory("floor", "list", "--json")
    assert [item["school"] for item in json.loads(out)["items"]] == ["990001", "991001"]
    code, out, _ = await inventory("floor", "list", "--status", "below", "--json")
    (item,) = json.loads(out)["items"]
    assert {"school", "name", "board", "status", "rules", "since"} <= set(item)
    assert {"category", "required", "counted", "gap", "on_order", "expected"} <= set(item["rules"][0])

    code, out, _ = await inventory("floor", "list", "--as", "admin@exemple.ca", "--json")
    assert [item["school"] for item in json.loads(out)["items"]] == ["990001"]
    code, out, err = await inventory("floor", "scan", "--as", "admin@exemple.ca")
    assert (code, out) == (1, "") and "Votre rôle" in err
    code, out, err = await inventory("floor", "list", "--board", "123456", "--json")
    assert (code, out) == (1, "") and "123456" in err
    assert (await inventory("floor", "list", "--limit", "0"))[0] == 2


def test_what_a_person_reads_at_the_terminal() -> None:
    found = ScanOut(
        standard="exemple-1", assessed=2567, by_status=dict.fromkeys(Status, 0) | {Status.below: 2567}, opened=7, closed=0,
        seconds=0.1,
    )  # fmt: skip
    text = scan_lines(found).replace(NBSP, " ")
    assert text.startswith("2 567 écoles évaluées (exemple-1) : sous le plancher 2 567, en voie 0, non évaluable 0")
    assert text.endswith("Signalements ouverts : 7; fermés : 0. 0,1 s.")
    assert "floor scan" in school_lines([], more=False)
