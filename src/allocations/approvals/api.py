from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from allocations.approvals import operations, queries
from allocations.approvals.schemas import DelegationOut, Ending, NewDelegation
from kit.actor import Actor
from kit.http import IdempotencyKey, may
from kit.idempotency import once

WRITE = [may("delegation.write")]


class DelegationApi(Controller):
    """Who of a board decides on what, up to which amount."""

    path = "/delegations"
    tags = ["Approvals"]
    guards = [may("selection.read")]

    @get(operation_id="listDelegations")
    async def list_delegations(self, who: NamedDependency[Actor]) -> list[DelegationOut]:
        """The delegations of the caller's board, in force or over. None: whoever may approve decides."""
        return await queries.listing(who)

    @post(operation_id="delegateApprovals", guards=WRITE)
    async def delegate(
        self, who: NamedDependency[Actor], data: JSONBody[NewDelegation], idempotency_key: IdempotencyKey = None
    ) -> DelegationOut:
        """Say who decides on a kind of purchase from a day on; the one in force ends the day before."""
        return await once(
            who, idempotency_key, ("delegate", data), lambda: operations.delegate(who, data), DelegationOut
        )

    @post("/{delegation:uuid}/end", operation_id="endDelegation", guards=WRITE, status_code=200)
    async def end(
        self, who: NamedDependency[Actor], delegation: FromPath[UUID], data: JSONBody[Ending]
    ) -> DelegationOut:
        """End a delegation on a day, or now."""
        return await operations.end(who, delegation, data)
