from collections.abc import Awaitable, Callable

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from inventory.tickets import operations, queries
from inventory.tickets.rules import State
from inventory.tickets.schemas import (
    Closing,
    Hold,
    NewComment,
    NewTicket,
    OutOfService,
    Reopening,
    TicketLine,
    TicketOut,
)
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page

TRIAGE = [may("ticket.triage")]
Run = Callable[[], Awaitable[TicketOut]]


class TicketApi(Controller):
    path = "/tickets"
    tags = ["Tickets"]
    guards = [may("ticket.read")]

    @get(operation_id="listTickets")
    async def list_tickets(
        self,
        who: NamedDependency[Actor],
        school: FromQuery[str | None] = None,
        ticket_state: FromQuery[State | None] = None,
        everything: FromQuery[bool] = False,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[TicketLine]:
        """What is not closed, oldest first. With `everything` and a `school`: all that it ever opened, newest first."""
        if everything and school is not None:
            return await queries.of_school(who, school, limit=limit, after=after)
        return await queries.queue(who, school=school, state=ticket_state, limit=limit, after=after)

    @post(operation_id="openTicket", guards=[may("ticket.open")])
    async def open_ticket(
        self, who: NamedDependency[Actor], data: JSONBody[NewTicket], idempotency_key: IdempotencyKey = None
    ) -> Response[TicketOut]:
        """Report a problem with an asset; with `out_of_service` it counts for the floor no more."""

        async def run() -> TicketOut:
            return await operations.open_ticket(
                who,
                data.asset,
                subject=data.subject,
                description=data.description,
                out_of_service=data.out_of_service,
            )

        return await _act(who, idempotency_key, ("openTicket", data), run, status=201)

    @get("/{number:str}", operation_id="getTicket")
    async def get_ticket(self, who: NamedDependency[Actor], number: FromPath[str]) -> Response[TicketOut]:
        """A ticket with its conversation and timeline. The `ETag` is what `If-Match` wants."""
        return _versioned(await queries.one(who, number))

    @post("/{number:str}/take", operation_id="takeTicket", guards=TRIAGE, status_code=200)
    async def take(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[TicketOut]:
        """Answer for it oneself."""
        version = version_of(if_match)
        return await _act(
            who, idempotency_key, ("takeTicket", number), lambda: operations.take(who, number, version=version)
        )

    @post("/{number:str}/hold", operation_id="holdTicket", guards=TRIAGE, status_code=200)
    async def put_on_hold(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[Hold],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[TicketOut]:
        """Wait for something, until a day if one is known."""

        async def run() -> TicketOut:
            version = version_of(if_match)
            return await operations.put_on_hold(
                who, number, why=data.why, expected_on=data.expected_on, version=version
            )

        return await _act(who, idempotency_key, ("holdTicket", number, data), run)

    @post("/{number:str}/comments", operation_id="commentTicket", guards=[may("ticket.comment")])
    async def comment(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[NewComment],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[TicketOut]:
        """Add a line to the conversation; an `internal` one is the board's alone."""
        return await _act(
            who,
            idempotency_key,
            ("commentTicket", number, data),
            lambda: operations.comment(who, number, body=data.body, internal=data.internal),
            status=201,
        )

    @post("/{number:str}/out-of-service", operation_id="setTicketOutOfService", guards=TRIAGE, status_code=200)
    async def set_out_of_service(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[OutOfService],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[TicketOut]:
        """Say whether its asset can be used."""
        version = version_of(if_match)
        return await _act(
            who,
            idempotency_key,
            ("setTicketOutOfService", number, data),
            lambda: operations.set_out_of_service(who, number, data.out_of_service, version=version),
        )

    @post("/{number:str}/close", operation_id="closeTicket", guards=TRIAGE, status_code=200)
    async def close(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[Closing],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[TicketOut]:
        """Close it with an answer."""

        async def run() -> TicketOut:
            version = version_of(if_match)
            return await operations.close(
                who, number, answer=data.answer, returns_to_service=data.returns_to_service, version=version
            )

        return await _act(who, idempotency_key, ("closeTicket", number, data), run)

    @post("/{number:str}/reopen", operation_id="reopenTicket", guards=[may("ticket.open")], status_code=200)
    async def reopen(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[Reopening],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[TicketOut]:
        """The problem is back."""

        async def run() -> TicketOut:
            version = version_of(if_match)
            return await operations.reopen(
                who, number, why=data.why, out_of_service=data.out_of_service, version=version
            )

        return await _act(who, idempotency_key, ("reopenTicket", number, data), run)


async def _act(who: Actor, key: str | None, request: object, run: Run, *, status: int = 200) -> Response[TicketOut]:
    return _versioned(await once(who, key, request, run, TicketOut), status=status)


def _versioned(ticket: TicketOut, *, status: int = 200) -> Response[TicketOut]:
    return Response(ticket, status_code=status, headers={"ETag": f'"{ticket.version}"'})
