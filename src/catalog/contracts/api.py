from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from catalog.contracts import operations, queries
from catalog.contracts.schemas import ContractChange, ContractOut, NewContract
from catalog.suppliers.schemas import Closing
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page


class ContractApi(Controller):
    path = "/contracts"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]  # who may write depends on whose contract it is: the operation says

    @get(operation_id="listContracts")
    async def list_contracts(
        self,
        who: NamedDependency[Actor],
        supplier: FromQuery[str | None] = None,
        kind: FromQuery[str | None] = None,
        ended: FromQuery[bool] = False,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[ContractOut]:
        """Contracts, expiring first: of a supplier, or mandatory for a product kind; ended or closed ones only when asked for."""
        return await queries.search(who, supplier=supplier, kind=kind, ended=ended, limit=limit, after=after)

    @get("/{code:str}", operation_id="getContract")
    async def get_contract(self, who: NamedDependency[Actor], code: FromPath[str]) -> Response[ContractOut]:
        """A contract. The `ETag` is what `If-Match` wants."""
        return _versioned(await queries.one(who, code))

    @post(operation_id="addContract")
    async def add_contract(
        self, who: NamedDependency[Actor], data: JSONBody[NewContract], idempotency_key: IdempotencyKey = None
    ) -> ContractOut:
        """Add a contract: shared by the ministry, a board's own by its purchasing."""

        async def run() -> ContractOut:
            return await operations.add(who, data)

        return await once(who, idempotency_key, ("addContract", data), run, ContractOut)

    @patch("/{code:str}", operation_id="changeContract")
    async def change_contract(
        self,
        who: NamedDependency[Actor],
        code: FromPath[str],
        data: JSONBody[ContractChange],
        if_match: IfMatch = None,
    ) -> Response[ContractOut]:
        """Change a contract; what is absent stays."""
        return _versioned(await operations.change(who, code, data, version=version_of(if_match)))

    @post("/{code:str}/close", operation_id="closeContract", status_code=200)
    async def close_contract(
        self, who: NamedDependency[Actor], code: FromPath[str], data: JSONBody[Closing], if_match: IfMatch = None
    ) -> Response[ContractOut]:
        """End a contract before its day: its prices no longer serve."""
        return _versioned(await operations.close(who, code, data, version=version_of(if_match)))


def _versioned(found: ContractOut) -> Response[ContractOut]:
    return Response(found, headers={"ETag": f'"{found.version}"'})
