"""Writes of tickets. A ticket locks its own row first and its asset's second; that order holds everywhere."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from inventory.assets import operations as assets
from inventory.assets import queries as asset_queries
from inventory.assets import rules as asset_rules
from inventory.tickets import queries, rules
from inventory.tickets.rules import State, Step
from inventory.tickets.schemas import TicketOut
from kit.actor import Actor, Scope
from kit.clock import now, today
from kit.database import execute, fetch_value, transaction
from kit.errors import Conflict, Forbidden, Invalid, Stale
from kit.events import record
from kit.i18n import _, kept
from kit.numbers import next_number


async def open_ticket(
    who: Actor, asset_tag: str, *, subject: str, description: str = "", out_of_service: bool = False
) -> TicketOut:
    """Report a problem with an asset, and with `out_of_service` stop counting it at once."""
    subject = rules.said("subject", subject, _("Dites en quelques mots ce qui ne va pas."))
    async with transaction(who):
        (asset,) = await asset_queries.locked(who, [asset_tag], right="ticket.open")
        if asset["state"] in asset_rules.OVER:
            raise Conflict(_("Cet appareil n'est plus en service."))
        opened = now()
        number = rules.number(asset["board"], today(), await next_number(rules.series(asset["board"], today())))
        await execute(
            "INSERT INTO ticket (number, board, school, asset, state, subject, description, out_of_service, opened_by,"
            " opened_by_name, opened_at) VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9, $10)",
            number, asset["board"], asset["school"], asset["id"], subject, description.strip(), out_of_service, who.person,
            who.name, opened,
        )  # fmt: skip
        await record(
            who, "ticket.opened", kind="ticket", subject=number, board=asset["board"], school=asset["school"],
            after={"asset": asset_tag, "subject": subject, "out_of_service": out_of_service},
        )  # fmt: skip
        if out_of_service:
            await _take_out(who, asset, number)
        return await queries.one(who, number)


async def take(who: Actor, number: str, *, version: int | None = None) -> TicketOut:
    """Answer for a ticket, oneself; also one that waits or that somebody else had taken."""
    async with transaction(who):
        ticket = await _triaged(who, number, version)
        await _step(
            who, ticket, rules.TAKE, {"assigned_to": who.person, "assigned_name": who.name, "expected_on": None}
        )
        return await queries.one(who, number)


async def put_on_hold(
    who: Actor, number: str, *, why: str, expected_on: date | None = None, version: int | None = None
) -> TicketOut:
    """Wait for something (a part, a repairer), until a day if one is known."""
    why = rules.said("why", why, _("Dites ce qui est attendu : la personne qui a signalé le problème le lira."))
    async with transaction(who):
        ticket = await _triaged(who, number, version)
        await _step(who, ticket, rules.HOLD, {"expected_on": expected_on}, why=why)
        return await queries.one(who, number)


async def comment(who: Actor, number: str, *, body: str, internal: bool = False) -> TicketOut:
    """Add a line to the conversation; an `internal` one is the board's alone, its event too."""
    body = rules.said("body", body, _("Écrivez un commentaire."))
    async with transaction(who):
        ticket = await queries.locked(who, number)
        who.must("ticket.comment", school=ticket["school"])
        if internal and (who.scope is Scope.school or not who.may("ticket.triage", school=ticket["school"])):
            raise Forbidden(_("Une note interne est réservée au personnel de l'organisme."))
        rules.check_unsettled(State(ticket["state"]), number)
        await execute(
            "INSERT INTO ticket_comment (ticket, board, school, at, author, author_name, body, internal)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            ticket["id"], ticket["board"], ticket["school"], now(), who.person, who.name, body, internal,
        )  # fmt: skip
        await record(
            who, "ticket.noted" if internal else "ticket.commented", kind="ticket", subject=number, board=ticket["board"],
            school=None if internal else ticket["school"],
        )  # fmt: skip
        return await queries.one(who, number)


async def set_out_of_service(who: Actor, number: str, out_of_service: bool, *, version: int | None = None) -> TicketOut:
    """Say whether the ticket's asset can be used: it leaves the floor's count, or comes back to it.

    It comes back only when no other unclosed ticket keeps it out.
    """
    async with transaction(who):
        ticket = await _triaged(who, number, version)
        rules.check_unsettled(State(ticket["state"]), number)
        if ticket["out_of_service"] != out_of_service:
            asset = await _asset(who, ticket)
            if out_of_service:
                await _take_out(who, asset, number)
            else:
                await _bring_back(who, asset, ticket)
            await _write(who, ticket, "ticket.out_of_service_set", {"out_of_service": out_of_service})
        return await queries.one(who, number)


async def close(
    who: Actor,
    number: str,
    *,
    answer: str,
    returns_to_service: bool | None = None,
    version: int | None = None,
) -> TicketOut:
    """Close with an answer. Where the ticket keeps its asset out of service, say whether the asset comes back."""
    answer = rules.said("answer", answer, _("Répondez en une phrase : elle sera lue sur la page de suivi."))
    async with transaction(who):
        ticket = await _triaged(who, number, version)
        rules.check_step(rules.CLOSE, State(ticket["state"]), number)
        if ticket["out_of_service"]:
            asset = await _asset(who, ticket)
            if asset["state"] in asset_rules.RETURN_TO_SERVICE.start:
                if returns_to_service is None:
                    raise Invalid({"returns_to_service": _("Dites si l'appareil retourne en service.")})
                if returns_to_service:
                    await _bring_back(who, asset, ticket)
        closing = {"answer": answer, "closed_at": now(), "closed_by": who.person}
        await _step(who, ticket, rules.CLOSE, closing, why=answer)
        return await queries.one(who, number)


async def reopen(
    who: Actor, number: str, *, why: str, out_of_service: bool = False, version: int | None = None
) -> TicketOut:
    """The problem is back. The former answer stays in the timeline."""
    why = rules.said("why", why, _("Dites ce qui ne va toujours pas."))
    async with transaction(who):
        ticket = await queries.locked(who, number)
        who.must("ticket.open", school=ticket["school"])
        _check_version(ticket, version)
        rules.check_step(rules.REOPEN, State(ticket["state"]), number)
        asset = await _asset(who, ticket)
        if asset["state"] in asset_rules.OVER:
            raise Conflict(_("Cet appareil n'est plus en service."))
        opening = {"answer": "", "closed_at": None, "closed_by": None, "out_of_service": out_of_service}
        await _step(who, ticket, rules.REOPEN, opening, why=why)
        if out_of_service:
            await _take_out(who, asset, number)
        return await queries.one(who, number)


async def _triaged(who: Actor, number: str, version: int | None) -> Any:
    ticket = await queries.locked(who, number)
    who.must("ticket.triage", school=ticket["school"])
    _check_version(ticket, version)
    return ticket


def _check_version(ticket: Mapping[str, Any], version: int | None) -> None:
    if version is not None and version != ticket["version"]:
        raise Stale()


async def _asset(who: Actor, ticket: Mapping[str, Any]) -> Any:
    """The ticket's asset, locked. The right was asked on the ticket."""
    tag = await fetch_value("SELECT tag FROM asset WHERE id = $1", ticket["asset"])
    (asset,) = await asset_queries.locked(who, [tag], right="ticket.read")
    return asset


async def _take_out(who: Actor, asset: Mapping[str, Any], number: str) -> None:
    """Where the asset works, it stops; in any other state it counts for nothing already, and keeps that state."""
    if asset["state"] in asset_rules.WORKS:
        await assets.carry_out(who, asset, asset_rules.TAKE_OUT_OF_SERVICE, why=kept("Billet {number}", number=number))


async def _bring_back(who: Actor, asset: Mapping[str, Any], ticket: Mapping[str, Any]) -> None:
    if asset["state"] not in asset_rules.RETURN_TO_SERVICE.start:
        return
    if not await queries.held_by_another(ticket["asset"], ticket["id"]):
        why = kept("Billet {number}", number=ticket["number"])
        await assets.carry_out(who, asset, asset_rules.RETURN_TO_SERVICE, why=why)


async def _step(who: Actor, ticket: Mapping[str, Any], step: Step, new: Mapping[str, Any], *, why: str = "") -> None:
    rules.check_step(step, State(ticket["state"]), ticket["number"])
    await _write(who, ticket, step.what, {"state": step.to.value, **new}, why=why)


async def _write(who: Actor, ticket: Mapping[str, Any], what: str, new: Mapping[str, Any], *, why: str = "") -> None:
    """Write these columns (their names are ours) with the event of the change."""
    columns = ", ".join(f'"{name}" = ${place}' for place, name in enumerate(new, 2))
    await execute(f"UPDATE ticket SET {columns}, version = version + 1 WHERE id = $1", ticket["id"], *new.values())
    await record(
        who, what, kind="ticket", subject=ticket["number"], board=ticket["board"], school=ticket["school"],
        before={name: ticket[name] for name in new}, after=new, why=why,
    )  # fmt: skip
