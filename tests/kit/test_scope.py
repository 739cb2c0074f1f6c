"""Every table of the database says whose rows it holds, and the database does what it says."""

from importlib import import_module

import pytest

from kit.actor import Scope
from kit.database import fetch, fetch_value
from kit.migrating import PACKAGES, table_modules
from kit.policies import rule

for package in PACKAGES:
    for module in table_modules(package):
        import_module(module)


@pytest.mark.usefixtures("db")
async def test_every_table_has_row_level_security_and_a_declaration() -> None:
    rows = await fetch(
        "SELECT relname, relrowsecurity FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'migration'"
    )
    assert len(rows) > 40
    assert [row["relname"] for row in rows if not row["relrowsecurity"]] == []
    assert [row["relname"] for row in rows if rule(row["relname"]) is None] == []


@pytest.mark.usefixtures("db")
async def test_every_table_with_a_board_column_is_filtered_by_it() -> None:
    """A column that names a board and a table that all may read is a leak, unless the row says that it is public."""
    rows = await fetch(
        "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name IN ('board', 'school')"
    )
    for row in rows:
        declared = rule(row["table_name"])
        assert declared is not None
        assert declared.shared is None, row["table_name"]


@pytest.mark.usefixtures("db")
async def test_the_web_login_has_no_right_of_its_own() -> None:
    tables = await fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND relname <> 'migration' AND has_table_privilege(session_user, oid, 'SELECT, INSERT, UPDATE, DELETE')"
    )
    assert tables == []


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("table", ["event", "ledger_entry"])
async def test_the_trail_and_the_ledger_cannot_be_rewritten(table: str) -> None:
    for scope in Scope:
        assert not await fetch_value("SELECT has_table_privilege($1, $2, 'UPDATE, DELETE')", scope.value, table)


@pytest.mark.usefixtures("db")
async def test_what_acts_as_the_owner_is_called_by_the_system_alone_and_looks_nothing_up_on_a_path() -> None:
    rows = await fetch(
        "SELECT p.proname, p.proconfig, (SELECT array_agg(a.grantee::regrole::text ORDER BY 1) FROM aclexplode(p.proacl) a"
        " WHERE a.grantee <> p.proowner) AS callers FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef"
    )
    assert len(rows) >= 5
    for row in rows:
        assert row["proconfig"] == ["search_path=pg_catalog, pg_temp"], row["proname"]
        assert row["callers"] == [Scope.system.value], row["proname"]  # no ACL at all is PUBLIC's
