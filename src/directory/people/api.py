"""People and roles under /api/v1."""

from uuid import UUID

from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from directory.people import operations, queries
from directory.people.schemas import DaysIn, GrantIn, PersonOut, RoleOut
from kit.actor import Actor
from kit.events import EventOut
from kit.http import After, may, signed_in
from kit.paging import DEFAULT_LIMIT, Page


class PeopleApi(Controller):
    """The accounts of one's own board, or of the province. One is added by an invitation."""

    path = "/people"
    tags = ["People"]

    @get(operation_id="listPeople", guards=[may("person.read")])
    async def people(
        self,
        who: NamedDependency[Actor],
        q: FromQuery[str] = "",
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[PersonOut]:
        """People by name; `q` is a part of a name or address."""
        return await queries.people(who, q=q, after=after, limit=limit)

    @get("/{email:str}", operation_id="getPerson", guards=[may("person.read")])
    async def person(self, who: NamedDependency[Actor], email: FromPath[str]) -> PersonOut:
        """One person of one's board, with the roles that they hold there."""
        return await queries.person(who, email)

    @post("/{email:str}/roles", operation_id="grantRole", guards=[may("person.write")])
    async def grant(self, who: NamedDependency[Actor], email: FromPath[str], data: JSONBody[GrantIn]) -> PersonOut:
        """Give somebody of one's board a role there."""
        return await operations.grant_role(who, email, data)

    @post(
        "/{email:str}/roles/{grant:uuid}/revoke",
        operation_id="revokeRole",
        guards=[may("person.write")],
        status_code=200,
    )
    async def revoke(self, who: NamedDependency[Actor], email: FromPath[str], grant: FromPath[UUID]) -> PersonOut:
        """Take a role back, at once. Whose last one it was is not seen any more."""
        return await operations.revoke_role(who, email, grant)

    @patch(
        "/{email:str}/roles/{grant:uuid}",
        operation_id="changeRoleDays",
        guards=[may("person.write")],
    )
    async def change_days(
        self, who: NamedDependency[Actor], email: FromPath[str], grant: FromPath[UUID], data: JSONBody[DaysIn]
    ) -> PersonOut:
        """Say from when and until when a role is held; a replacement ends by itself."""
        return await operations.change_days(who, email, grant, data)

    @post("/{email:str}/deactivate", operation_id="deactivatePerson", guards=[may("person.write")], status_code=200)
    async def deactivate(self, who: NamedDependency[Actor], email: FromPath[str]) -> PersonOut:
        """Close somebody's access in one's board at once: roles, sessions, tokens."""
        return await operations.deactivate(who, email)

    @post("/{email:str}/reactivate", operation_id="reactivatePerson", guards=[may("person.write")], status_code=200)
    async def reactivate(self, who: NamedDependency[Actor], email: FromPath[str]) -> PersonOut:
        """Open an access that was closed less than 30 days ago, with the roles that it had."""
        return await operations.reactivate(who, email)

    @get("/{email:str}/history", operation_id="getPersonHistory", guards=[may("person.read")])
    async def history(self, who: NamedDependency[Actor], email: FromPath[str]) -> list[EventOut]:
        """What happened to somebody's access in one's board, newest first."""
        return await queries.history(who, email)


@get("/roles", operation_id="listRoles", tags=["People"], guards=[signed_in])
async def roles(who: NamedDependency[Actor]) -> list[RoleOut]:
    """The roles that there are, and where each is held."""
    return await queries.roles(who)
