from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from inventory.floor import flags, operations, queries
from inventory.floor.schemas import FlagOut, ListedSchool, Note, SchoolFloor, StandardOut
from kit.actor import Actor
from kit.http import After, IdempotencyKey, may
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page

# Litestar keeps the name `state` for itself.
State = Annotated[str | None, QueryParameter(name="state", description="open, told, acknowledged or closed.")]


class FloorApi(Controller):
    path = "/floor"
    tags = ["Floor"]
    guards = [may("floor.read")]

    @get("/standard", operation_id="getFloorStandard")
    async def standard(self, who: NamedDependency[Actor]) -> StandardOut:
        """The floor standard in force today, with its rules."""
        return await queries.standard(who)

    @get("/schools", operation_id="listFloorSchools")
    async def schools(
        self,
        who: NamedDependency[Actor],
        board: FromQuery[str | None] = None,
        region: FromQuery[str | None] = None,
        status: FromQuery[str | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[ListedSchool]:
        """Schools as the last scan found them, by board and name, with the reason."""
        return await queries.list_schools(who, board=board, region=region, status=status, limit=limit, after=after)

    @get("/schools/{code:str}", operation_id="getFloorSchool")
    async def school(self, who: NamedDependency[Actor], code: FromPath[str]) -> SchoolFloor:
        """How a school stands now, rule by rule, in figures and in a sentence."""
        return await queries.floor_of_school(who, code)


class FlagApi(Controller):
    path = "/flags"
    tags = ["Floor"]
    guards = [may("flag.read")]

    @get(operation_id="listFlags")
    async def list_flags(
        self,
        who: NamedDependency[Actor],
        board: FromQuery[str | None] = None,
        school: FromQuery[str | None] = None,
        state_: State = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[FlagOut]:
        """Flags, the oldest first: those that are not closed, or those of one state."""
        return await flags.list_flags(who, board=board, school=school, state=state_, limit=limit, after=after)

    @post("/{flag:uuid}/acknowledge", operation_id="acknowledgeFlag", guards=[may("flag.acknowledge")], status_code=200)
    async def acknowledge(
        self,
        who: NamedDependency[Actor],
        flag: FromPath[UUID],
        data: JSONBody[Note],
        idempotency_key: IdempotencyKey = None,
    ) -> FlagOut:
        """Take charge of a flag; the note says by whom, what, for when."""
        return await once(
            who,
            idempotency_key,
            ("acknowledgeFlag", flag, data),
            lambda: operations.acknowledge(who, flag, data.note),
            FlagOut,
        )
