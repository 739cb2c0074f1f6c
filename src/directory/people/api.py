"""People, roles and tokens under /api/v1. Passwords and tokens are shown once, so these answers are never kept for a repeat."""

from uuid import UUID

from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import structs

from directory.people import operations, passwords, queries
from directory.people.schemas import (
    GrantIn,
    MeIn,
    MeOut,
    PersonAdded,
    PersonIn,
    PersonOut,
    RoleOut,
    TokenIn,
    TokenMade,
    TokenOut,
)
from kit.actor import Actor
from kit.http import After, may, signed_in
from kit.paging import DEFAULT_LIMIT, Page


class MeApi(Controller):
    """The person whom the token acts for."""

    path = "/me"
    tags = ["Me"]
    guards = [signed_in]

    @get(operation_id="getMe")
    async def me(self, who: NamedDependency[Actor]) -> MeOut:
        """Who asks, for whom, with which rights."""
        return queries.me(who)

    @patch(operation_id="changeMe")
    async def change(self, who: NamedDependency[Actor], data: JSONBody[MeIn]) -> MeOut:
        """Change one's language or colours; the next request speaks them."""
        await operations.prefer(who, language=data.language, theme=data.theme)
        changed = {name: value for name in ("language", "theme") if (value := getattr(data, name)) is not None}
        return structs.replace(queries.me(who), **changed)

    @get("/tokens", operation_id="listMyTokens")
    async def tokens(self, who: NamedDependency[Actor]) -> list[TokenOut]:
        """One's own tokens, newest first; never the tokens themselves."""
        return await operations.list_tokens(who)

    @post("/tokens", operation_id="createMyToken")
    async def create_token(self, who: NamedDependency[Actor], data: JSONBody[TokenIn]) -> TokenMade:
        """Make a token no wider and no longer than the one that asks. It is shown this once."""
        token, details = await operations.create_token(
            who,
            email=who.email,
            name=data.name,
            scopes=data.scopes,
            days=data.days,
            board=data.board,
            school=data.school,
        )
        return TokenMade(token=token, details=details)

    @post("/tokens/{token:uuid}/revoke", operation_id="revokeMyToken", status_code=200)
    async def revoke_token(self, who: NamedDependency[Actor], token: FromPath[UUID]) -> TokenOut:
        """End one of one's own tokens at once."""
        return await operations.revoke_token(who, token)


class PeopleApi(Controller):
    """The accounts of one's own board."""

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

    @post(operation_id="addPerson", guards=[may("person.write")])
    async def add(self, who: NamedDependency[Actor], data: JSONBody[PersonIn]) -> PersonAdded:
        """Make an account with its roles. Without a password, one is made and shown this once."""
        chosen = data.password if data.password is not None else passwords.new_password()
        person = await operations.add_person(
            who, email=data.email, name=data.name, language=data.language, grants=data.grants, password=chosen
        )
        return PersonAdded(person=person, password=chosen if data.password is None else None)

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
        """Take a role back, at once."""
        return await operations.revoke_role(who, email, grant)

    @post("/{email:str}/deactivate", operation_id="deactivatePerson", guards=[may("person.write")], status_code=200)
    async def deactivate(self, who: NamedDependency[Actor], email: FromPath[str]) -> PersonOut:
        """Close somebody's access in one's board at once: roles, sessions, tokens."""
        return await operations.deactivate(who, email)


@get("/roles", operation_id="listRoles", tags=["People"], guards=[signed_in])
async def roles(who: NamedDependency[Actor]) -> list[RoleOut]:
    """The roles that there are, and where each is held."""
    return await queries.roles(who)
