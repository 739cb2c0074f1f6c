"""Deciding on a selection, a step at a time. Nobody decides on their own, twice, on another version than they read, nor as the system."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec

from allocations.approvals import rules as steps
from allocations.approvals.queries import authors_alone, ladder_of, name_of_role
from allocations.approvals.rules import Step
from allocations.selections import queries, rules, telling
from allocations.selections.content import content_of
from allocations.selections.moving import fall, free, not_on_order, set_state
from allocations.selections.operations import check_read, told
from allocations.selections.rules import State, Verb
from allocations.selections.schemas import SelectionOut
from allocations.selections.words import decision_words
from directory.replacements.queries import Standing, standings
from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch, transaction
from kit.errors import Invalid
from kit.i18n import _, lazy

_APPROVAL = """
INSERT INTO approval (selection, board, school, step, decision, person, person_name, at, reason, of_version, position, role,
                      limit_cents, replaced, replaced_name, content)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::jsonb)
"""

_NEXT = "UPDATE selection SET step = $2, step_role = $3, version = version + 1 WHERE id = $1"

_LIVE = (
    "SELECT person, replaced, decision, of_version FROM approval WHERE selection = $1 AND voided_at IS NULL ORDER BY at"
)


async def approve(who: Actor, number: str, *, version: int | None, reason: str = "") -> SelectionOut:
    """Say yes to the very version that was read. Over the limit of one's step, the agreement is kept and the next step decides.

    A second press by the same person reads the same answer. Raises NotFound, Forbidden, OwnSelection, OnlyAPerson, NotYourStep,
    DeputyOfAuthor, DecidedAlready, ChangedMeanwhile, WrongState.
    """
    async with transaction(who):
        row, authors = await _read(who, number)
        live = await fetch(_LIVE, row["id"])
        if any(one["person"] == who.person and one["of_version"] == version for one in live):
            return await _said(who, number)  # a second press, whoever it waits on now
        stand, step = await _stand(who, row, authors)
        await check_read(row, version, error=rules.ChangedMeanwhile)
        state = rules.after(State(row["state"]), Verb.approve)
        mine = {who.person, stand.replaced} - {None}
        if any(mine & {one["person"], one["replaced"]} for one in live):
            raise steps.DecidedAlready()
        ladder = await ladder_of(row["delegation"]) if row["delegation"] else None
        rung = next((one for one in ladder.steps if one.position == row["step"]), None) if ladder else None
        if ladder and rung and not steps.decides(rung, row["charged_cents"]):
            alone = await authors_alone(row["board"], row["school"], row["id"])
            following = steps.waiting_step(ladder, rung.position, passed_over=alone)
            await _keep(who, row, stand, step, "agreed", reason, rung)
            await execute(_NEXT, row["id"], following.position, following.role)
            await _tell(
                who, row, "agreed", stand, {"state": row["state"], "role": rung.role, "next": following.role}, reason
            )
            await telling.ask(who, row, version=row["version"] + 1, role=following.role, cents=row["charged_cents"])
            return await _said(who, number)
        await _keep(who, row, stand, step, "approved", reason, rung)
        await set_state(row, state, reason.strip())
        await _tell(who, row, "approved", stand, {"state": state.value, "step": step}, reason)
        await telling.decided(
            who, row, version=row["version"] + 1, sentence=lambda: _("panier approuvé."), reason=reason.strip()
        )
        return await _said(who, number)


async def refuse(who: Actor, number: str, *, version: int | None, reason: str) -> SelectionOut:
    """Say no, with what the school team must know; what was reserved is free again. Raises as `approve`, and Invalid."""
    return await _give_back(who, number, version, reason, Verb.refuse)


async def ask_change(who: Actor, number: str, *, version: int | None, reason: str) -> SelectionOut:
    """Ask the team to make something clear or other: as a refusal, the money is free until they submit again. Raises as `refuse`."""
    return await _give_back(who, number, version, reason, Verb.ask_change)


async def _give_back(who: Actor, number: str, version: int | None, reason: str, verb: Verb) -> SelectionOut:
    refusing, why = verb is Verb.refuse, reason.strip()
    async with transaction(who):
        row, authors = await _read(who, number)
        stand, step = await _stand(who, row, authors)
        if not why:
            raise Invalid({"reason": _("Écrivez ce que l'équipe-école doit savoir.")})
        await check_read(row, version, error=rules.ChangedMeanwhile)
        state = rules.after(State(row["state"]), verb)
        await not_on_order(row)
        await fall(who, row, "refused" if refusing else "asked")
        await _keep(who, row, stand, step, "refused" if refusing else "asked", why, None)
        await set_state(row, state, why)
        await _tell(who, row, state.value, stand, {"state": state.value, "step": step}, why)
        await free(
            who, row, lazy("Panier {number} refusé.") if refusing else lazy("Panier {number} : précision demandée.")
        )
        await telling.decided(
            who, row, version=row["version"] + 1,
            sentence=lambda: _("panier refusé.") if refusing else _("précision demandée."), reason=why,
        )  # fmt: skip
        return await _said(who, number)


async def _read(who: Actor, number: str) -> tuple[Any, Collection[UUID]]:
    """The row, locked, on which `who` may decide unless it is another's step; and its authors."""
    row = await queries.found(who, number, lock=True)
    authors = await queries.authors_of(row)
    rules.check_decider(who, school=row["school"], authors=authors)
    return row, authors


async def _stand(who: Actor, row: Any, authors: Collection[UUID]) -> tuple[Standing, str]:
    """As what `who` decides, in whose place; and at which step, the school's or the board's. Raises NotYourStep, DeputyOfAuthor."""
    held = await standings(who)
    stand = rules.stand(held, role=row["step_role"], school=row["school"], authors=authors)
    if stand is None:
        deputed = [one for one in held if one.replaced in authors and one.school in (None, row["school"])]
        if deputed:
            raise steps.DeputyOfAuthor(name=deputed[0].replaced_name)
        role = await name_of_role(row["step_role"]) if row["step_role"] else _("la direction ou l'organisme")
        raise steps.NotYourStep(role=role)
    return stand, "school" if stand.school else "board"


async def _keep(
    who: Actor, row: Any, stand: Standing, step: str, decision: str, reason: str, rung: Step | None
) -> None:
    content = msgspec.json.encode(await content_of(row)).decode()
    await execute(
        _APPROVAL, row["id"], row["board"], row["school"], step, decision, who.person, who.name, now(), reason.strip(),
        row["version"], rung.position if rung else row["step"], stand.role, rung.limit_cents if rung else None,
        stand.replaced, stand.replaced_name, content,
    )  # fmt: skip


async def _tell(who: Actor, row: Any, what: str, stand: Standing, after: dict[str, Any], reason: str) -> None:
    if stand.replaced_name:
        after = after | {"replaced": stand.replaced_name}
    await told(who, what, row, before={"state": row["state"]}, after=after, why=reason.strip())


async def _said(who: Actor, number: str) -> SelectionOut:
    basket = await queries.whole(who, number)
    basket.said = decision_words(basket)
    return basket
