"""`inventory years`, as it is typed."""

import asyncio
import json
import os
import sys
from pathlib import Path

from kit.clock import school_year, today
from kit.database import engine

COMMAND = Path(sys.executable).with_name("inventory")


async def years(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "years",
        *arguments,
        env={**os.environ, "INVENTORY_DATABASE_URL": engine().config["dsn"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_year_is_closed_once_and_listed_by_command(committed: None) -> None:
    code, out, err = await years("close", "2025-2026", "--reason", "Comptes reçus", "--json")
    assert (code, err, json.loads(out)["state"]) == (0, "", "closed")
    code, out, err = await years("close", "2025-2026", "--reason", "Encore")
    assert (code, out) == (1, "") and "déjà fermé" in err
    running = school_year(today())
    code, out, err = await years("close", running, "--reason", "Par erreur")
    assert code == 0 and running in out and f"years reopen {running}" in err
    code, out, err = await years("list")
    assert code == 0
    assert "2025-2026 : fermé le" in out.replace("\u00a0", " ") and "(Comptes reçus)" in out
