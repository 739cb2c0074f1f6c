"""One's own account under /api/v1. A token is shown once, so that answer is never kept for a repeat."""

from uuid import UUID

from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import structs

from directory.me import queries as own
from directory.me.queries import OwnData
from directory.people import operations, queries
from directory.people.schemas import MeIn, MeOut, SessionOut, SessionsEnded, TokenIn, TokenMade, TokenOut
from kit.actor import Actor
from kit.http import signed_in


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

    @get("/data", operation_id="getMyData")
    async def data(self, who: NamedDependency[Actor]) -> OwnData:
        """All that the service keeps of oneself, but secrets."""
        return await own.own_data(who)

    @get("/sessions", operation_id="listMySessions")
    async def sessions(self, who: NamedDependency[Actor]) -> list[SessionOut]:
        """The browsers where one is signed in."""
        return await own.sessions(who)

    @post("/sessions/end", operation_id="endMySessions", status_code=200)
    async def end_sessions(self, who: NamedDependency[Actor]) -> SessionsEnded:
        """Sign out of all browsers at once."""
        return SessionsEnded(ended=await operations.end_other_sessions(who))

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
