"""`inventory import catalogue` as it is typed: streams and exit codes."""

import asyncio
import json
import os
import sys
from pathlib import Path

from kit.database import engine

COMMAND = Path(sys.executable).with_name("inventory")


async def _import(*arguments: str) -> tuple[int, str, str]:
    return await _run("import", "catalogue", *arguments)


async def _run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        COMMAND, *arguments,
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


async def test_tables_go_out_and_come_back_by_command(committed: None, tmp_path: Path) -> None:
    assert (await _import("--starter", "--accept"))[0] == 0
    prices = tmp_path / "prix.xlsx"
    code, out, err = await _run("export", "prices", str(prices))
    assert (code, out) == (0, "")
    assert prices.read_bytes().startswith(b"PK") and "lignes écrites" in err

    code, out, err = await _run("import", "prices", str(prices), "--json")
    told = json.loads(out)
    assert (code, told["unchanged"], told["refused"]) == (0, told["read"], [])

    suppliers = tmp_path / "fournisseurs.csv"
    suppliers.write_text("Code;Nom;NEQ\nnouveau;Nouveau;\nautre;Autre;123\n")
    code, out, err = await _run("import", "suppliers", str(suppliers), "--dry-run")
    assert code == 1
    assert "Essai : rien n'a été écrit." in out.replace("\u00a0", " ")
    assert "Ligne 3, NEQ (123)" in out.replace("\u00a0", " ")

    code, out, err = await _run("feeds", "list", "--json")
    assert (code, json.loads(out)) == (0, [])
