"""Write the next automatic migration of a package: `python scripts/new_migration.py PACKAGE WORDS`. Needs no database."""

import asyncio
import sys
from datetime import UTC, datetime

from piccolo.apps.migrations.commands import new as piccolo_new

from kit.migrating import MIGRATIONS, PACKAGES


def main(package: str, words: str) -> None:
    folder = MIGRATIONS / package
    folder.mkdir(parents=True, exist_ok=True)
    before = set(folder.glob("*.py"))
    asyncio.run(piccolo_new.new(package, auto=True, desc=words.replace("_", " ")))
    for made in (
        set(folder.glob(f"{package}_????_??_??t*.py")) - before
    ):  # as Piccolo names it; a neighbour's file stays
        made.rename(folder / f"{package}_{datetime.now(UTC):%Y%m%d%H%M%S}_{words}.py")


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in PACKAGES:
        sys.exit(f"usage: new_migration.py {{{','.join(PACKAGES)}}} [WORDS]")
    main(sys.argv[1], (sys.argv[2] if len(sys.argv) > 2 else "change").replace(" ", "_"))
