"""What the tests of imports look at in the database."""

from collections import Counter
from typing import Any

from kit.database import fetch, fetch_one, fetch_value
from tests.directory.imports.lists import board, load, school

TABLES = (
    "board", "school", "building", "school_building", "headcount", "former_name", "import_batch", "import_change",
    "event", "number_series",
)  # fmt: skip


async def checksums() -> dict[str, str]:
    """What every table says, to the row."""
    return {
        table: await fetch_value(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
        for table in TABLES
    }


async def row(code: str, table: str = "school") -> Any:
    return await fetch_one(f"SELECT * FROM {table} WHERE code = $1", code)


async def open_links() -> set[tuple[str, str]]:
    rows = await fetch("SELECT school, building FROM school_building WHERE closed_on IS NULL")
    return {(found["school"], found["building"]) for found in rows}


async def events(subject: str, kind: str = "school") -> Counter[str]:
    """What happened to a thing, and how often."""
    rows = await fetch("SELECT what FROM event WHERE subject_kind = $1 AND subject = $2", kind, subject)
    return Counter(found["what"] for found in rows)


def counts(answer: Any) -> tuple[int, int, int, int]:
    return answer.created, answer.changed, answer.unchanged, answer.closed


MANY = [school(f"9900{n:02}", f"9901{n:02}", name=f"École {n}") for n in range(1, 31)]


async def boards() -> None:
    await load("boards", board(), board("991000", "Commission scolaire Maple", TYPE_CS="Anglo"))
