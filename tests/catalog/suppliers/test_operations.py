"""The ministry keeps the shared suppliers; a board keeps its own, which no other board sees."""

from datetime import date
from typing import Any

import pytest

from catalog.suppliers import operations, queries, rules
from catalog.suppliers.schemas import Closing, NewSupplier, SupplierChange
from kit.actor import Actor
from kit.errors import Forbidden, Invalid, NotFound, Stale
from kit.events import timeline
from tests.factories import make_actor, make_board

pytestmark = pytest.mark.usefixtures("db")
GOOD: dict[str, Any] = {
    "name": "Techno du Nord", "neq": "1145678901", "postal_code": "G0C 2H0", "email": "ventes@techno.example",
    "gst_number": "123456789 RT0001", "qst_number": "1234567890 TQ0001",
}  # fmt: skip
CLOSING = Closing(closed_on=date(2027, 7, 1), reason="Faillite")


async def _board(code: str = "990000") -> Actor:
    await make_board(code)
    return await make_actor("purchasing", board=code)


async def test_a_shared_supplier_is_added_changed_and_closed_by_the_ministry() -> None:
    ministry = await make_actor("ministry")
    made = await operations.add(ministry, NewSupplier(code="techno", **GOOD))
    assert (made.board, made.orders_by, made.language, made.version) == (None, "mail", "fr", 1)

    change = SupplierChange(orders_by="portal", portal_address="https://portail.example/c", language="en")
    changed = await operations.change(ministry, "techno", change, version=1)
    assert (changed.orders_by, changed.language, changed.version) == ("portal", "en", 2)
    same = await operations.change(ministry, "techno", change, version=2)
    assert same.version == 2
    closed = await operations.close(ministry, "techno", CLOSING, version=2)
    assert closed.closed_on == date(2027, 7, 1)
    with pytest.raises(rules.SupplierClosed):
        await operations.close(ministry, "techno", CLOSING)
    whats = {event.what for event in await timeline("supplier", "techno")}
    assert whats == {"supplier.created", "supplier.changed", "supplier.closed"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("neq", "9945678901"),
        ("neq", "114567890"),
        ("gst_number", "123456789RT0001"),
        ("gst_number", "123456789 TQ0001"),
        ("qst_number", "123456789 TQ0001"),
        ("postal_code", "g0c2h0"),
        ("email", "techno"),
        ("portal_address", "http://portail.example"),
    ],
)
async def test_particulars_that_do_not_look_right_are_refused_by_field(field: str, value: str) -> None:
    ministry = await make_actor("ministry")
    with pytest.raises(Invalid) as refused:
        await operations.add(ministry, NewSupplier(code="techno", **(GOOD | {field: value})))
    assert list(refused.value.errors) == [field]
    with pytest.raises(NotFound):
        await queries.one(ministry, "techno")


async def test_a_supplier_that_takes_orders_by_portal_has_its_address() -> None:
    ministry = await make_actor("ministry")
    with pytest.raises(Invalid) as refused:
        await operations.add(ministry, NewSupplier(code="techno", orders_by="portal", **GOOD))
    assert list(refused.value.errors) == ["portal_address"]


async def test_a_board_keeps_its_own_suppliers_which_another_board_does_not_see() -> None:
    ours, theirs = await _board("990000"), await _board("991000")
    made = await operations.add(ours, NewSupplier(code="990-bois", **GOOD))
    assert made.board == "990000"
    assert [found.code for found in (await queries.search(theirs)).items] == []
    for act in (
        operations.change(theirs, "990-bois", SupplierChange(name="Autre"), version=1),
        operations.close(theirs, "990-bois", CLOSING),
        queries.one(theirs, "990-bois"),
    ):
        with pytest.raises(NotFound):
            await act
    assert (await operations.change(ours, "990-bois", SupplierChange(name="Bois"), version=1)).name == "Bois"


async def test_a_boards_codes_begin_with_its_number() -> None:
    with pytest.raises(Invalid) as refused:
        await operations.add(await _board(), NewSupplier(code="bois", **GOOD))
    assert "« 990- »" in refused.value.errors["code"].replace("\u00a0", " ")


async def test_a_board_changes_no_shared_supplier_and_the_ministry_no_local_one() -> None:
    ministry, board = await make_actor("ministry"), await _board()
    await operations.add(ministry, NewSupplier(code="techno", **GOOD))
    await operations.add(board, NewSupplier(code="990-bois", **GOOD))
    with pytest.raises(Forbidden):
        await operations.change(board, "techno", SupplierChange(name="À nous"), version=1)
    with pytest.raises(Forbidden):
        await operations.close(ministry, "990-bois", CLOSING)


async def test_a_school_team_writes_none_and_an_old_version_changes_nothing() -> None:
    await make_board("990000")
    team = await make_actor("technician", board="990000")
    with pytest.raises(Forbidden):
        await operations.add(team, NewSupplier(code="990-bois", **GOOD))
    ministry = await make_actor("ministry")
    await operations.add(ministry, NewSupplier(code="techno", **GOOD))
    with pytest.raises(Stale):
        await operations.change(ministry, "techno", SupplierChange(name="Autre"), version=7)
    with pytest.raises(rules.SupplierExists):
        await operations.add(ministry, NewSupplier(code="techno", **GOOD))
