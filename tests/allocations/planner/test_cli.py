"""The command as it is typed, against a real database."""

import asyncio
import json
import os
import sys
from pathlib import Path

from kit.clock import school_year, today
from kit.database import engine
from tests.factories import make_envelope, make_headcount, make_product, make_school

COMMAND = Path(sys.executable).with_name("inventory")


async def _plan(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "plan",
        "best",
        *arguments,
        env={**os.environ, "INVENTORY_DATABASE_URL": engine().config["dsn"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_best_is_told_in_words_and_as_one_json_document(committed: None) -> None:
    await make_headcount(await make_school(), 30)
    await make_envelope(cents=2_150_00)
    await make_product("tablette", 393_00)
    ours = ("990001", "--measure", "EX-COMBOS", "--year", school_year(today()))

    code, out, err = await _plan(*ours, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)  # the solver writes nothing of its own there
    assert [proposal["charged_cents"] for proposal in found["proposals"]][:1] == [2_100_33]

    code, out, err = await _plan(*ours)
    assert (code, err) == (0, "")
    assert "5 × tablette, 2\u00a0100,33\u00a0$" in out and "Il resterait 49,67\u00a0$." in out

    code, out, err = await _plan("990002", "--measure", "EX-COMBOS")
    assert code == 1 and out == "" and err
