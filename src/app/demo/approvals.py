"""Who decides on what: a delegation of one board, a basket on its way up the steps, and somebody who is replaced."""

from datetime import date, timedelta

from allocations.approvals.operations import delegate
from allocations.approvals.schemas import NewDelegation, NewStep
from allocations.selections import baskets, decisions
from allocations.selections.schemas import NewComment, SelectionChange
from app.demo.loop import choose, on
from app.demo.people import acting
from directory.replacements.operations import name
from directory.replacements.schemas import NewReplacement
from kit.actor import system
from kit.clock import standing_at

LIMIT = 500_00


async def tell_approvals(year: str, today: date) -> None:
    """The principals of the second board decide up to a limit, its purchasing beyond; one basket has the first agreement."""
    team, principal = await acting("brumes.equipe"), await acting("brumes.direction")
    steps = [NewStep(role="principal", limit_cents=LIMIT), NewStep(role="purchasing")]
    await delegate(system(), NewDelegation(from_day=today, steps=steps), board="991000")
    with standing_at(on(today - timedelta(days=1))):
        basket = await choose(team, "991002", year, "Îlot pour le deuxième cycle", ("ilot-six-tablettes", 1))
        change = SelectionChange(priority="high", wanted_by=today + timedelta(days=60))
        basket = await baskets.change(team, basket.number, change, version=basket.version)
        await baskets.comment(principal, basket.number, NewComment(body="Prévoir aussi le rangement."))
    basket = await decisions.submit(team, basket.number, version=basket.version)
    await decisions.approve(principal, basket.number, version=basket.version)
    week = NewReplacement(
        deputy="brumes.technique@exemple.ca", from_day=today, until_day=today + timedelta(days=7),
        reason="Congé",
    )  # fmt: skip
    await name(principal, week)
