"""The integer program against every mix there is, on small cases: the same optimum, to the cent."""

import itertools
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocations.planner.choosing import Line, Mix, Reason, _goals, best, copies
from allocations.planner.model import Candidate, Node, Problem, build
from allocations.planner.solving import solve
from allocations.selections.pricing import charge
from catalog.taxes.rules import Taxes, price_invoice

TAXES = Taxes(rates={"gst": 50_000, "qst": 99_750}, rebates={"gst": 680_000, "qst": 470_000})
SUPPLIERS, CATEGORIES = ("un", "deux"), ("flotte", "robotique")


def node(path: str, inside: int | None, choice: str, cents: dict[str, int], units: dict[str, int]) -> Node:
    return Node(path=path, inside=inside, choice=choice, cents=cents, units=units)


amounts = st.dictionaries(st.sampled_from(SUPPLIERS), st.integers(1, 400_00), min_size=1, max_size=2)
units = st.dictionaries(st.sampled_from(CATEGORIES), st.integers(1, 4), max_size=2)


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    nodes = [node("", None, "", draw(amounts), draw(units))]
    if draw(st.booleans()):
        nodes.append(node("option", 0, "", draw(amounts), draw(units)))
    if draw(st.booleans()):
        nodes.append(node("choix-a", 0, "choix", draw(amounts), draw(units)))
        nodes.append(node("choix-b", 0, "choix", draw(amounts), draw(units)))
    return Candidate(key="", most=draw(st.integers(0, 2)), serves=draw(st.sampled_from([0, 24, 30])), nodes=nodes)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    return Problem(
        candidates=draw(st.lists(candidates(), min_size=1, max_size=3)),
        gaps=draw(st.dictionaries(st.sampled_from(CATEGORIES), st.integers(0, 7), max_size=2)),
        free=draw(st.integers(0, 1_500_00)),
        taxes=TAXES,
        tax_basis=draw(st.sampled_from(["net", "with_tax", "before_tax"])),
    )


def takings(candidate: Candidate) -> list[tuple[str, ...]]:
    """Every way to take one of a candidate."""
    paths = {found.path for found in candidate.nodes}
    options = [(), ("option",)] if "option" in paths else [()]
    choices = [("choix-a",), ("choix-b",)] if "choix-a" in paths else [()]
    return [(*option, *choice) for option in options for choice in choices]


def every_mix(problem: Problem) -> Iterator[list[Line]]:
    ways = [
        [
            [Line(index, taken, many) for taken, many in sorted(Counter(held).items())]
            for count in range(candidate.most + 1)
            for held in itertools.combinations_with_replacement(takings(candidate), count)
        ]
        for index, candidate in enumerate(problem.candidates)
    ]
    for chosen in itertools.product(*ways):
        yield [line for lines in chosen for line in lines]


def figures(problem: Problem, lines: list[Line]) -> tuple[int, int, int, int]:
    """Categories lifted, units closed, what a basket is charged, pupils served: worked without the program."""
    suppliers: Counter[str] = Counter()
    brought: Counter[str] = Counter()
    for line in lines:
        for found in problem.candidates[line.candidate].nodes:
            if found.path in ("", *line.taken):
                suppliers.update({name: cents * line.quantity for name, cents in found.cents.items()})
                brought.update({name: many * line.quantity for name, many in found.units.items()})
    cost = sum(
        charge(price_invoice([cents], TAXES.rates, TAXES.rebates), [cents], problem.tax_basis)[0]
        for cents in suppliers.values()
    )
    gaps = {category: gap for category, gap in problem.gaps.items() if gap > 0}
    lifted = sum(brought[category] >= gap for category, gap in gaps.items())
    closed = sum(min(brought[category], gap) for category, gap in gaps.items())
    return lifted, closed, cost, sum(problem.candidates[line.candidate].serves * line.quantity for line in lines)


def optimum(problem: Problem, reason: Reason) -> tuple[int, ...]:
    affordable = (found for lines in every_mix(problem) if (found := figures(problem, lines))[2] <= problem.free)
    ways = {
        Reason.floor: lambda f: (f[0], f[1], -f[2]),
        Reason.gap: lambda f: (f[1], f[0], -f[2]),
        Reason.pupils: lambda f: (f[0], f[1], f[3], -f[2]),
    }
    return max(map(ways[reason], affordable))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems(), st.sampled_from([Reason.floor, Reason.gap, Reason.pupils]))
def test_the_program_finds_the_optimum_of_every_mix_to_the_cent(problem: Problem, reason: Reason) -> None:
    model = build(problem)
    goals = _goals(model, reason)
    solution = solve(model, goals, until=time.monotonic() + 60)
    assert solution is not None and solution.proven
    reached = tuple(value if goal.largest else -value for goal, value in zip(goals, solution.goals, strict=True))
    assert reached == optimum(problem, reason)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_mixes_are_distinct_within_free_money_and_their_figures_are_those_of_a_basket(problem: Problem) -> None:
    found = best(problem, seconds=60)
    assert found.proven and len(found.mixes) <= 3
    for mix in found.mixes:
        assert (mix.lifted, mix.closed, mix.cost, mix.serves) == figures(problem, mix.lines)
        assert mix.cost <= problem.free and mix.lines
        for line in mix.lines:
            assert line.taken in takings(problem.candidates[line.candidate])
        held = Counter({line.candidate: 0 for line in mix.lines})
        for line in mix.lines:
            held[line.candidate] += line.quantity
        assert all(many <= problem.candidates[index].most for index, many in held.items())
    assert len({tuple(sorted(mix.lines)) for mix in found.mixes}) == len(found.mixes)
    ranks = [(-mix.lifted, -mix.closed, mix.cost) for mix in found.mixes]
    assert ranks == sorted(ranks)
    if optimum(problem, Reason.floor)[1] > 0:
        assert (found.mixes[0].lifted, found.mixes[0].closed, -found.mixes[0].cost) == optimum(problem, Reason.floor)


@settings(max_examples=20, deadline=None)
@given(problems())
def test_the_same_problem_has_the_same_answer_twice(problem: Problem) -> None:
    assert best(problem, seconds=60).mixes == best(problem, seconds=60).mixes


def _plain(key: str, cents: int, category: str, many: int, *, most: int = 10, serves: int = 0) -> Candidate:
    return Candidate(key=key, most=most, serves=serves, nodes=[node("", None, "", {"un": cents}, {category: many})])


def test_five_of_six_tablets_at_393_dollars_fit_in_2150() -> None:
    problem = Problem([_plain("tablette", 393_00, "flotte", 1)], {"flotte": 6}, 2_150_00, TAXES, "net")
    (mix,) = best(problem, seconds=5).mixes
    assert mix == Mix(Reason.floor, [Line(0, (), 5)], lifted=0, closed=5, cost=2_100_33, serves=0)


def test_more_categories_come_first_and_the_widest_gap_closed_is_told_beside() -> None:
    problem = Problem(
        [_plain("robot", 900_00, "robotique", 1, most=1), _plain("tablettes", 1_000_00, "flotte", 4, most=1)],
        {"robotique": 1, "flotte": 8},
        1_100_00,
        TAXES,
        "net",
    )
    found = best(problem, seconds=5)
    assert [(mix.reason, mix.lifted, mix.closed) for mix in found.mixes] == [(Reason.floor, 1, 1), (Reason.gap, 0, 4)]


def test_what_is_left_serves_the_most_pupils() -> None:
    problem = Problem(
        [_plain("tablette", 100_00, "flotte", 1), _plain("combo", 300_00, "robotique", 6, most=2, serves=24)],
        {"flotte": 2},
        1_000_00,
        TAXES,
        "before_tax",
    )
    found = best(problem, seconds=5)
    assert [(mix.reason, mix.cost, mix.serves) for mix in found.mixes] == [
        (Reason.floor, 200_00, 0),
        (Reason.other, 500_00, 24),
        (Reason.pupils, 800_00, 48),
    ] or [(mix.reason, mix.cost, mix.serves) for mix in found.mixes] == [
        (Reason.floor, 200_00, 0),
        (Reason.pupils, 800_00, 48),
    ]


def test_nothing_to_fill_and_nothing_to_serve_proposes_nothing() -> None:
    problem = Problem([_plain("tablette", 100_00, "flotte", 1)], {"flotte": 0}, 1_000_00, TAXES, "net")
    assert best(problem, seconds=5).mixes == []


def test_a_search_without_time_says_that_it_proves_nothing() -> None:
    problem = Problem([_plain("tablette", 393_00, "flotte", 1)], {"flotte": 6}, 2_150_00, TAXES, "net")
    assert not best(problem, seconds=-1).proven


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([3, 2, 2, 1], [(("choix-a",), 0)]),
        ([0, 0, 0, 0], []),
    ],
)
def test_copies_are_told_apart_by_what_is_taken(counts: list[int], told: list[tuple[tuple[str, ...], int]]) -> None:
    nodes = [
        node("", None, "", {}, {}),
        node("option", 0, "", {}, {}),
        node("choix-a", 0, "x", {}, {}),
        node("choix-b", 0, "x", {}, {}),
    ]
    found = copies(Candidate(key="", most=3, serves=0, nodes=nodes), counts)
    assert sum(many for _taken, many in found) == counts[0]
    for at, path in enumerate(("option", "choix-a", "choix-b"), 1):
        assert sum(many for taken, many in found if path in taken) == counts[at]
    assert not counts[0] or all(("choix-a" in taken) != ("choix-b" in taken) for taken, _many in found)
