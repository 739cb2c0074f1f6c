"""The whole database into a file and back: nothing is lost, nothing half done is left, nobody is in the way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from app.backup.aside import KEPT
from app.backup.operations import back_up
from app.backup.restoring import discard, restore, undo
from app.backup.rules import Damaged, Failed, InUse, NothingKept, NothingToSave, NotSaved, OtherPrint, Serving
from kit.cluster import Logins, make_database
from kit.database import engine, use_login
from kit.errors import Refused
from kit.migrating import SERVING
from tests import databases
from tests.app.backup.files import rewritten, told
from tests.app.backup.schema import owning, schema_of
from tests.app.walking import checksums

UPGRADES = Path(__file__).parents[2] / "upgrades"
# One column of each: what separates, escapes and ends in COPY's text, NULL and the empty text, bytes, and letters of all sorts.
HOSTILE = [
    "\\N", "\\.", "a\tb", "a\nb", "a\r\nb", "a\\b", "\\", "'\"`; DROP TABLE board; --", "{}", "%s {0} $1", "é" * 3, "e\u0301",
    "\u202eà l'envers", "\U0001f9d1\u200d\U0001f3eb", "\ufeff", "\u00a0", "", " ", "NULL", "null", "\x01\x7f", "ſ", "'' || ''",
]  # fmt: skip


@pytest.fixture(scope="module")
async def base(postgres: databases.Place, logins: Logins, pool: None) -> AsyncIterator[Logins]:
    """A database of this file's own, filled with an earlier release's demonstration and hostile values."""
    await engine().close_connection_pool()
    try:
        name = await databases.make(postgres)
        found = postgres.logins(name)
        await restore(found, sorted(UPGRADES.glob("*.zip"))[0], told, discard_old=True)
        await _fill(found)
        yield found
        await databases.drop(postgres, name)
    finally:
        use_login(logins.web_url)
        await engine().start_connection_pool(min_size=1, max_size=10)


async def _fill(found: Logins) -> None:
    async with owning(found) as owner:
        await owner.executemany(
            "INSERT INTO event (actor, actor_name, what, subject_kind, subject, before, why)"
            " VALUES ('x', $1::text, 'test.hostile', 'test', '', to_jsonb($1::text), $1::text)",
            [(text,) for text in HOSTILE],
        )
        await owner.execute(
            "INSERT INTO event (actor, actor_name, what, subject_kind, subject) VALUES ('', '', '', '', '')"
        )


async def contents(found: Logins) -> dict[str, tuple[int, int]]:
    """Each table → rows and their sum, without what a restore says of itself."""
    use_login(found.web_url)
    async with owning(found) as owner:
        await owner.execute("DELETE FROM event WHERE what IN ('database.restored', 'database.put_back')")
    return await checksums()


async def saved(found: Logins, path: Path) -> Path:
    use_login(found.web_url)
    await back_up(path, told)
    return path


async def test_everything_comes_back_in_another_database(
    base: Logins, postgres: databases.Place, tmp_path: Path
) -> None:
    before, schema = await contents(base), await schema_of(base)
    path = await saved(base, tmp_path / "a.zip")
    name = await databases.make(postgres)
    other = postgres.logins(name)
    fresh = await schema_of(other)
    try:
        done = await restore(other, path, told)

        assert await contents(other) == before
        assert await schema_of(other) == schema == fresh
        assert (done.rows, done.tables) == (sum(rows for rows, _ in before.values()), len(before))
        again = await saved(other, tmp_path / "b.zip")
        assert again.stat().st_size == pytest.approx(path.stat().st_size, rel=0.02)
        async with owning(other) as owner:
            hostile = await owner.fetch(
                "SELECT why, before #>> '{}' AS text FROM event WHERE what = 'test.hostile' ORDER BY id"
            )
            assert sorted(row["why"] for row in hostile) == sorted(row["text"] for row in hostile) == sorted(HOSTILE)
            number = await owner.fetchval("INSERT INTO migration (name, app_name) VALUES ('', '') RETURNING id")
            assert number > 16  # the sequence goes on
    finally:
        await databases.drop(postgres, name)


async def test_an_empty_database_that_nothing_was_ever_made_in_takes_a_backup(
    base: Logins, postgres: databases.Place, tmp_path: Path
) -> None:
    path = await saved(base, tmp_path / "a.zip")
    name = databases._name("test", "0123456789abcdef")
    empty = postgres.logins(name)
    async with databases._making(postgres) as run:
        await make_database(run, name, owner=empty.owner, web=empty.web)
    try:
        with pytest.raises(NothingToSave):
            await saved(empty, tmp_path / "b.zip")
        assert not (tmp_path / "b.zip").exists()

        done = await restore(empty, path, told)

        assert done.kept == ""
        assert await contents(empty) == await contents(base)
    finally:
        await databases.drop(postgres, name)


async def test_a_restore_is_undone_and_the_undoing_too(base: Logins, tmp_path: Path) -> None:
    path = await saved(base, tmp_path / "a.zip")
    before = await contents(base)
    async with owning(base) as owner:
        await owner.execute("CREATE TABLE public.of_somebody_else (a int); INSERT INTO of_somebody_else VALUES (1)")
        await owner.execute("CREATE SCHEMA elsewhere; ALTER TABLE of_somebody_else SET SCHEMA elsewhere")
        await owner.execute("UPDATE board SET name = 'Après la sauvegarde'")
    after = await contents(base)

    done = await restore(base, path, told)
    assert done.kept.startswith(KEPT) and await contents(base) == before

    await undo(base)
    assert await contents(base) == after

    await undo(base)
    assert await contents(base) == before

    async with owning(base) as owner:
        assert await owner.fetchval("SELECT count(*) FROM elsewhere.of_somebody_else") == 1
        await owner.execute("DROP SCHEMA elsewhere CASCADE")
        (kept,) = await owner.fetch("SELECT nspname, nspacl FROM pg_namespace WHERE starts_with(nspname, $1)", KEPT)
        assert kept["nspacl"] is None  # nobody but the owner looks into it
    web = await asyncpg.connect(base.web_url)
    try:
        async with web.transaction():
            await web.execute("SET LOCAL ROLE scope_system")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await web.fetch(f"SELECT 1 FROM {kept['nspname']}.board")
    finally:
        await web.close()

    assert await discard(base) == [kept["nspname"]]
    with pytest.raises(NothingKept):
        await undo(base)
    assert await contents(base) == before


def _twice(rows: bytes) -> bytes:
    return rows + rows.splitlines(keepends=True)[-1]


@pytest.mark.parametrize(
    ("table", "rows", "error"),
    [
        ("board", _twice, Failed),  # a key that is there twice
        ("board", lambda rows: b"", Failed),  # schools of no board
        ("event", lambda rows: rows + b"not a row\n", Failed),
        ("asset", lambda rows: rows.replace(b"\t", b"", 1), Failed),
        ("migration", lambda rows: rows.splitlines(keepends=True)[0], Damaged),
    ],
    ids=["a key twice", "a reference to nothing", "a row of another shape", "a column short", "other migrations"],
)
async def test_a_restore_that_fails_half_way_leaves_the_database_as_it_was(
    base: Logins, tmp_path: Path, table: str, rows: Any, error: type[Refused]
) -> None:
    path = rewritten(await saved(base, tmp_path / "a.zip"), tmp_path / "b.zip", table=table, rows=rows)
    before = await contents(base)

    with pytest.raises(error) as refused:
        await restore(base, path, told, discard_old=True)

    assert "\n" not in refused.value.detail
    assert await contents(base) == before
    async with owning(base) as owner:
        assert await owner.fetch("SELECT 1 FROM pg_namespace WHERE starts_with(nspname, $1)", KEPT) == []


async def test_whoever_uses_the_database_makes_a_restore_wait_for_another_time(base: Logins, tmp_path: Path) -> None:
    path = await saved(base, tmp_path / "a.zip")
    async with owning(base) as somebody:
        await somebody.execute(f"SELECT pg_advisory_lock_shared({SERVING})")
        with pytest.raises(Serving):
            await restore(base, path, told)
        await somebody.execute("SELECT pg_advisory_unlock_all()")

        async with somebody.transaction():
            await somebody.execute("UPDATE board SET name = name")
            with pytest.raises(InUse):
                await restore(base, path, told)


async def test_only_the_file_of_the_fingerprint_is_taken(base: Logins, tmp_path: Path) -> None:
    path = await saved(base, tmp_path / "a.zip")

    with pytest.raises(OtherPrint):
        await restore(base, path, told, fingerprint="0" * 64)


async def test_messages_that_waited_can_be_kept_from_being_sent_again(base: Logins, tmp_path: Path) -> None:
    async with owning(base) as owner:
        await owner.execute("UPDATE outbox SET cancelled_at = NULL, sent_at = NULL, failed_at = NULL")
    path = await saved(base, tmp_path / "a.zip")

    told_of = await restore(base, path, told, discard_old=True)
    held = await restore(base, path, told, discard_old=True, cancel_messages=True)

    assert told_of.messages_waiting > 0 and held.messages_waiting == 0


class Once:
    """Progress that does something, to its end, when it is first told: the backup has its snapshot by then."""

    def __init__(self, what: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.what: Callable[[], Coroutine[Any, Any, None]] | None = what

    def __call__(self, table: str, done: int, total: int) -> None:
        if self.what:
            with ThreadPoolExecutor(1) as beside:
                beside.submit(asyncio.run, self.what()).result()
            self.what = None


async def test_a_backup_sees_one_instant(base: Logins, tmp_path: Path) -> None:
    """What is written while it runs is in none of its tables."""
    before = await contents(base)

    async def write_meanwhile() -> None:
        async with owning(base) as other:
            await other.execute(
                "INSERT INTO event (actor, actor_name, what, subject_kind, subject) VALUES ('', '', 'test.meanwhile', '', '')"
            )

    use_login(base.web_url)
    path = tmp_path / "a.zip"
    done = await back_up(path, Once(write_meanwhile))

    assert done.rows == sum(rows for rows, _ in before.values())
    assert msgspec.to_builtins(done)["file"] == str(path)
    async with owning(base) as owner:
        assert await owner.fetchval("DELETE FROM event WHERE what = 'test.meanwhile' RETURNING 1") == 1


async def test_a_server_that_goes_away_during_a_backup_is_said(base: Logins, tmp_path: Path) -> None:
    async def end_the_backup() -> None:
        web = await asyncpg.connect(base.web_url)
        try:
            await web.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND usename = current_user AND pid <> pg_backend_pid()"
            )
        finally:
            await web.close()

    use_login(base.web_url)
    with pytest.raises(NotSaved):
        await back_up(tmp_path / "a.zip", Once(end_the_backup))

    assert list(tmp_path.iterdir()) == []
