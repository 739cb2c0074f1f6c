"""The best mixes of a problem: which goals come first, and which mixes are worth showing beside the best. Pure but for the clock."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from allocations.planner.model import Candidate, Model, Problem, build, differ
from allocations.planner.solving import Goal, Program, Solution, solve

MOST_MIXES = 3


class Reason(StrEnum):
    """Why a mix is proposed."""

    floor = "floor"  # most categories lifted, then most units, at the least cost
    gap = "gap"  # most missing units, then most categories
    pupils = "pupils"  # as `floor`, then the most pupils served with what is left
    other = "other"  # the next best with other things in it


class Line(NamedTuple):
    """So many of a candidate (its index) with the same free lines taken (their paths)."""

    candidate: int
    taken: tuple[str, ...]
    quantity: int


class Mix(NamedTuple):
    """A mix: what it holds, categories lifted, units closed, cost in cents as the program has it, pupils served."""

    reason: Reason
    lines: list[Line]
    lifted: int
    closed: int
    cost: int
    serves: int


class Mixes(NamedTuple):
    """Mixes, best first; whether each is proven best for its reason; the solver's own seconds."""

    mixes: list[Mix]
    proven: bool
    seconds: float


def best(problem: Problem, *, seconds: float, tell: Callable[[Program], None] = lambda program: None) -> Mixes:
    """Up to three distinct mixes, by categories lifted, units closed, cost; the search ends after so many seconds.

    `tell` is given each program that is run.
    """
    if not problem.candidates:
        return Mixes([], True, 0.0)
    until = time.monotonic() + seconds
    found: list[Mix] = []
    proven, spent = True, 0.0
    for reason in (Reason.floor, Reason.gap, Reason.pupils, Reason.other, Reason.other):
        if len(found) == MOST_MIXES or (reason is Reason.other and not found):
            break
        model = build(problem)
        if reason is Reason.other:
            for mix in found:
                differ(model, [line.candidate for line in mix.lines])
        goals = _goals(model, reason)
        solution = solve(model, goals, until=until, tell=tell)
        if solution is None:
            proven = False
            continue
        proven, spent = proven and solution.proven, spent + solution.seconds
        mix = _mix(problem, model, reason, solution)
        if _worth(mix, found):
            found.append(mix)
    return Mixes(sorted(found, key=lambda mix: (-mix.lifted, -mix.closed, mix.cost)), proven, spent)


def _goals(model: Model, reason: Reason) -> list[Goal]:
    lifted, closed, cost = Goal(model.lifted, True), Goal(model.closed, True), Goal(model.cost, False)
    if reason is Reason.gap:
        return [closed, lifted, cost]
    if reason is Reason.pupils:
        return [lifted, closed, Goal(model.serves, True), cost]
    return [lifted, closed, cost]


def _worth(mix: Mix, found: Sequence[Mix]) -> bool:
    if not mix.lines or any(sorted(mix.lines) == sorted(other.lines) for other in found):
        return False
    if mix.reason is Reason.gap:  # else it is `floor`, told by another way to the same
        return all(mix.closed > other.closed for other in found)
    if mix.reason is Reason.pupils:
        return all(mix.serves > other.serves for other in found if other.reason is Reason.floor)
    return mix.closed > 0


def _mix(problem: Problem, model: Model, reason: Reason, solution: Solution) -> Mix:
    def total(row: Mapping[int, float]) -> int:
        return round(sum(coefficient * solution.values[variable] for variable, coefficient in row.items()))

    lines = [
        Line(index, taken, many)
        for index, (candidate, variables) in enumerate(zip(problem.candidates, model.counts, strict=True))
        for taken, many in copies(candidate, [solution.values[variable] for variable in variables])
    ]
    closed = _closed(problem, lines)
    lifted = sum(closed[category] >= gap for category, gap in problem.gaps.items() if gap > 0)
    return Mix(reason, lines, lifted, sum(closed.values()), total(model.cost), total(model.serves))


def _closed(problem: Problem, lines: Iterable[Line]) -> Counter[str]:
    """Missing units that a mix brings, by category."""
    brought: Counter[str] = Counter()
    for line in lines:
        for node in problem.candidates[line.candidate].nodes:
            if node.path == "" or node.path in line.taken:
                for category, units in node.units.items():
                    brought[category] += units * line.quantity
    return Counter({category: min(brought[category], gap) for category, gap in problem.gaps.items() if gap > 0})


def copies(candidate: Candidate, counts: Sequence[int]) -> list[tuple[tuple[str, ...], int]]:
    """So many of a candidate, told apart by the free lines taken with each: `counts` are those of its nodes."""
    holding: list[list[int]] = [list(range(counts[0]))]  # by node: the copies that have it
    given: Counter[tuple[int, str]] = Counter()
    taken: list[list[str]] = [[] for _copy in range(counts[0])]
    for node, count in zip(candidate.nodes[1:], counts[1:], strict=True):
        assert node.inside is not None
        around, first = holding[node.inside], 0
        if node.choice:
            first = given[node.inside, node.choice]
            given[node.inside, node.choice] += count
        holding.append(around[first : first + count])
        for copy in holding[-1]:
            taken[copy].append(node.path)
    return sorted(Counter(tuple(paths) for paths in taken).items())
