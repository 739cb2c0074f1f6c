from typing import Annotated

from litestar import Controller, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from allocations.projects import operations, queries
from allocations.projects.schemas import (
    Approve,
    CallIn,
    CallOut,
    NewProject,
    ProjectChange,
    ProjectOut,
    Refuse,
    Report,
)
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page

State = Annotated[
    str | None, QueryParameter(name="state", description="draft, submitted, approved, refused or reported.")
]
DECIDE = [may("project.decide")]
HAND_IN = [may("project.submit")]
WRITE = [may("project.write")]


class ProjectApi(Controller):
    path = "/projects"
    tags = ["Projects"]
    guards = [may(queries.RIGHT)]

    @get("/calls", operation_id="listProjectCalls")
    async def list_calls(self, who: NamedDependency[Actor], year: FromQuery[str | None] = None) -> list[CallOut]:
        """Calls for projects: the days on which they take proposals."""
        return await queries.calls(who, year=year)

    @put("/calls/{measure:str}/{year:str}", operation_id="putProjectCall", guards=[may("measure.write")])
    async def put_call(
        self,
        who: NamedDependency[Actor],
        measure: FromPath[str],
        year: FromPath[str],
        data: JSONBody[CallIn],
        if_match: IfMatch = None,
    ) -> CallOut:
        """Call for projects of a measure that is given on approval, or change the call's days."""
        return await operations.write_call(who, measure, year, data, version=version_of(if_match))

    @get(operation_id="listProjects")
    async def list_projects(
        self,
        who: NamedDependency[Actor],
        measure: FromQuery[str | None] = None,
        year: FromQuery[str | None] = None,
        board: FromQuery[str | None] = None,
        school: FromQuery[str | None] = None,
        of_state: State = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[ProjectOut]:
        """Projects by number. The ministry sees those that were handed in."""
        return await queries.listing(
            who, measure=measure, year=year, board=board, school=school, state=of_state, limit=limit, after=after
        )

    @get("/{number:str}", operation_id="getProject")
    async def get_project(self, who: NamedDependency[Actor], number: FromPath[str]) -> ProjectOut:
        """One project by its number."""
        return await queries.one(who, number)

    @post(operation_id="draftProject", guards=WRITE)
    async def draft(
        self, who: NamedDependency[Actor], data: JSONBody[NewProject], idempotency_key: IdempotencyKey = None
    ) -> ProjectOut:
        """Begin a proposal of a school, or of the caller's board."""
        return await once(who, idempotency_key, ("draftProject", data), lambda: operations.draft(who, data), ProjectOut)

    @patch("/{number:str}", operation_id="changeProject", guards=WRITE)
    async def change(
        self,
        who: NamedDependency[Actor],
        number: FromPath[str],
        data: JSONBody[ProjectChange],
        if_match: IfMatch = None,
    ) -> ProjectOut:
        """Write a draft anew."""
        return await operations.change(who, number, data, version=version_of(if_match))

    @post("/{number:str}/submit", operation_id="submitProject", guards=HAND_IN, status_code=200)
    async def submit(self, who: NamedDependency[Actor], number: FromPath[str], if_match: IfMatch = None) -> ProjectOut:
        """Hand a proposal in, while its call is open."""
        return await operations.submit(who, number, version=version_of(if_match))

    @post("/{number:str}/withdraw", operation_id="withdrawProject", guards=HAND_IN, status_code=200)
    async def withdraw(
        self, who: NamedDependency[Actor], number: FromPath[str], if_match: IfMatch = None
    ) -> ProjectOut:
        """Take back what is not decided yet."""
        return await operations.withdraw(who, number, version=version_of(if_match))

    @post("/{number:str}/approve", operation_id="approveProject", guards=DECIDE, status_code=200)
    async def approve(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Approve], if_match: IfMatch = None
    ) -> ProjectOut:
        """Give a project what it asks, or less; the money goes to its envelope at once."""
        return await operations.approve(
            who, number, cents=data.approved_cents, reason=data.reason, version=version_of(if_match)
        )

    @post("/{number:str}/refuse", operation_id="refuseProject", guards=DECIDE, status_code=200)
    async def refuse(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Refuse], if_match: IfMatch = None
    ) -> ProjectOut:
        """Say no, and why."""
        return await operations.refuse(who, number, reason=data.reason, version=version_of(if_match))

    @post("/{number:str}/report", operation_id="reportProject", guards=WRITE, status_code=200)
    async def report(
        self, who: NamedDependency[Actor], number: FromPath[str], data: JSONBody[Report], if_match: IfMatch = None
    ) -> ProjectOut:
        """Say what became of an approved project; written again, it replaces."""
        return await operations.report(who, number, data.report, version=version_of(if_match))
