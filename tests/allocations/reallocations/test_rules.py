from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.envelopes.rules import Figures
from allocations.envelopes.schemas import EnvelopeRow
from allocations.reallocations import rules
from allocations.reallocations.rules import Kind

CENTS = st.integers(0, 10_000_00)


def row(**fields: str | UUID) -> EnvelopeRow:
    known = {
        "id": uuid4(),
        "board": "990000",
        "school": "990001",
        "measure": "M",
        "tax_basis": "net",
        "year": "2026-2027",
    }
    return EnvelopeRow(**(known | fields), figures=Figures(100))  # type: ignore[arg-type]


@pytest.mark.parametrize("other", [{"board": "991000"}, {"measure": "N"}, {"year": "2027-2028"}])
def test_money_stays_within_a_board_a_measure_and_a_year(other: dict[str, str]) -> None:
    rules.check_pair(row(), row(school="990002"))
    with pytest.raises(rules.NotTogether):
        rules.check_pair(row(), row(**other))


def test_an_envelope_gives_itself_nothing() -> None:
    same = row()
    with pytest.raises(rules.SameEnvelope):
        rules.check_pair(same, same)


@given(st.lists(CENTS, max_size=8), st.integers(1, 30_000_00))
def test_a_pool_lends_exactly_what_is_missing_or_nothing(free: list[int], missing: int) -> None:
    pool = [(UUID(int=place), cents) for place, cents in enumerate(free)]
    taken = rules.lenders(pool, missing)
    assert sum(cents for _key, cents in taken) == (missing if sum(free) >= missing else 0)
    assert all(0 < cents <= dict(pool)[key] for key, cents in taken)
    # The smallest first: whoever lends less than all it has is the largest of the lenders.
    for key, cents in taken[:-1]:
        assert cents == dict(pool)[key]


@given(st.lists(st.integers(1, 5_000_00), max_size=6), CENTS)
def test_what_is_given_back_is_what_is_free_and_owed(owed: list[int], free: int) -> None:
    loans = [(UUID(int=place), cents) for place, cents in enumerate(owed)]
    paid = dict(rules.given_back(loans, free))
    assert sum(paid.values()) == min(free, sum(owed))
    assert all(paid[key] <= dict(loans)[key] for key in paid)


def test_a_loan_is_given_back_whole_in_part_and_never_twice() -> None:
    assert rules.to_give_back("V", kind=Kind.loan, lent=500, returned=200, wanted=None) == 300
    assert rules.to_give_back("V", kind=Kind.loan, lent=500, returned=200, wanted=1) == 1
    with pytest.raises(rules.MoreThanLent):
        rules.to_give_back("V", kind=Kind.loan, lent=500, returned=200, wanted=301)
    with pytest.raises(rules.GivenBackAlready):
        rules.to_give_back("V", kind=Kind.loan, lent=500, returned=500, wanted=None)
    with pytest.raises(rules.NotALoan):
        rules.to_give_back("V", kind=Kind.transfer, lent=500, returned=0, wanted=None)
