"""What a revision changes, worked out without a database."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.orders import amendments
from allocations.orders.amendments import Changed, Thing, plan, sentences
from allocations.orders.rules import NothingChanges
from allocations.orders.schemas import LineChange
from kit.errors import Invalid

ENVELOPE = uuid4()
ROBOT = Thing(uuid4(), "robot-b", "Robot B", "robotique", closed=False)
OLD = Thing(uuid4(), "vieux", "Vieux", "robotique", closed=True)
CHAIR = Thing(uuid4(), "chaise", "Chaise", "mobilier", closed=False)


def line(**fields: Any) -> dict[str, Any]:
    return {
        "id": uuid4(), "position": 1, "description": "Tablette", "school": "990001", "envelope": ENVELOPE, "product": uuid4(),
        "quantity": 6, "received": 0, "cancelled": 0, "charged_cents": 2_520_39, "unit_before_tax_cents": 393_00,
        "building": "990801", "expected_on": None,
    } | fields  # fmt: skip


def said(change: Changed) -> list[str]:
    """With ordinary spaces."""
    return [sentence.replace("\u00a0", " ") for sentence in sentences([change])]


def planned(row: dict[str, Any], **change: Any) -> Changed:
    (found,) = plan(
        {1: row}, [LineChange(position=1, **change)],
        things={thing.code: thing for thing in (ROBOT, OLD, CHAIR)}, places={"990001": {"990802": "Annexe"}},
        eligible={ENVELOPE: {"robotique"}}, made_on=date(2026, 10, 1),
    )  # fmt: skip
    return found


def test_fewer_are_given_up_and_nothing_is_added() -> None:
    change = planned(line(), quantity=5)
    assert (change.abandoned, change.abandoned_cents, change.added) == (1, 420_07, None)
    assert said(change) == ["Ligne 1 (Tablette) : 5 unités attendues au lieu de 6."]


def test_none_of_what_is_awaited_is_said_as_cancelled() -> None:
    change = planned(line(received=2), quantity=0)
    assert (change.abandoned, change.after) == (4, 0)
    assert said(change) == ["Ligne 1 (Tablette) : les 4 unités attendues sont annulées."]


def test_more_are_a_line_of_their_own() -> None:
    change = planned(line(), quantity=8)
    assert change.abandoned == 0 and change.added is not None
    assert (change.added.quantity, change.added.unit_before_tax_cents) == (2, 393_00)
    assert said(change) == ["Ligne 1 (Tablette) : 8 unités attendues au lieu de 6."]


def test_another_price_gives_up_what_is_awaited_and_orders_it_anew() -> None:
    change = planned(line(received=2), unit_before_tax_cents=380_00)
    assert change.abandoned == 4 and change.added is not None
    assert (change.added.quantity, change.added.unit_before_tax_cents) == (4, 380_00)
    assert said(change) == ["Ligne 1 (Tablette) : prix unitaire de 380,00 $ au lieu de 393,00 $."]


def test_another_product_has_its_price() -> None:
    change = planned(line(), product="robot-b", unit_before_tax_cents=400_00, quantity=3)
    assert change.added is not None and change.added.thing is ROBOT and change.added.quantity == 3
    assert said(change) == [
        "Ligne 1 (Tablette) : remplacée par « Robot B », à 400,00 $.",
        "Ligne 1 (Tablette) : 3 unités attendues au lieu de 6.",
    ]


def test_a_place_and_a_day_stay_on_the_line() -> None:
    change = planned(line(), building="990802", expected_on=date(2027, 1, 12))
    assert (change.abandoned, change.added, change.building, change.expected_on) == (
        0,
        None,
        "990802",
        date(2027, 1, 12),
    )
    assert said(change) == [
        "Ligne 1 (Tablette) : à livrer à « Annexe ».",
        "Ligne 1 (Tablette) : livraison le 12 janvier 2027.",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"product": "inconnu"}, "product"),
        ({"product": "vieux", "unit_before_tax_cents": 1_00}, "product"),
        ({"product": "chaise", "unit_before_tax_cents": 1_00}, "product"),
        ({"product": "robot-b"}, "unit_before_tax_cents"),
        ({"building": "990803"}, "building"),
        ({"expected_on": date(2025, 1, 1)}, "expected_on"),
    ],
)
def test_what_cannot_be_is_named_at_its_place(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        planned(line(), **change)
    assert list(refused.value.errors) == [f"lines.0.{field}"]


@pytest.mark.parametrize("row", [line(received=6), line(position=1, cancelled=6)])
def test_a_line_that_awaits_nothing_does_not_change(row: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        planned(row, quantity=3)


def test_a_line_said_twice_is_refused_and_the_same_again_changes_nothing() -> None:
    places: dict[str, dict[str, str]] = {}
    eligible: dict[UUID, set[str]] = {ENVELOPE: set()}
    twice = [LineChange(position=1, quantity=3), LineChange(position=1, quantity=2)]
    with pytest.raises(Invalid):
        plan({1: line()}, twice, things={}, places=places, eligible=eligible, made_on=date(2026, 1, 1))
    with pytest.raises(NothingChanges):
        planned(line(), quantity=6, unit_before_tax_cents=393_00)


@given(st.integers(0, 10_000_000), st.integers(1, 600), st.data())
def test_giving_up_in_parts_frees_what_giving_up_at_once_does(charged: int, quantity: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, quantity))
    second = data.draw(st.integers(0, quantity - first))

    def freed(before: int, more: int) -> int:
        return amendments.abandoned_cents(charged=charged, quantity=quantity, cancelled=before, more=more)

    assert freed(0, first) + freed(first, second) == freed(0, first + second)
    assert freed(0, quantity) == charged
