"""Invitations under /api/v1: sent by an administration; accepted by the person whose account it is."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from directory.invitations import accepting, operations, queries
from directory.invitations.schemas import InvitationIn, InvitationOut, LinkIn
from directory.people.schemas import OfferedRole
from kit.actor import Actor
from kit.http import AnyRequest, client_address, may, signed_in


class InvitationApi(Controller):
    """Invitations of one's own board, or of the province."""

    path = "/invitations"
    tags = ["People"]

    @get(operation_id="listInvitations", guards=[may("person.read")])
    async def invitations(self, who: NamedDependency[Actor]) -> list[InvitationOut]:
        """Invitations that nobody has accepted or withdrawn, the oldest first."""
        return await queries.pending(who)

    @post(operation_id="invitePerson", guards=[may("person.write")])
    async def invite(self, who: NamedDependency[Actor], data: JSONBody[InvitationIn]) -> InvitationOut:
        """Offer roles to an address, by mail. The answer is the same whether or not the address has an account elsewhere."""
        return await operations.invite(who, email=data.email, grants=data.grants, language=data.language)

    @get("/{invitation:uuid}", operation_id="getInvitation", guards=[may("person.read")])
    async def invitation(self, who: NamedDependency[Actor], invitation: FromPath[UUID]) -> InvitationOut:
        """How an invitation stands."""
        return await queries.one(who, invitation)

    @post("/{invitation:uuid}/resend", operation_id="resendInvitation", guards=[may("person.write")], status_code=200)
    async def resend(self, who: NamedDependency[Actor], invitation: FromPath[UUID]) -> InvitationOut:
        """Send a new link, which replaces the one before."""
        return await operations.resend(who, invitation)

    @post(
        "/{invitation:uuid}/withdraw", operation_id="withdrawInvitation", guards=[may("person.write")], status_code=200
    )
    async def withdraw(self, who: NamedDependency[Actor], invitation: FromPath[UUID]) -> InvitationOut:
        """Take an invitation back: its link is over at once."""
        return await operations.withdraw(who, invitation)


@post("/me/invitations", operation_id="acceptInvitation", tags=["Me"], guards=[signed_in], status_code=200)
async def accept(request: AnyRequest, who: NamedDependency[Actor], data: JSONBody[LinkIn]) -> list[OfferedRole]:
    """Accept with one's own account what a mailed link offers; the roles that were given."""
    return await accepting.accept(who, data.token, address=client_address(request))
