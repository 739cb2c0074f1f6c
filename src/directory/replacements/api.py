from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from directory.replacements import operations, queries
from directory.replacements.schemas import NewReplacement, ReplacementOut
from kit.actor import Actor
from kit.http import IdempotencyKey, may_any
from kit.idempotency import once


class ReplacementApi(Controller):
    """Who decides for whom while somebody is away: whoever approves names their own deputy, the administration anybody's."""

    path = "/replacements"
    tags = ["People"]
    guards = [may_any("selection.approve", "delegation.write")]

    @get(operation_id="listReplacements")
    async def list_replacements(self, who: NamedDependency[Actor]) -> list[ReplacementOut]:
        """The replacements of the board, the latest first."""
        return await queries.listing(who)

    @post(operation_id="nameReplacement")
    async def name(
        self, who: NamedDependency[Actor], data: JSONBody[NewReplacement], idempotency_key: IdempotencyKey = None
    ) -> ReplacementOut:
        """Name who decides for oneself, or (as the administration) for somebody of the board, between two days."""
        return await once(
            who, idempotency_key, ("nameReplacement", data), lambda: operations.name(who, data), ReplacementOut
        )

    @post("/{replacement:uuid}/end", operation_id="endReplacement", status_code=200)
    async def end(self, who: NamedDependency[Actor], replacement: FromPath[UUID]) -> ReplacementOut:
        """End a replacement now."""
        return await operations.end(who, replacement)
