"""HiGHS: the integer program of `model.py` solved by one objective after another, the same answer each time."""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import highspy
import numpy as np

from allocations.planner.model import Bound, Model, Row

SEED = 711


class Goal(NamedTuple):
    """An objective: the largest, or the least, of a row."""

    row: Row
    largest: bool


class Solution(NamedTuple):
    """Values of the variables, of the goals, and whether each goal was proven. `seconds`: the solver's own time."""

    values: list[int]
    goals: list[int]
    proven: bool
    seconds: float


class Program(NamedTuple):
    """An integer program as HiGHS takes it, with an answer to start from, and how long it may take."""

    lp: Any
    start: list[int] | None
    seconds: float


def solve(
    model: Model, goals: Sequence[Goal], *, until: float, tell: Callable[[Program], None] = lambda program: None
) -> Solution | None:
    """The best by the first goal, then among equals by the next; None where nothing was found before `until` (monotonic).

    `tell` is given each program that is run.
    """
    rows, values, reached, proven, seconds = list(model.rows), None, [], True, 0.0
    for goal in goals:
        left = until - time.monotonic()
        if values is not None and (left <= 0 or not goal.row):
            proven = proven and not goal.row
            reached.append(_of(goal.row, values))
            continue
        program = Program(_lp(model.uppers, rows, goal), values, max(left, 0.01))
        tell(program)
        began = time.monotonic()
        found, whole = run(program)
        seconds += time.monotonic() - began
        proven = proven and whole
        values = found or values
        if values is None:
            return None
        best = _of(goal.row, values)
        reached.append(best)
        rows.append(Bound(goal.row, best - 0.5, None) if goal.largest else Bound(goal.row, None, best + 0.5))
    return Solution(values, reached, proven, seconds) if values is not None else None


def run(program: Program) -> tuple[list[int] | None, bool]:
    """The best values of the variables (None: none found), and whether nothing is better."""
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", SEED),
        ("time_limit", program.seconds),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", 0.5),  # every goal counts whole things
        ("mip_feasibility_tolerance", 1e-7),
    ):
        solver.setOptionValue(name, value)
    solver.passModel(program.lp)
    if (start := program.start) is not None:
        solver.setSolution(len(start), np.arange(len(start), dtype=np.int32), np.array(start, dtype=np.float64))
    solver.run()
    solution = solver.getSolution()
    proven = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return ([round(value) for value in solution.col_value] if solution.value_valid else None), proven


def _of(row: Row, values: Sequence[int]) -> int:
    return round(sum(coefficient * values[variable] for variable, coefficient in row.items()))


def _lp(uppers: Sequence[int], rows: Sequence[Bound], goal: Goal) -> Any:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(uppers), len(rows)
    cost = np.zeros(len(uppers))
    for variable, coefficient in goal.row.items():
        cost[variable] = coefficient
    lp.col_cost_ = cost
    lp.sense_ = highspy.ObjSense.kMaximize if goal.largest else highspy.ObjSense.kMinimize
    lp.col_lower_, lp.col_upper_ = np.zeros(len(uppers)), np.array(uppers, dtype=np.float64)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(uppers)
    lp.row_lower_ = np.array([-highspy.kHighsInf if row.low is None else row.low for row in rows])
    lp.row_upper_ = np.array([highspy.kHighsInf if row.high is None else row.high for row in rows])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0, *(len(row.row) for row in rows)]).astype(np.int32)
    lp.a_matrix_.index_ = np.array([variable for row in rows for variable in row.row], dtype=np.int32)
    lp.a_matrix_.value_ = np.array([value for row in rows for value in row.row.values()], dtype=np.float64)
    return lp
