"""What a scanned label says to anyone, and the sheet of labels that one may print."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from inventory.assets import queries as assets
from inventory.assets.rules import State
from inventory.labels import operations, queries, rules
from inventory.labels.schemas import LabelOrder
from kit.actor import Actor
from kit.errors import Forbidden, NotFound, Refused
from kit.forms import errors_of, read_form
from kit.http import AnyRequest, Form, actor, may
from kit.i18n import _
from kit.ids import new_id
from kit.pages import page, redirect


@get(["/l/{code:str}", "/L/{code:str}"], opt={"public": "whoever scans a label learns model, tag and school, no more"})
async def label(request: AnyRequest, code: FromPath[str]) -> Template | Redirect:
    """The device that bears this label. Capitals are what the printed code holds."""
    try:
        found = await assets.by_label_code(code)
    except NotFound as unknown:
        return page(
            request,
            "labels/unknown.html",
            title=_("Cet appareil"),
            answer=unknown.detail,
            status=404,
        )
    if (who := actor(request)) is not None:
        try:
            await assets.by_tags(who, [found.tag])
            return redirect(f"/assets/{found.tag}")
        except (NotFound, Forbidden):
            pass  # another's device: what anyone may know of it
    return page(request, "labels/public.html", title=_("Cet appareil"), label=found)


class LabelPages(Controller):
    """The sheet of labels: which devices, on which paper, from which label on."""

    path = "/labels"
    guards = [may("label.print")]

    @get()
    async def choose(self, request: AnyRequest, who: NamedDependency[Actor], tags: FromQuery[str] = "") -> Template:
        return await _sheet_form(request, who, typed={"tags": tags})

    @post(status_code=200)
    async def print_sheet(
        self, request: AnyRequest, who: NamedDependency[Actor], data: Form
    ) -> Template | Response[bytes]:
        try:
            order = read_form({key: text for key, text in data.items() if key != "tags"}, Sheet)
            tags = _tags(data.get("tags", ""))
            content = await operations.sheet(
                who,
                tags,
                start_at=order.start_at,
                stock=order.stock,
                offset_mm=(order.offset_right_mm, order.offset_down_mm),
            )
        except NotFound:
            raise
        except Refused as refused:
            return await _sheet_form(request, who, typed=data, refused=refused)
        return Response(
            content,
            media_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="etiquettes-{tags[0]}.pdf"'},
        )


class Sheet(LabelOrder, kw_only=True):
    """The fields of the form; its devices are one text of tags."""

    tags: list[str] = []


def _tags(text: str) -> list[str]:
    """Tags typed one after another, by commas, spaces or lines; each once."""
    return list(dict.fromkeys(text.replace(",", " ").replace(";", " ").upper().split()))


async def _sheet_form(
    request: AnyRequest, who: Actor, *, typed: dict[str, str], refused: Refused | None = None
) -> Template:
    tags = _tags(typed.get("tags", ""))
    devices = await assets.by_tags(who, tags) if tags else []
    return page(
        request,
        "labels/sheet.html",
        title=_("Étiquettes"),
        breadcrumb=[(_("Biens"), "/assets"), (_("Étiquettes"), "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        devices=devices,
        received=[
            one.tag for one in devices if one.state is State.received and who.may("asset.write", school=one.school)
        ],
        papers=[(paper.code, paper.name) for paper in queries.papers()],
        typed={"stock": rules.DEFAULT_STOCK, "start_at": "1"} | typed,
        idempotency_key=new_id(),
    )
