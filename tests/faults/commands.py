"""The commands that are killed: an import of a network that changes to and fro, a scan, a backup, a restore."""

from pathlib import Path

from tests.directory.imports import lists
from tests.faults.prepare import SCHOOLS
from tests.faults.site import Site
from tests.faults.trials import Command, seconds_of

BOARDS = ("991000", "992000", "993000")
NETWORK = """
SELECT md5(string_agg(code || name || (closed_on IS NULL), ',' ORDER BY code)) FROM school
WHERE board IN ('991000', '992000', '993000')
"""
APPLIED = "SELECT count(*) FROM import_batch WHERE kind = 'schools' AND state = 'applied'"
SCANS = "SELECT count(*) FROM floor_scan"


def import_of_schools(here: Site, *, schools: int) -> Command:
    """Two full lists by turns: a quarter of the names differ, a twentieth of the schools is on one of them alone."""
    boards = here.folder / "boards.csv"
    boards.write_text(
        lists.text(lists.COLUMNS["boards"], [lists.board(code, f"CSS {code}") for code in ("990000", *BOARDS)])
    )
    seconds_of(here, "import", "boards", str(boards), "--accept")
    files = [here.folder / f"schools {n}.csv" for n in (0, 1)]
    for n, file in enumerate(files):
        file.write_text(lists.text(lists.COLUMNS["schools"], _network(n, schools)))
    digests = []
    for file in (*files, *files):
        seconds = seconds_of(here, "import", "schools", str(file), "--accept")
        digests.append(here.postgres.value(NETWORK))
    assert digests[0] != digests[1] != digests[2]
    state = {"applied": 0, "n": -1}

    def check(n: int, answered: bool) -> str:
        now, applied = here.postgres.value(NETWORK), here.postgres.value(APPLIED)
        done = now == digests[2 + n % 2]
        assert done or now == digests[2 + (n + 1) % 2], "half an import"
        assert done or not answered, "an answered import is lost"
        assert applied - state["applied"] in ((1, 2) if done else (0,)), "batches and network differ"
        return "done" if done else "nothing"

    def words(n: int) -> tuple[str, ...]:
        if n != state["n"]:
            state.update(applied=here.postgres.value(APPLIED), n=n)
        return ("import", "schools", str(files[n % 2]), "--accept")

    return Command("import", words, check, seconds)


def _network(version: int, schools: int) -> list[lists.Line]:
    lines = [lists.school(code, "990101", name=f"École {code}") for code in SCHOOLS]
    for n in range(schools):
        if n % 20 == version:  # on the other list only
            continue
        name = f"École {n} {'rouge' if version else 'bleue'}" if n % 4 == 0 else f"École {n}"
        board = BOARDS[n % len(BOARDS)]
        code = f"99{1 + n % 3}{100 + n}"
        lines.append(lists.school(code, f"98{n:04}", name=name, board=board))
    return lines


def scan_of_the_floor(here: Site) -> Command:
    seconds = seconds_of(here, "floor", "scan")
    state = {"scans": 0, "n": -1}

    def words(n: int) -> tuple[str, ...]:
        if n != state["n"]:
            state.update(scans=here.postgres.value(SCANS), n=n)
        return ("floor", "scan")

    def check(_n: int, answered: bool) -> str:
        new = here.postgres.value(SCANS) - state["scans"]
        assert new in (0, 1, 2)
        assert new or not answered, "an answered scan is lost"
        return "done" if new else "nothing"

    return Command("scan", words, check, seconds)


def backup_to(here: Site, file: Path) -> Command:
    """The file is absent or whole, and never something else; what a killed backup left beside it goes with the next."""
    seconds = seconds_of(here, "backup", str(file))
    file.unlink()

    def check(_n: int, answered: bool) -> str:
        if not file.exists():
            assert not answered, "an answered backup is lost"
            return "nothing"
        seconds_of(here, "backup", str(file), "--verify")
        return "done"

    def words(n: int) -> tuple[str, ...]:
        if n % 2:  # half of them replace a file, which stays until the new one is whole
            file.unlink(missing_ok=True)
        return ("backup", str(file))

    return Command("backup", words, check, seconds)


def restore_of(here: Site, files: tuple[Path, Path]) -> Command:
    """Two backups by turns; the services are stopped. The database is the one or the other, whole.

    Killed when it is restored and before the old one is dropped, that one stays for an undo, until the next restore.
    """
    digests = []
    for file in (*files, *files):
        seconds = seconds_of(here, "restore", str(file), "--discard-old")
        digests.append(_whole(here))
    assert digests[0] == digests[2] != digests[1] == digests[3]

    def check(n: int, answered: bool) -> str:
        now = _whole(here)
        done = now == digests[n % 2]
        assert done or now == digests[(n + 1) % 2], "half a restore"
        assert done or not answered, "an answered restore is lost"
        return "done" if done else "nothing"

    return Command("restore", lambda n: ("restore", str(files[n % 2]), "--discard-old"), check, seconds)


def _whole(here: Site) -> str:
    """All rows of all tables but the trail, which tells of the restores themselves; indexes and policies too."""
    tables = here.postgres.rows(
        "SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'event' ORDER BY 1"
    )
    parts = " || ".join(
        f"coalesce((SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {row['name']} t), '')" for row in tables
    )
    digest: str = here.postgres.value(
        f"SELECT md5({parts} || (SELECT count(*) FROM pg_indexes WHERE schemaname = 'public')"
        " || ' ' || (SELECT count(*) FROM pg_policies WHERE schemaname = 'public'))"
    )
    return digest
