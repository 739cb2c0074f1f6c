from datetime import date

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from catalog.bundles import queries
from catalog.bundles.schemas import BundleOut
from kit.actor import Actor
from kit.http import After, may
from kit.paging import DEFAULT_LIMIT, Page


class BundleApi(Controller):
    path = "/bundles"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]

    @get(operation_id="listBundles")
    async def list_bundles(
        self,
        who: NamedDependency[Actor],
        category: FromQuery[str | None] = None,
        level: FromQuery[str | None] = None,
        on_day: FromQuery[date | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[BundleOut]:
        """Open bundles by name, priced on a day (today): lines, trainings, cost before tax and net of rebates."""
        return await queries.search(who, category=category, level=level, on_day=on_day, limit=limit, after=after)

    @get("/{slug:str}", operation_id="getBundle")
    async def get_bundle(
        self, who: NamedDependency[Actor], slug: FromPath[str], on_day: FromQuery[date | None] = None
    ) -> BundleOut:
        """A bundle, priced on a day (today)."""
        return await queries.one(who, slug, on_day=on_day)
