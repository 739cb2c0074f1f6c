"""Delegations and replacements of the walk's world, and what is written about its baskets."""

from datetime import timedelta
from typing import Any

from allocations.approvals.operations import delegate
from allocations.approvals.schemas import NewDelegation, NewStep
from allocations.selections import baskets
from allocations.selections.schemas import NewComment
from directory.replacements.operations import name
from directory.replacements.schemas import NewReplacement
from kit.actor import Actor
from kit.clock import today
from tests.factories import make_actor


async def add_approvals(things: dict[str, Any], admin: Actor, principal: Actor, team: Actor, secret: str) -> None:
    """`delegation` begins next year; `replacement` of a principal next month; the draft has a comment and a file."""
    steps = [NewStep(role="principal", limit_cents=5_000_00), NewStep(role="purchasing")]
    made = await delegate(admin, NewDelegation(from_day=today() + timedelta(days=365), steps=steps))
    things["delegation"] = str(made.id)
    deputy = await make_actor("technician", board="990000")
    first = today() + timedelta(days=30)
    named = await name(principal, NewReplacement(deputy=deputy.email, from_day=first, until_day=first, reason=secret))
    things["replacement"] = str(named.id)
    things["deputy"] = deputy.email
    await baskets.comment(team, things["draft"], NewComment(body=secret))
    kept = await baskets.attach(team, things["draft"], "note.txt", secret.encode())
    things["selection_file"] = str(kept.id)
