"""A balance that does not add up is not published, by so much as a cent; a signature knows what changed."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.accounts import rules
from allocations.accounts.rules import Unbalanced
from allocations.accounts.schemas import Amounts, Line

CENTS = st.integers(0, 10**12)
PLACE: dict[str, Any] = {
    "board": "990000", "school": "", "name": "", "measure": "M", "measure_name": "", "kind": "", "tax_basis": "net",
}  # fmt: skip


@st.composite
def lines(draw: st.DrawFn) -> Line:
    reserved, committed, spent, free = (draw(CENTS) for _each in range(4))
    moved, carried, recovered = draw(st.integers(-(10**12), 10**12)), draw(st.integers(-(10**12), 10**12)), draw(CENTS)
    allocated = reserved + committed + spent + free
    return Line(
        **PLACE, given_cents=allocated - moved - carried + recovered, moved_cents=moved, carried_cents=carried,
        recovered_cents=recovered, allocated_cents=allocated, reserved_cents=reserved, committed_cents=committed,
        spent_cents=spent, uninvoiced_cents=draw(st.integers(0, spent)), free_cents=free, unspent_cents=allocated - spent,
    )  # fmt: skip


@given(st.lists(lines(), min_size=1, max_size=5))
def test_lines_that_add_up_make_a_total_that_does(found: list[Line]) -> None:
    total = rules.total([rules.check("2025-2026", line) for line in found])
    rules.check("2025-2026", Line(**PLACE, **msgspec.structs.asdict(total)))


COUNTED = ("given_cents", "moved_cents", "carried_cents", "recovered_cents", "allocated_cents", "reserved_cents",
           "committed_cents", "spent_cents", "free_cents")  # fmt: skip


@given(lines(), st.sampled_from(COUNTED), st.sampled_from([-1, 1]))
def test_a_cent_anywhere_else_is_refused(line: Line, name: str, cent: int) -> None:
    with pytest.raises(Unbalanced):
        rules.check("2025-2026", msgspec.structs.replace(line, **{name: getattr(line, name) + cent}))


@given(lines(), st.sampled_from(Amounts.__struct_fields__))
def test_what_changed_since_a_signature_is_named_and_nothing_else(line: Line, name: str) -> None:
    signed: dict[str, Any] = msgspec.to_builtins(line)
    assert rules.differences([signed], [dict(reversed(signed.items()))]) == []
    assert rules.digest([signed]) == rules.digest([dict(reversed(signed.items()))])
    (found,) = rules.differences([signed], [signed | {name: signed[name] + 1}])
    assert (found.figure, found.now_cents - found.signed_cents) == (name, 1)
    assert rules.digest([signed]) != rules.digest([signed | {name: signed[name] + 1}])
