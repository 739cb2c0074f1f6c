import pytest

from kit.actor import Actor, Scope, system
from kit.database import OutsideTransaction, Unreadable, connection, engine, fetch_value, transaction
from kit.errors import Refused


def board(code: str) -> Actor:
    return Actor(scope=Scope.board, name="essai", board=code)


@pytest.mark.usefixtures("db")
async def test_a_nested_transaction_puts_the_outer_scope_back() -> None:
    async with transaction(board("990000")):
        assert await fetch_value("SELECT current_user::text") == "scope_board"
        assert await fetch_value("SELECT current_setting('app.board')") == "990000"
    assert await fetch_value("SELECT current_user::text") == "scope_system"


@pytest.mark.usefixtures("db")
async def test_an_error_inside_undoes_the_inside_alone_and_puts_the_scope_back() -> None:
    with pytest.raises(Refused):
        async with transaction(board("990000")):
            raise Refused("non")
    assert await fetch_value("SELECT current_user::text") == "scope_system"


@pytest.mark.usefixtures("db")
async def test_a_driver_error_becomes_a_refusal_and_the_outer_transaction_lives() -> None:
    with pytest.raises(Refused):
        async with transaction(system()):
            await fetch_value("INSERT INTO number_series (series, last) VALUES ('a', 1), ('a', 2) RETURNING last")
    assert await fetch_value("SELECT 1") == 1


@pytest.mark.usefixtures("pool")
async def test_a_statement_outside_a_transaction_is_a_programming_error() -> None:
    with pytest.raises(OutsideTransaction):
        connection()


@pytest.mark.usefixtures("pool")
async def test_who_has_waited_for_a_row_sees_it_changed_whatever_the_server_takes_for_usual(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine(), "pool", None)  # a connection of its own
    monkeypatch.setitem(engine().config, "server_settings", {"default_transaction_isolation": "repeatable read"})
    async with transaction(system()), transaction(system()):
        assert await fetch_value("SELECT current_setting('transaction_isolation')") == "read committed"


@pytest.mark.usefixtures("pool")
async def test_a_commit_that_fails_gives_the_connection_back() -> None:
    from kit.database import engine

    for _ in range(12):  # more than the pool holds
        with pytest.raises(Refused):
            async with transaction(system()):
                await connection().execute(
                    "CREATE TEMP TABLE once (n int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP"
                )
                await connection().execute("INSERT INTO once VALUES (1), (1)")
    assert engine().current_transaction.get() is None


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(("kind", "text"), [("text", "a\0b"), ("jsonb", '"a\\u0000b"')])
async def test_a_null_character_is_refused_in_a_sentence(kind: str, text: str) -> None:
    with pytest.raises(Unreadable):
        async with transaction(system()):
            await fetch_value(f"SELECT $1::{kind}", text)
    assert await fetch_value("SELECT 1") == 1
