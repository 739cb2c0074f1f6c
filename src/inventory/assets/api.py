from collections.abc import Awaitable, Callable

from litestar import Controller, Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from inventory.assets import operations, queries
from inventory.assets.rules import State
from inventory.assets.schemas import AssetChange, AssetFile, AssetOut, MaybeWhy, NewAsset, Place, Tags, Why
from kit.actor import Actor
from kit.http import After, IdempotencyKey, IfMatch, may, version_of
from kit.idempotency import once
from kit.paging import DEFAULT_LIMIT, Page

WRITE = [may("asset.write")]
Run = Callable[[], Awaitable[AssetOut]]


class AssetApi(Controller):
    path = "/assets"
    tags = ["Assets"]
    guards = [may("asset.read")]

    @get(operation_id="listAssets")
    async def list_assets(
        self,
        who: NamedDependency[Actor],
        q: FromQuery[str] = "",
        school: FromQuery[str | None] = None,
        asset_state: FromQuery[State | None] = None,
        category: FromQuery[str | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[AssetOut]:
        """Assets by tag. `q`: an exact tag, serial or label code, else fragments (accents ignored) of what describes them."""
        return await queries.search(
            who, text=q, school=school, state=asset_state, category=category, limit=limit, after=after
        )

    @post(operation_id="addAsset", guards=WRITE)
    async def add_asset(
        self, who: NamedDependency[Actor], data: JSONBody[NewAsset], idempotency_key: IdempotencyKey = None
    ) -> AssetOut:
        """Enter one asset by hand; it gets the board's next tag."""
        return await once(who, idempotency_key, ("addAsset", data), lambda: operations.add_asset(who, data), AssetOut)

    @post("/into-service", operation_id="putAssetsIntoService", guards=WRITE, status_code=200)
    async def put_into_service(
        self, who: NamedDependency[Actor], data: JSONBody[Tags], idempotency_key: IdempotencyKey = None
    ) -> list[AssetOut]:
        """Put received assets into service together, or none of them."""

        async def run() -> list[AssetOut]:
            return await operations.put_into_service(who, data.tags, room=data.room)

        return await once(who, idempotency_key, ("putAssetsIntoService", data), run, list[AssetOut])

    @get("/{tag:str}", operation_id="getAsset")
    async def get_asset(self, who: NamedDependency[Actor], tag: FromPath[str]) -> Response[AssetFile]:
        """An asset, why it counts for the floor or not, its open tickets, its timeline. The `ETag` is what `If-Match` wants."""
        file = await queries.one(who, tag)
        return Response(file, headers={"ETag": f'"{file.asset.version}"'})

    @patch("/{tag:str}", operation_id="changeAsset", guards=WRITE)
    async def change_asset(
        self, who: NamedDependency[Actor], tag: FromPath[str], data: JSONBody[AssetChange], if_match: IfMatch = None
    ) -> Response[AssetOut]:
        """Correct what describes an asset; what is left out stays. Not its state, owner, place or money."""
        return _versioned(await operations.change(who, tag, data, version=version_of(if_match)))

    @put("/{tag:str}/place", operation_id="moveAsset", guards=WRITE)
    async def move_asset(
        self, who: NamedDependency[Actor], tag: FromPath[str], data: JSONBody[Place], if_match: IfMatch = None
    ) -> Response[AssetOut]:
        """Say in which building of its school and in which room an asset is."""
        return _versioned(
            await operations.move(who, tag, building=data.building, room=data.room, version=version_of(if_match))
        )

    @post("/{tag:str}/out-of-service", operation_id="takeAssetOutOfService", guards=WRITE, status_code=200)
    async def take_out_of_service(
        self,
        who: NamedDependency[Actor],
        tag: FromPath[str],
        data: JSONBody[Why],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[AssetOut]:
        """It does not work: it counts for the floor no more until it returns."""
        version = version_of(if_match)
        return await _act(
            who,
            idempotency_key,
            ("takeAssetOutOfService", tag, data),
            lambda: operations.take_out_of_service(who, tag, why=data.why, version=version),
        )

    @post("/{tag:str}/return-to-service", operation_id="returnAssetToService", guards=WRITE, status_code=200)
    async def return_to_service(
        self,
        who: NamedDependency[Actor],
        tag: FromPath[str],
        data: JSONBody[MaybeWhy],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[AssetOut]:
        """It works again, or is back from repair."""
        version = version_of(if_match)
        return await _act(
            who,
            idempotency_key,
            ("returnAssetToService", tag, data),
            lambda: operations.return_to_service(who, tag, why=data.why, version=version),
        )

    @post("/{tag:str}/repair", operation_id="sendAssetToRepair", guards=WRITE, status_code=200)
    async def send_to_repair(
        self,
        who: NamedDependency[Actor],
        tag: FromPath[str],
        data: JSONBody[Why],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[AssetOut]:
        """It is at a repairer's."""
        version = version_of(if_match)
        return await _act(
            who,
            idempotency_key,
            ("sendAssetToRepair", tag, data),
            lambda: operations.send_to_repair(who, tag, why=data.why, version=version),
        )

    @post("/{tag:str}/lost", operation_id="reportAssetLost", guards=WRITE, status_code=200)
    async def report_lost(
        self,
        who: NamedDependency[Actor],
        tag: FromPath[str],
        data: JSONBody[Why],
        stolen: FromQuery[bool] = False,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[AssetOut]:
        """Nobody finds it, or with `stolen` it was taken. The reason says the day, who declares it, and the file number."""
        version = version_of(if_match)
        return await _act(
            who,
            idempotency_key,
            ("reportAssetLost", tag, stolen, data),
            lambda: operations.report_lost(who, tag, why=data.why, stolen=stolen, version=version),
        )

    @post("/{tag:str}/found", operation_id="reportAssetFound", guards=WRITE, status_code=200)
    async def report_found(
        self,
        who: NamedDependency[Actor],
        tag: FromPath[str],
        data: JSONBody[MaybeWhy],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[AssetOut]:
        """It is back: out of service until somebody has looked at it."""
        version = version_of(if_match)
        return await _act(
            who,
            idempotency_key,
            ("reportAssetFound", tag, data),
            lambda: operations.report_found(who, tag, why=data.why, version=version),
        )

    @post("/{tag:str}/retirement", operation_id="retireAsset", guards=WRITE, status_code=200)
    async def retire(
        self,
        who: NamedDependency[Actor],
        tag: FromPath[str],
        data: JSONBody[Why],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[AssetOut]:
        """Write it off, for good."""
        version = version_of(if_match)
        return await _act(
            who,
            idempotency_key,
            ("retireAsset", tag, data),
            lambda: operations.retire(who, tag, why=data.why, version=version),
        )


async def _act(who: Actor, key: str | None, request: object, run: Run) -> Response[AssetOut]:
    return _versioned(await once(who, key, request, run, AssetOut))


def _versioned(asset: AssetOut) -> Response[AssetOut]:
    return Response(asset, headers={"ETag": f'"{asset.version}"'})
