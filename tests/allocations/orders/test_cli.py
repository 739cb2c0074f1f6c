"""`inventory orders` and `inventory procurement`, as they are typed."""

import asyncio
import json
import os
import sys
from pathlib import Path

from kit.database import engine
from tests.factories import make_actor, make_approved, make_product, make_school

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
    return process.returncode or 0, out.decode().replace("\u00a0", " "), err.decode().replace("\u00a0", " ")


async def test_baskets_are_previewed_then_built_then_nothing_is_left_and_families_are_watched(committed: None) -> None:
    await make_school()
    await make_product("tablette", 393_00)
    buyer = await make_actor("purchasing", board="990000")
    basket = await make_approved(("tablette", 2))

    code, out, err = await inventory("orders", "preview", "--as", buyer.email)
    assert (code, err) == (0, "") and "1 panier devient 1 bon de commande." in out
    code, out, err = await inventory("orders", "build", "--as", buyer.email, "--json")
    assert (code, err) == (0, "")
    assert [(order["number"], order["net_cents"]) for order in json.loads(out)] == [("BC-990-2026-00001", 840_13)]
    code, out, err = await inventory("orders", "build", "--as", buyer.email, "--json")
    assert (code, json.loads(out)) == (0, []) and "Aucun panier approuvé" in err
    code, out, err = await inventory("orders", "build", "--as", buyer.email, "--basket", basket)
    assert (code, out) == (1, "") and basket in err
    code, out, err = await inventory("procurement", "watch", "--board", "990000")
    assert (code, err) == (0, "") and "Technologies de l'information : 786,00 $ en 12 mois" in out
