"""Keep a landed version's database for the upgrade rehearsal: `python scripts/rehearsal.py [COMMIT]` (HEAD where none is named).

The demonstration is loaded by the code of that commit, in a folder of its own, and saved by today's `inventory backup` as it is,
unmigrated, in tests/upgrades/. Commit the file: from then on the tests restore it with the code of the day.
"""

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOAD = """
from app.demo.load import load_once
from kit.cli import open_database
from kit.cluster import logins
from kit.settings import settings
from kit.signals import run

async def load(found):
    async with open_database(found, may_migrate=True):
        await load_once(print)

with logins(settings()) as found:
    run(load(found))
"""


def git(*command: str) -> str:
    return subprocess.run(["git", *command], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def main(commit: str) -> Path:
    """The file that was written."""
    short = git("rev-parse", "--short=7", commit)
    version = tomllib.loads(git("show", f"{commit}:pyproject.toml"))["project"]["version"]
    into = ROOT / "tests" / "upgrades" / f"{version}-{short}.zip"
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as name:
        tree, data = Path(name) / "tree", Path(name) / "data"
        git("worktree", "add", "--detach", str(tree), commit)
        try:
            ours = {key: value for key, value in os.environ.items() if not key.startswith("INVENTORY_")}
            ours["INVENTORY_DATA_DIR"] = str(data)
            then = ours | {"PYTHONPATH": str(tree / "src")}
            subprocess.run([sys.executable, "-c", LOAD], env=then, check=True)
            inventory = Path(sys.executable).with_name("inventory")
            subprocess.run([inventory, "backup", str(into)], env=ours, check=True)
        finally:
            git("worktree", "remove", "--force", str(tree))
    into.chmod(0o644)  # everything in it is invented
    return into


if __name__ == "__main__":
    print(main(sys.argv[1] if len(sys.argv) > 1 else "HEAD"))
