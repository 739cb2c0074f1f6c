from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from allocations.reallocations import operations, pools, queries
from allocations.reallocations.schemas import GiveBack, NewReallocation, PoolChange, PoolOut, ReallocationOut
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page


class ReallocationApi(Controller):
    path = "/reallocations"
    tags = ["Envelopes"]
    guards = [may(queries.RIGHT)]

    @get(operation_id="listReallocations")
    async def list_reallocations(
        self,
        who: NamedDependency[Actor],
        board: FromQuery[str | None] = None,
        school: FromQuery[str | None] = None,
        year: FromQuery[str | None] = None,
        kind: FromQuery[str | None] = None,
        outstanding: FromQuery[bool] = False,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[ReallocationOut]:
        """Transfers and loans between envelopes, newest first; a school sees those of its own. `outstanding`: loans not given back."""
        return await queries.listing(
            who, board=board, school=school, year=year, kind=kind, outstanding=outstanding, limit=limit, after=after
        )

    @get("/{number:str}", operation_id="getReallocation")
    async def get_reallocation(self, who: NamedDependency[Actor], number: FromPath[str]) -> ReallocationOut:
        """One transfer or loan by its number, such as `V-711-2026-0007`."""
        return await queries.one(who, number)

    @post("/transfer", operation_id="transferBetweenEnvelopes", guards=[may(operations.RIGHT)])
    async def transfer(
        self, who: NamedDependency[Actor], data: JSONBody[NewReallocation], key: IdempotencyKey = None
    ) -> ReallocationOut:
        """Give cents of one envelope to another of the same board, measure and year, for good."""
        return await once(who, key, ("transfer", data), lambda: operations.transfer(who, data), ReallocationOut)

    @post("/lend", operation_id="lendBetweenEnvelopes", guards=[may(operations.RIGHT)])
    async def lend(
        self, who: NamedDependency[Actor], data: JSONBody[NewReallocation], key: IdempotencyKey = None
    ) -> ReallocationOut:
        """Lend cents of one envelope to another; both sides see the loan, and it can be given back."""
        return await once(who, key, ("lend", data), lambda: operations.lend(who, data), ReallocationOut)

    @post("/{number:str}/give-back", operation_id="giveBackLoan", guards=[may(operations.RIGHT)], status_code=200)
    async def give_back(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[GiveBack],
        if_match: IfMatch = None,
        key: IdempotencyKey = None,
    ) -> ReallocationOut:
        """Give a loan back to its lender, whole or in part."""
        return await once(
            who, key, ("give back", number, data),
            lambda: operations.give_back(who, number, data, version=version_of(if_match)), ReallocationOut,
        )  # fmt: skip


class PoolApi(Controller):
    path = "/pools"
    tags = ["Envelopes"]
    guards = [may(queries.RIGHT)]

    @get(operation_id="listPools")
    async def list_pools(self, who: NamedDependency[Actor], year: FromQuery[str | None] = None) -> list[PoolOut]:
        """What a board's school envelopes hold together, by measure and year, and whether they are shared. Not for schools."""
        return await queries.pools(who, year=year)

    @put("/{board:str}/{measure:str}/{year:str}", operation_id="sharePool", guards=[may(operations.RIGHT)])
    async def share(
        self,
        who: NamedDependency[Actor],
        board: FromPath[str],
        measure: FromPath[str],
        year: FromPath[str],
        data: JSONBody[PoolChange],
        if_match: IfMatch = None,
    ) -> PoolOut:
        """Share the envelopes of a measure and year among a board's schools: a submission that lacks money borrows it."""
        return await pools.share(who, board, measure, year, data, version=version_of(if_match))
