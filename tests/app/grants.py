"""The projects and uploads of the walk's world: one in each state that a route wants."""

import csv
import io
from datetime import timedelta
from typing import Any

from allocations.adjustments.operations import upload
from allocations.measures.operations import write_measure
from allocations.measures.schemas import MeasureIn
from allocations.projects import operations as projects
from allocations.projects.schemas import CallIn, NewProject
from kit.actor import Actor, system
from kit.clock import today

MEASURE, YEAR = "EX-PROJETS", "2026-2027"


async def add_grants(things: dict[str, Any], director: Actor, buyer: Actor, ministry: Actor, secret: str) -> None:
    """A draft, one handed in and one approved; an upload that is held."""
    await write_measure(system(), MEASURE, MeasureIn(name="Projets", kind="operating", mode="a_posteriori"))
    days = CallIn(opens_on=today() - timedelta(days=1), closes_on=today() + timedelta(days=1))
    await projects.write_call(system(), MEASURE, YEAR, days)
    new = NewProject(measure=MEASURE, year=YEAR, school="990001", title=secret, description=secret, asked_cents=10_00)
    for name in ("draft_project", "submitted_project", "approved_project"):
        things[name] = (await projects.draft(director, new)).number
        if name != "draft_project":
            await projects.submit(director, things[name])
    await projects.approve(ministry, things["approved_project"], reason=secret)
    text = io.StringIO()
    csv.writer(text).writerows([["Code", "Changement", "Motif"], ["990001", "1", secret[:180]]])
    file = io.BytesIO(text.getvalue().encode())
    done = await upload(buyer, "EX-COMBOS", YEAR, file, f"{secret}.csv"[:190], reason=secret)
    things["upload"] = done.number
