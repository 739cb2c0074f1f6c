from litestar import Controller, get
from litestar.di import NamedDependency

from catalog.categories import queries
from catalog.categories.schemas import CategoryOut
from kit.actor import Actor
from kit.http import may


class CategoryApi(Controller):
    path = "/categories"
    tags = ["Catalogue"]
    guards = [may("catalogue.read")]

    @get(operation_id="listCategories")
    async def list_categories(self, who: NamedDependency[Actor]) -> list[CategoryOut]:
        """Categories of equipment, in order."""
        return await queries.all_open(who)
