from collections.abc import Awaitable, Callable
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from allocations.approvals.schemas import QueueCounts
from allocations.selections import decisions, operations, queries, queues, reading
from allocations.selections.rules import BOARD_COMPOSES, State
from allocations.selections.schemas import (
    LineChange,
    NewLine,
    NewSelection,
    PriceOut,
    QueueRow,
    SelectionOut,
    SelectionRow,
    Why,
)
from kit.actor import Actor
from kit.events import EventOut
from kit.http import After, IdempotencyKey, IfMatch, may, may_any, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page

COMPOSE = [may_any("selection.compose", BOARD_COMPOSES)]  # the operation knows whose envelope it is
SUBMIT = [may_any("selection.submit", BOARD_COMPOSES)]
APPROVE = [may("selection.approve")]


class SelectionApi(Controller):
    """Every change wants `If-Match` with the version read; the `ETag` of each answer is the next one."""

    path = "/selections"
    tags = ["Selections"]
    guards = [may("selection.read")]

    @get(operation_id="listSelections")
    async def list_selections(
        self,
        who: NamedDependency[Actor],
        school: FromQuery[str | None] = None,
        year: FromQuery[str | None] = None,
        selection_state: FromQuery[State | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[SelectionRow]:
        """Selections (« paniers ») of a school, or of all in sight, newest first."""
        return await queries.of_school(who, school=school, year=year, state=selection_state, limit=limit, after=after)

    @get("/queue", operation_id="listSelectionsToApprove", guards=APPROVE)
    async def list_queue(
        self, who: NamedDependency[Actor], limit: FromQuery[int] = DEFAULT_LIMIT, after: After = None
    ) -> Page[QueueRow]:
        """What waits for the caller's decision, oldest first; never what they had a hand in."""
        return await queues.queue(who, limit=limit, after=after)

    @get("/queue/counts", operation_id="countSelectionsToApprove", guards=APPROVE)
    async def count_queue(self, who: NamedDependency[Actor]) -> QueueCounts:
        """How much waits on the caller's decision, since when, and what waits on a step that nobody can decide."""
        return await queues.counts(who)

    @post(operation_id="draftSelection", guards=COMPOSE)
    async def draft(
        self, who: NamedDependency[Actor], data: JSONBody[NewSelection], idempotency_key: IdempotencyKey = None
    ) -> Response[SelectionOut]:
        """Begin an empty basket on a school's envelope."""
        return _versioned(await _once(who, idempotency_key, ("draft", data), lambda: operations.draft(who, data)))

    @get("/{number:str}", operation_id="getSelection")
    async def get_selection(self, who: NamedDependency[Actor], number: FromPath[str]) -> Response[SelectionOut]:
        """A basket, its lines, its decisions, and what the caller may do to it."""
        return _versioned(await queries.one(who, number))

    @get("/{number:str}/price", operation_id="priceSelection")
    async def get_price(self, who: NamedDependency[Actor], number: FromPath[str]) -> PriceOut:
        """Cost before tax, each tax, each rebate, net; room left in the envelope; effect on the floor; what stops it."""
        return await reading.price(who, number)

    @get("/{number:str}/timeline", operation_id="getSelectionTimeline")
    async def get_timeline(self, who: NamedDependency[Actor], number: FromPath[str]) -> list[EventOut]:
        """Who did what to a basket, newest first."""
        return await queries.history(who, number)

    @post("/{number:str}/lines", operation_id="putSelectionLine", guards=COMPOSE, status_code=200)
    async def put_line(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[NewLine],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[SelectionOut]:
        """Add a bundle or a product; the same thing for the same place and use is added to its line."""

        async def run() -> SelectionOut:
            return await operations.put_line(who, number, data, version=version_of(if_match))

        return _versioned(await _once(who, idempotency_key, ("putLine", number, data, if_match), run))

    @patch("/{number:str}/lines/{line:uuid}", operation_id="changeSelectionLine", guards=COMPOSE)
    async def change_line(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        line: FromPath[UUID],
        data: JSONBody[LineChange],
        if_match: IfMatch = None,
    ) -> Response[SelectionOut]:
        """Change the quantity, building or use of a line."""
        return _versioned(await operations.change_line(who, number, line, data, version=version_of(if_match)))

    @delete("/{number:str}/lines/{line:uuid}", operation_id="removeSelectionLine", guards=COMPOSE, status_code=200)
    async def remove_line(
        self, who: NamedDependency[Actor], number: FromPath[str], line: FromPath[UUID], if_match: IfMatch = None
    ) -> Response[SelectionOut]:
        """Take a line out of a draft."""
        return _versioned(await operations.remove_line(who, number, line, version=version_of(if_match)))

    @post("/{number:str}/submit", operation_id="submitSelection", guards=SUBMIT, status_code=200)
    async def submit(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        seen_cents: FromQuery[int | None] = None,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[SelectionOut]:
        """Reserve the cost on the envelope and hand the basket on for approval.

        With `seen_cents` (`charged_cents` of the price that was read), only at that cost.
        """

        async def run() -> SelectionOut:
            return await decisions.submit(who, number, version=version_of(if_match), seen_cents=seen_cents)

        return _versioned(await _once(who, idempotency_key, ("submit", number, if_match, seen_cents), run))

    @post("/{number:str}/approve", operation_id="approveSelection", guards=APPROVE, status_code=200)
    async def approve(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[Why],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[SelectionOut]:
        """Say yes to the version that was read; never one's own basket. `said`: whether that decided, or the next step does."""

        async def run() -> SelectionOut:
            return await decisions.approve(who, number, version=version_of(if_match), reason=data.reason)

        return _versioned(await _once(who, idempotency_key, ("approve", number, data, if_match), run))

    @post("/{number:str}/refuse", operation_id="refuseSelection", guards=APPROVE, status_code=200)
    async def refuse(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[Why],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[SelectionOut]:
        """Say no, with a reason; what was reserved is free again."""

        async def run() -> SelectionOut:
            return await decisions.refuse(who, number, version=version_of(if_match), reason=data.reason)

        return _versioned(await _once(who, idempotency_key, ("refuse", number, data, if_match), run))

    @post("/{number:str}/ask-change", operation_id="askSelectionChange", guards=APPROVE, status_code=200)
    async def ask_change(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[Why],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[SelectionOut]:
        """Ask the team for a change or a precision, with a reason; what was reserved is free until they submit again."""

        async def run() -> SelectionOut:
            return await decisions.ask_change(who, number, version=version_of(if_match), reason=data.reason)

        return _versioned(await _once(who, idempotency_key, ("askChange", number, data, if_match), run))

    @post("/{number:str}/withdraw", operation_id="withdrawSelection", guards=SUBMIT, status_code=200)
    async def withdraw(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[SelectionOut]:
        """Take a basket back before it is ordered; what was reserved is free again and approvals fall."""

        async def run() -> SelectionOut:
            return await decisions.withdraw(who, number, version=version_of(if_match))

        return _versioned(await _once(who, idempotency_key, ("withdraw", number, if_match), run))

    @post("/{number:str}/resume", operation_id="resumeSelection", guards=COMPOSE, status_code=200)
    async def resume(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[SelectionOut]:
        """Open a refused or withdrawn basket for correction."""

        async def run() -> SelectionOut:
            return await decisions.resume(who, number, version=version_of(if_match))

        return _versioned(await _once(who, idempotency_key, ("resume", number, if_match), run))


async def _once(
    who: Actor, key: str | None, request: object, run: Callable[[], Awaitable[SelectionOut]]
) -> SelectionOut:
    return await once(who, key, request, run, SelectionOut)


def _versioned(selection: SelectionOut) -> Response[SelectionOut]:
    return Response(selection, headers={"ETag": f'"{selection.version}"'})
