"""Receiving an order by list or scan, with a look before it counts; a receipt, its labels, its devices put into service."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from allocations.orders import queries as orders
from allocations.orders.documents import by_place
from allocations.orders.rules import SENT, NotSent
from allocations.orders.schemas import OrderFile
from allocations.receipts import operations, queries, words
from allocations.receipts.forms import read_receipt, receipt_errors, serials_of
from allocations.receipts.schemas import ReceiptOut, Receive
from inventory.assets import queries as assets
from inventory.assets.rules import State as AssetState
from inventory.assets.schemas import AssetOut
from inventory.assets.words import TONES, state_word
from inventory.labels import queries as labels
from inventory.labels import rules as label_rules
from inventory.labels.schemas import MOST_LABELS
from kit.actor import Actor
from kit.clock import today
from kit.errors import NotFound, Refused
from kit.forms import errors_of
from kit.http import AnyRequest, Form, may
from kit.i18n import _
from kit.idempotency import once
from kit.ids import new_id
from kit.pages import page, redirect

Typed = dict[str, str]
RECEIVE = [may("receipt.write")]
# Fields of the form that say nothing of what was received.
_OURS = frozenset({"_csrf_token", "do", "idempotency_key"})


class ReceiptPages(Controller):
    guards = [may("order.read")]

    @get("/orders/{number:str}/receive", guards=RECEIVE)
    async def form(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        number: FromPath[str],
        everything: FromQuery[bool] = False,
    ) -> Template:
        """`everything`: the quantities that are awaited are filled in."""
        file = await orders.one(who, number)
        typed = {"received_on": today().isoformat()}
        if everything:
            typed |= {f"quantity-{line.position}": str(line.outstanding) for line in file.lines if line.outstanding}
        return _form(request, file, typed=typed)

    @post("/orders/{number:str}/receive", guards=RECEIVE)
    async def receive(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Template | Redirect:
        """`do`: preview (what it would do; nothing is kept), edit (the form again), receive (once for each key)."""
        file = await orders.one(who, number)
        if data.get("do") == "edit":
            return _form(request, file, typed=data)
        try:
            new = read_receipt(data, file.lines)
            if data.get("do") != "receive":
                return _preview(request, file, data, new, await operations.rehearse(who, number, new))
            receipt = await once(
                who,
                data.get("idempotency_key") or None,
                ("/orders/receive", number, new),
                lambda: operations.receive(who, number, new),
                ReceiptOut,
            )
        except NotFound:
            raise
        except Refused as refused:
            return _form(request, await orders.one(who, number), typed=data, refused=refused)
        said = _("Réception {number} inscrite.").format(number=receipt.number)
        return redirect(f"/receipts/{receipt.number}", flash=said)

    @get("/receipts/{number:str}")
    async def receipt(self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str]) -> Template:
        return await _receipt(request, who, number)

    @post("/receipts/{number:str}/into-service", guards=[may("asset.write")])
    async def into_service(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Template | Redirect:
        """All devices of the receipt that are still only received."""
        try:
            moved = await once(
                who,
                data.get("idempotency_key") or None,
                ("/receipts/into-service", number),
                lambda: operations.put_into_service(who, number),
                list[AssetOut],
            )
        except NotFound:
            raise
        except Refused as refused:
            return await _receipt(request, who, number, refused=refused)
        return redirect(f"/receipts/{number}", flash=words.in_service_words(len(moved)))


def _form(request: AnyRequest, file: OrderFile, *, typed: Typed, refused: Refused | None = None) -> Template:
    """What is complete is told too: that is where a device too many shows."""
    order = file.order
    if order.state not in SENT:
        raise NotSent(number=order.number)
    return page(
        request,
        "receipts/receive.html",
        title=_("Réception de {number}").format(number=order.number),
        answer=words.awaited_words(order.outstanding, order.units),
        breadcrumb=_crumbs(order.number, _("Réception")),
        errors=receipt_errors(refused),
        status=refused.status if refused else 200,
        order=order,
        places=by_place(file.lines),
        typed=typed,
        serials_of=serials_of,
        words=words,
    )


def _preview(request: AnyRequest, file: OrderFile, typed: Typed, new: Receive, receipt: ReceiptOut) -> Template:
    """The key is made here: what is corrected and looked at again is another receipt, a second click on one look is not."""
    by_position = {line.position: line for line in file.lines}
    return page(
        request,
        "receipts/preview.html",
        title=_("Réception de {number}").format(number=file.order.number),
        answer=words.coming_words(receipt),
        breadcrumb=_crumbs(file.order.number, _("Réception")),
        order=file.order,
        new=new,
        lines=[(by_position[line.position], line) for line in new.lines],
        received_on=new.received_on or today(),
        typed={name: text for name, text in typed.items() if name not in _OURS},
        idempotency_key=new_id(),
    )


async def _receipt(request: AnyRequest, who: Actor, number: str, *, refused: Refused | None = None) -> Template:
    receipt = await queries.one(who, number)
    tags = words.tags_of(receipt)
    devices = await assets.by_tags(who, tags) if tags and who.may("asset.read") else []
    return page(
        request,
        "receipts/one.html",
        title=_("Bon de réception {number}").format(number=number),
        answer=words.made_words(receipt),
        breadcrumb=_crumbs(receipt.order, number),
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        receipt=receipt,
        devices={device.tag: device for device in devices},
        waiting=sum(device.state is AssetState.received for device in devices),
        # A sheet takes so many: a larger receipt is printed in as many goes.
        sheets=[tags[start : start + MOST_LABELS] for start in range(0, len(tags), MOST_LABELS)],
        papers=[(paper.code, paper.name) for paper in labels.papers()],
        paper=label_rules.DEFAULT_STOCK,
        may_print=who.may("label.print") and receipt.undone_at is None,
        may_serve=who.may("asset.write"),
        may_receive=receipt.outstanding > 0 and who.may("receipt.write"),
        tones=TONES,
        state_word=state_word,
        words=words,
        idempotency_key=new_id(),
    )


def _crumbs(order: str, last: str) -> list[tuple[str, str]]:
    return [(_("Bons de commande"), "/orders"), (order, f"/orders/{order}"), (last, "")]
