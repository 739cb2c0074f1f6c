"""The choice of a mix as an integer program, exact to the cent. Pure: candidates in, rows and objectives out.

One variable counts a candidate, one each of its optional and either/or lines; a tax is a whole number of cents held to the
rounding of its invoice. So what the program calls free money is what a basket of the same things would be charged.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple

import msgspec

from catalog.taxes.rules import GST, QST, Taxes
from kit.money import MILLION

Row = dict[int, float]


class Node(msgspec.Struct, frozen=True):
    """A free line of a candidate, or (path '') the candidate itself: what each unit of it brings.

    `inside`: index of the node that it needs (None for the candidate). `choice`: one of the nodes of a choice is taken for each of
    `inside`; '' is taken or not. `cents`: before tax by supplier; `units`: tracked units by category.
    """

    path: str
    inside: int | None
    choice: str
    cents: Mapping[str, int]
    units: Mapping[str, int]


class Candidate(msgspec.Struct, frozen=True):
    """A bundle or a product that may be in a mix: at most `most`; one serves so many pupils. `nodes`: itself first."""

    key: str
    most: int
    serves: int
    nodes: list[Node]


class Problem(msgspec.Struct, frozen=True):
    """What a school may choose from, units that it lacks by category, free cents in the measure's tax basis."""

    candidates: list[Candidate]
    gaps: Mapping[str, int]
    free: int
    taxes: Taxes
    tax_basis: str


class Bound(NamedTuple):
    """`low` ≤ Σ coefficient × variable ≤ `high`; None: no bound."""

    row: Row
    low: float | None
    high: float | None


class Model(msgspec.Struct):
    """Variables (all whole, from 0 to `uppers`) with their rows; what is counted, as rows to put in an objective or a bound."""

    uppers: list[int]
    rows: list[Bound]
    counts: list[list[int]]  # by candidate: the variables of its nodes
    lifted: Row
    closed: Row
    cost: Row
    serves: Row

    def variable(self, upper: int) -> int:
        self.uppers.append(upper)
        return len(self.uppers) - 1


def build(problem: Problem) -> Model:
    """The program of a problem, without an objective."""
    model = Model([], [], [], {}, {}, {}, {})
    cents: dict[str, Row] = defaultdict(dict)
    units: dict[str, Row] = {category: {} for category, gap in problem.gaps.items() if gap > 0}
    for candidate in problem.candidates:
        variables = _place(model, candidate)
        model.counts.append(variables)
        if candidate.serves:
            model.serves[variables[0]] = candidate.serves
        for variable, node in zip(variables, candidate.nodes, strict=True):
            for supplier, amount in node.cents.items():
                cents[supplier][variable] = amount
            for category, many in node.units.items():
                if category in units:
                    units[category][variable] = many
    for supplier in sorted(cents):
        _invoice(model, cents[supplier], problem)
    model.rows.append(Bound(dict(model.cost), None, problem.free))
    for category, brought in units.items():
        gap = problem.gaps[category]
        closed, lifted = model.variable(gap), model.variable(1)
        model.rows.append(Bound({closed: 1, **{variable: -many for variable, many in brought.items()}}, None, 0))
        model.rows.append(Bound({lifted: gap, closed: -1}, None, 0))
        model.closed[closed] = model.lifted[lifted] = 1
    return model


def differ(model: Model, used: Sequence[int]) -> None:
    """From here on, what is in the mix is not just these candidates (their indexes)."""
    row, wanted = Row(), 1 - len(set(used))
    for index, variables in enumerate(model.counts):
        count, flag = variables[0], model.variable(1)
        model.rows.append(Bound({count: 1, flag: -model.uppers[count]}, None, 0))
        model.rows.append(Bound({count: 1, flag: -1}, 0, None))
        row[flag] = -1 if index in used else 1
    model.rows.append(Bound(row, wanted, None))


def _place(model: Model, candidate: Candidate) -> list[int]:
    variables = [model.variable(candidate.most)]
    choices: dict[tuple[int, str], list[int]] = defaultdict(list)
    for node in candidate.nodes[1:]:
        variables.append(model.variable(candidate.most))
        assert node.inside is not None
        if node.choice:
            choices[variables[node.inside], node.choice].append(variables[-1])
        else:
            model.rows.append(Bound({variables[-1]: 1, variables[node.inside]: -1}, None, 0))
    for (around, _choice), alternatives in choices.items():
        model.rows.append(Bound({around: -1, **dict.fromkeys(alternatives, 1)}, 0, 0))
    return variables


def _invoice(model: Model, before_tax: Row, problem: Problem) -> None:
    """What one supplier's invoice is charged: its price before tax, and where the basis says so, each tax less its rebate."""
    for variable, amount in before_tax.items():
        model.cost[variable] = model.cost.get(variable, 0) + amount
    if problem.tax_basis == "before_tax":
        return
    most = int(sum(model.uppers[variable] * amount for variable, amount in before_tax.items()))
    for tax in (GST, QST):
        paid = _rounded(model, before_tax, problem.taxes.rates[tax], most)
        model.cost[paid] = 1
        if problem.tax_basis == "net" and (rebate := problem.taxes.rebates.get(tax, 0)):
            model.cost[_rounded(model, {paid: 1}, rebate, most)] = -1


def _rounded(model: Model, amounts: Row, ppm: int, most: int) -> int:
    """A variable that is the part of whole cents, half up: part − exact is in (−½, ½], and moves by steps of 1/denominator."""
    rate = Fraction(ppm, MILLION)
    step = Fraction(1, rate.denominator)
    low, high = (floor(-Fraction(1, 2) / step) + 1) * step, floor(Fraction(1, 2) / step) * step
    part = model.variable(floor(most * rate) + 1)
    row = {part: 1.0, **{variable: -float(amount * rate) for variable, amount in amounts.items()}}
    model.rows.append(
        Bound(row, float(low - step / 2), float(high + step / 2))
    )  # half a step of room for floating point
    return part
