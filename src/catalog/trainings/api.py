from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from catalog.trainings import queries
from catalog.trainings.schemas import TrainingOut
from kit.actor import Actor
from kit.http import After, may
from kit.paging import DEFAULT_LIMIT, Page


class TrainingApi(Controller):
    path = "/trainings"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]

    @get(operation_id="listTrainings")
    async def list_trainings(
        self,
        who: NamedDependency[Actor],
        category: FromQuery[str | None] = None,
        limit: FromQuery[int] = DEFAULT_LIMIT,
        after: After = None,
    ) -> Page[TrainingOut]:
        """Self-trainings and accompaniments, of one category or of all."""
        return await queries.search(who, category=category, limit=limit, after=after)
