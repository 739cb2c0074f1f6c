"""Contracts: who is bound, by what, until when."""

from datetime import date
from typing import Any

import pytest
import time_machine

from catalog.contracts import operations, queries
from catalog.contracts.operations import ContractExists
from catalog.contracts.rules import ContractClosed, ContractDays, outside_contract
from catalog.contracts.schemas import ContractChange, NewContract
from catalog.suppliers.schemas import Closing
from kit.actor import Actor
from kit.errors import Forbidden, Invalid, NotFound
from kit.ids import new_id
from tests.factories import make_actor, make_board, make_product

pytestmark = pytest.mark.usefixtures("db")
CLOSING = Closing(closed_on=date(2026, 12, 1), reason="Appel d'offres annulé par le regroupement")


def _contract(code: str = "cag-1", **fields: Any) -> NewContract:
    values: dict[str, Any] = {
        "code": code, "number": f"DP-{code}", "name": "Portables", "kind": "group", "supplier": "fournisseur",
        "from_day": date(2026, 7, 1), "binds_all": True,
    }  # fmt: skip
    return NewContract(**(values | fields))


async def _ministry() -> Actor:
    await make_product()
    return await make_actor("ministry")


def test_only_what_must_be_bought_under_a_contract_can_be_outside_it() -> None:
    a, b = new_id(), new_id()
    assert not outside_contract([], None)
    assert not outside_contract([], a)
    assert not outside_contract([a, b], b)
    assert outside_contract([a], None)
    assert outside_contract([a], b)


async def test_a_contract_keeps_what_it_says_and_every_change_of_it() -> None:
    ministry = await _ministry()
    await make_board("990000")
    made = await operations.add(
        ministry,
        _contract(
            binds_all=False, boards=["990000"], mandatory_kinds=["tablette", "portable"], until_day=date(2028, 6, 30),
            options="2 × 1 an", options_until=date(2030, 6, 30), file_note="Dossier 12",
        ),
    )  # fmt: skip
    assert (made.boards, made.mandatory_kinds, made.options_until) == (
        ["990000"],
        ["portable", "tablette"],
        date(2030, 6, 30),
    )
    change = ContractChange(binds_all=True, boards=[], mandatory_kinds=["portable"], until_day=date(2027, 6, 30))
    changed = await operations.change(ministry, "cag-1", change, version=1)
    assert (changed.boards, changed.binds_all, changed.mandatory_kinds) == ([], True, ["portable"])
    assert (changed.until_day, changed.version, changed.options) == (date(2027, 6, 30), 2, "2 × 1 an")
    with pytest.raises(ContractExists):
        await operations.add(ministry, _contract())


async def test_contracts_that_end_first_come_first_page_after_page() -> None:
    ministry = await _ministry()
    ends = {"c": date(2027, 6, 30), "a": None, "b": date(2028, 6, 30), "d": date(2026, 10, 1)}
    for code, until in ends.items():
        await operations.add(ministry, _contract(code, until_day=until))
    with time_machine.travel(date(2026, 11, 24)):
        first = await queries.search(ministry, limit=2)
        second = await queries.search(ministry, limit=2, after=first.next)
        everything = await queries.search(ministry, ended=True)
    assert [found.code for found in first.items] == ["c", "b"]
    assert [found.code for found in second.items] == ["a"]
    assert second.next is None
    assert [found.code for found in everything.items] == ["d", "c", "b", "a"]


async def test_a_cancelled_group_purchase_leaves_the_list_and_is_cancelled_once() -> None:
    ministry = await _ministry()
    await operations.add(ministry, _contract())
    await operations.close(ministry, "cag-1", CLOSING)
    with time_machine.travel(date(2026, 12, 2)):
        assert (await queries.search(ministry)).items == []
    with pytest.raises(ContractClosed):
        await operations.close(ministry, "cag-1", CLOSING)


async def test_a_boards_contract_binds_it_alone_and_is_its_own() -> None:
    await _ministry()
    await make_board("990000")
    await make_board("991000")
    ours, theirs = (await make_actor("purchasing", board="990000"), await make_actor("purchasing", board="991000"))
    made = await operations.add(ours, _contract("990-local", kind="local", binds_all=False))
    assert made.board == "990000"
    with pytest.raises(NotFound):
        await queries.one(theirs, "990-local")
    with pytest.raises(NotFound):
        await operations.change(theirs, "990-local", ContractChange(name="À nous"), version=1)
    with pytest.raises(Invalid):
        await operations.add(ours, _contract("990-tous", kind="local"))
    with pytest.raises(Invalid):
        await operations.add(ours, _contract("local", kind="local", binds_all=False))


async def test_a_board_writes_no_shared_contract() -> None:
    ministry = await _ministry()
    await make_board("990000")
    await operations.add(ministry, _contract())
    board = await make_actor("purchasing", board="990000")
    assert (await queries.one(board, "cag-1")).number == "DP-cag-1"
    with pytest.raises(Forbidden):
        await operations.close(board, "cag-1", CLOSING)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"until_day": date(2026, 6, 30)}, ContractDays),
        ({"until_day": date(2027, 6, 30), "options_until": date(2027, 1, 1)}, ContractDays),
        ({"options_until": date(2028, 1, 1)}, ContractDays),
        ({"binds_all": False}, Invalid),
        ({"boards": ["990000"]}, Invalid),
        ({"binds_all": False, "boards": ["999999"]}, Invalid),
        ({"supplier": "inconnu"}, Invalid),
    ],
)
async def test_a_contract_that_does_not_hold_together_is_refused(
    fields: dict[str, Any], error: type[Exception]
) -> None:
    ministry = await _ministry()
    with pytest.raises(error):
        await operations.add(ministry, _contract(**fields))
    assert (await queries.search(ministry, ended=True)).items == []
