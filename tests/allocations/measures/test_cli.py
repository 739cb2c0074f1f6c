"""The commands of measures, adjustments and projects as they are typed, against a real database."""

import asyncio
import json
import os
import sys
from pathlib import Path

from allocations.envelopes import queries
from allocations.envelopes.rules import Figures
from kit.actor import system
from kit.database import engine
from tests.factories import make_headcount, make_school

COMMAND = Path(sys.executable).with_name("inventory")

WRITTEN = """
code = "50767"
[measure]
name = "Outils numériques"
kind = "investment"
categories = ["robotique", "flotte-appareils"]
[years."2026-2027"]
total_cents = 4500000000
last_commit_on = 2027-03-31
last_spend_on = 2027-06-30
rest = "recovered"
[rules."2026-2027"]
base_cents = 100000
per_pupil_cents = 2900
rank_of = "imse"
weights = { 8 = 1100000, 9 = 1100000, 10 = 1200000 }
unranked_ppm = 1000000
own_share_ppm = 334000
levels = ["preschool", "primary", "secondary", "adult"]
"""


async def inventory(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error of `inventory …`."""
    process = await asyncio.create_subprocess_exec(
        COMMAND, *arguments, env={**os.environ, "INVENTORY_DATABASE_URL": engine().config["dsn"]},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_measure_is_written_computed_and_adjusted_by_command(committed: None, tmp_path: Path) -> None:
    await make_headcount(await make_school("990001"), 100)
    file, sums = tmp_path / "mesure.toml", tmp_path / "ajustements.csv"
    file.write_text(WRITTEN)
    code, out, err = await inventory("measures", "write", str(file), "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["rules"][0]["weights"] == {"8": 1_100_000, "9": 1_100_000, "10": 1_200_000}
    file.write_text(WRITTEN.replace('rest = "recovered"', 'rest = "gardé"'))
    code, out, err = await inventory("measures", "write", str(file))
    assert code == 1
    assert "« mesure.toml » ne se lit pas : « gardé » n'est pas une valeur permise" in err.replace("\u00a0", " ")

    ours = ("--measure", "50767", "--year", "2026-2027")
    code, out, err = await inventory("envelopes", "compute", *ours, "--json")
    assert json.loads(out)["items"][0]["amount_cents"] == 3_900_00

    sums.write_text("Code,Changement\n990001,100\n990009,5\n")
    code, out, err = await inventory("adjustments", "upload", str(sums), *ours, "--reason", "Essai", "--json")
    done = json.loads(out)
    assert (code, [line["status"] for line in done["results"]]) == (1, [200, 404])
    code, out, err = await inventory("adjustments", "release", str(done["number"]))
    assert (code, out, "990001" in err) == (0, "0 personne prévenue.\n", True)
    code, out, err = await inventory("adjustments", "list")
    assert "1 code inconnu" in out.replace("\u00a0", " ")
    code, out, err = await inventory("projects", "list")
    assert (code, out) == (0, "Aucun projet.\n")
    envelope = await queries.of_measure(system(), "990001", "50767", "2026-2027")
    assert envelope.figures == Figures(4_000_00)
