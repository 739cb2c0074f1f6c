"""`inventory import catalogue` as it is typed: streams and exit codes."""

import asyncio
import json
import os
import sys
from pathlib import Path

from kit.database import engine

COMMAND = Path(sys.executable).with_name("inventory")


async def _import(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        COMMAND, "import", "catalogue", *arguments,
        env={**os.environ, "INVENTORY_DATABASE_URL": engine().config["dsn"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_catalogue_by_command(committed: None, tmp_path: Path) -> None:
    assert (await _import())[0] == 2

    code, out, err = await _import("--starter", "--accept", "--json")
    assert (code, err) == (0, "")
    first = json.loads(out)
    assert list(first) == ["read", "created", "changed", "unchanged", "closed", "refused", "notes", "batch"]
    assert first["created"] == first["read"] > 80

    mine = tmp_path / "mien.toml"
    mine.write_text(
        '[[suppliers]]\ncode = "robots-boreal"\nphone = "418 555-0199"\n\n[[suppliers]]\ncode = "Ateliers B"\n'
    )
    code, out, err = await _import(str(mine))
    assert (code, err) == (1, "")
    assert "2 entrées lues, 0 créée, 1 modifiée, 0 inchangée, 0 fermée, 1 refusée." in out
    assert "Ligne 6, code (Ateliers B)" in out

    broken = tmp_path / "brisé.toml"
    broken.write_bytes(b"[[suppliers]\n")
    code, out, err = await _import(str(mine), str(broken), "--json")
    assert code == 1 and "brisé.toml" in err
    assert json.loads(out)["refused"][0]["value"] == "mien.toml, brisé.toml"
