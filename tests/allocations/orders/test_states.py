"""Every act in every state: allowed as the table says, refused with its sentence else. Pure."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.orders import rules
from allocations.orders.rules import (
    ALLOWED,
    AWAITING,
    SENT,
    UNSENT,
    Act,
    CancelledBy,
    NeedsAuthorisation,
    OnHold,
    State,
)
from allocations.orders.tables import PurchaseOrder
from kit.errors import Conflict, Refused

OVER = (State.closed, State.cancelled)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", State)
def test_an_act_is_done_where_it_may_be_and_refused_with_the_order_s_number_elsewhere(act: Act, state: State) -> None:
    if state in ALLOWED[act]:
        rules.check(act, state, "BC-1")
        return
    with pytest.raises(Conflict) as refused:
        rules.check(act, state, "BC-1")
    assert "BC-1" in refused.value.detail
    assert isinstance(refused.value, OnHold) == (state is State.on_hold and act is not Act.ask)


@pytest.mark.parametrize("act", Act)
def test_nothing_more_happens_to_what_is_over(act: Act) -> None:
    assert not set(ALLOWED[act]) & set(OVER)


@pytest.mark.parametrize("state", [state for state in State if state not in (*OVER, State.received)])
def test_what_is_not_over_can_be_given_up_one_way_or_another(state: State) -> None:
    assert state in ALLOWED[Act.cancel] or state in ALLOWED[Act.close]


@pytest.mark.parametrize("state", ALLOWED[Act.hold])
def test_what_was_held_goes_back_where_it_was(state: State) -> None:
    assert rules.after(Act.hold, state) is State.on_hold
    assert rules.after(Act.resume, State.on_hold, held_from=state.value) is state
    assert rules.was_sent(State.on_hold, state.value) == (state in SENT)


@pytest.mark.parametrize(
    ("act", "state", "led"),
    [
        (Act.ask, State.draft, State.to_authorise),
        (Act.authorise, State.to_authorise, State.authorised),
        (Act.send_back, State.authorised, State.draft),
        (Act.send, State.draft, State.sent),
        (Act.send, State.authorised, State.sent),
        (Act.acknowledge, State.sent, State.acknowledged),
        (Act.acknowledge, State.part_received, State.part_received),
        (Act.cancel, State.acknowledged, State.cancelled),
        (Act.close, State.part_received, State.closed),
        (Act.recall, State.sent, State.draft),
    ],
)
def test_each_act_leads_on(act: Act, state: State, led: State) -> None:
    assert rules.after(act, state) is led


def test_a_recalled_order_keeps_the_word_of_who_authorised_it() -> None:
    assert rules.after(Act.recall, State.sent, authorised=True) is State.authorised


def test_the_database_knows_the_same_states_and_ends() -> None:
    checks = {
        constraint._meta.name: str(constraint.condition)
        for constraint in PurchaseOrder._meta.constraints
        if hasattr(constraint, "condition")
    }

    def words(name: str) -> set[str]:
        return set(re.findall(r"'(\w+)'", checks[name].split(" IN (")[1].split(")")[0]))

    assert words("purchase_order_state_one_of_ten") == {state.value for state in State}
    assert words("purchase_order_held_from_known") == {state.value for state in ALLOWED[Act.hold]}
    assert words("purchase_order_cancelled_by_known") == {by.value for by in CancelledBy}
    assert set(UNSENT) | set(AWAITING) | {State.received, State.on_hold, *OVER} == set(State)


@pytest.mark.parametrize(
    ("state", "cents", "limit", "sent"),
    [
        (State.draft, 1_000_00, None, True),
        (State.draft, 1_000_00, 1_000_00, True),
        (State.draft, 1_000_01, 1_000_00, False),
        (State.draft, 1, 0, False),
        (State.to_authorise, 1_000_01, 1_000_00, False),
        (State.to_authorise, 1_000_01, None, False),
        (State.authorised, 1_000_01, 1_000_00, True),
    ],
)
def test_only_what_is_over_the_amount_asks_for_another_person(
    state: State, cents: int, limit: int | None, sent: bool
) -> None:
    if sent:
        rules.check_sendable(state, "BC-1", before_tax_cents=cents, limit_cents=limit)
    else:
        with pytest.raises(NeedsAuthorisation):
            rules.check_sendable(state, "BC-1", before_tax_cents=cents, limit_cents=limit)


@given(
    st.integers(0, 10_000_000), st.integers(1, 600), st.data()
)  # what a line is charged, its units, then what comes and what is given up
def test_receipts_and_what_is_given_up_add_up_to_the_line(charged: int, quantity: int, data: st.DataObject) -> None:
    received = data.draw(st.integers(0, quantity))
    cancelled = data.draw(st.integers(0, quantity - received))
    spent = charged * received // quantity
    abandoned = charged - rules.kept(charged, quantity=quantity, cancelled=cancelled)
    rest = charged * (quantity - cancelled) // quantity - spent  # what the receipts of the rest will cost
    assert spent + abandoned + rest == charged
    assert min(spent, abandoned, rest) >= 0


def test_a_cancelled_order_says_how_far_it_had_come() -> None:
    with pytest.raises(rules.AlreadyReceived):
        rules.check_cancel(State.part_received, "BC-1", 2)
    with pytest.raises(Refused):
        rules.check_cancel(State.closed, "BC-1", 0)
