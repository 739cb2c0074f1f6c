from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from inventory.labels import operations, queries
from inventory.labels.schemas import LabelOrder, StockOut
from kit.actor import Actor
from kit.http import may


class LabelApi(Controller):
    path = "/labels"
    tags = ["Labels"]
    guards = [may("label.print")]

    @get("/stocks", operation_id="listLabelStocks")
    async def list_stocks(self, who: NamedDependency[Actor]) -> list[StockOut]:
        """The papers that labels can be printed on."""
        return queries.papers()

    @post(operation_id="printLabels", status_code=200, media_type="application/pdf")
    async def print_labels(self, who: NamedDependency[Actor], data: JSONBody[LabelOrder]) -> Response[bytes]:
        """The label sheet of these devices, as a PDF to print at 100 %."""
        content = await operations.sheet(
            who,
            data.tags,
            start_at=data.start_at,
            stock=data.stock,
            offset_mm=(data.offset_right_mm, data.offset_down_mm),
        )
        name = f"etiquettes-{data.tags[0]}.pdf"
        return Response(
            content,
            media_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )
