"""Run in a process of its own: migrate, then a board with schools, an envelope and people each. Prints their tokens as JSON."""

import asyncio
import json
import os
import sys

from kit.actor import system
from kit.cli import migrate_with
from kit.cluster import Logins, logins
from kit.database import execute, pool, transaction, use_login
from kit.settings import settings
from tests.factories import (
    give_role,
    lift_thresholds,
    make_envelope,
    make_headcount,
    make_person,
    make_product,
    make_school,
    make_token,
)

SCHOOLS = tuple(f"9900{n:02}" for n in range(1, 9))
ENVELOPE = 100_000_000_00  # nobody runs out of money
PRODUCT, CENTS = "appareil", 393_00


async def prepare(found: Logins) -> dict[str, str]:
    """Tokens by desk: `team 990001`, `principal 990001`…, `buyer`, `technician`."""
    await migrate_with(found)
    use_login(found.web_url)
    tokens = {}
    async with pool(size=2):
        for school in SCHOOLS:
            await make_school(school)
            await make_headcount(school, 200)
            await make_envelope(school, ENVELOPE)
            for desk, role in ("team", "school_team"), ("principal", "principal"):
                tokens[f"{desk} {school}"] = await _person(f"{desk}.{school}", role, school=school)
        await make_product(PRODUCT, CENTS)
        await lift_thresholds()
        async with transaction(system()):
            await execute("UPDATE supplier SET email = 'ventes@exemple.ca'")
        for desk, role in ("buyer", "purchasing"), ("technician", "technician"), ("admin", "board_admin"):
            tokens[desk] = await _person(desk, role, board="990000")
    return tokens


async def _person(name: str, role: str, *, board: str | None = None, school: str | None = None) -> str:
    email = await make_person(f"{name}@exemple.ca")
    await give_role(email, role, board=board, school=school)
    return await make_token(email)


if __name__ == "__main__":
    with logins(settings()) as found:
        json.dump(asyncio.run(prepare(found)), sys.stdout)
    sys.stdout.flush()
    os._exit(0)
