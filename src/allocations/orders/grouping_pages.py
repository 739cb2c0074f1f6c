"""Grouping approved baskets into orders: tick, look at what it makes, make it."""

from datetime import date

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from allocations.orders import operations, words
from allocations.orders.aside import Aside
from allocations.orders.grouping import baskets
from allocations.orders.previewing import preview as plan_of
from allocations.orders.schemas import OrderOut
from allocations.orders.waiting import preview
from kit.actor import Actor
from kit.errors import Invalid, Refused
from kit.forms import errors_of, read_form
from kit.http import AnyRequest, may
from kit.i18n import _, n_, number
from kit.idempotency import once
from kit.ids import new_id
from kit.pages import page, redirect

Typed = dict[str, str]


class Wanted(msgspec.Struct):
    """By when the goods are wanted, and what is written where the preview asks; the form may leave all of it empty."""

    requested_on: date | None = None
    justification: str = ""
    reason: str = ""


class GroupingPages(Controller):
    path = "/orders/build"
    guards = [may("order.read"), may("order.write")]

    @get()
    async def grouping(self, request: AnyRequest, who: NamedDependency[Actor]) -> Template:
        """All that waits is ticked at first."""
        return await _build(request, who, chosen=None, typed={})

    @post()
    async def build(self, request: AnyRequest, who: NamedDependency[Actor]) -> Template | Redirect:
        """What was previewed is made; what was ticked otherwise since is previewed again first."""
        form = await request.form()
        typed: Typed = {key: value for key, value in form.items() if isinstance(value, str)}
        chosen = [value for value in form.getall("selection", []) if isinstance(value, str)]
        if typed.get("do") != "create" or (chosen and sorted(chosen) != sorted(typed.get("seen", "").split())):
            return await _build(request, who, chosen=chosen, typed=typed)
        try:
            if not chosen:
                raise Invalid({"selection": _("Cochez au moins un panier à commander.")})
            wanted = read_form(typed, Wanted)
            made = await once(
                who,
                typed.get("idempotency_key") or None,
                ("/orders/build", chosen, wanted),
                lambda: operations.build(who, selections=chosen, **msgspec.structs.asdict(wanted)),
                list[OrderOut],
            )
        except Refused as refused:
            return await _build(request, who, chosen=chosen, typed=typed, refused=refused)
        said = n_(
            "{n} bon de commande créé. Vérifiez-le, puis envoyez-le au fournisseur.",
            "{n} bons de commande créés. Vérifiez-les, puis envoyez-les aux fournisseurs.",
            len(made),
        ).format(n=number(len(made)))
        return redirect(f"/orders/{made[0].number}" if len(made) == 1 else "/orders?state=draft", flash=said)


async def _build(
    request: AnyRequest, who: Actor, *, chosen: list[str] | None, typed: Typed, refused: Refused | None = None
) -> Template:
    """`chosen` None: everything. A basket that somebody else has ordered meanwhile is no longer offered."""
    waiting = await preview(who)
    items = waiting.items
    if (
        waiting.next
    ):  # the last basket may go on in what is not shown: it is ordered whole, so it waits for the next time
        items = [item for item in items if item.selection != items[-1].selection]
    rows = baskets(items)
    ticked = {row.number for row in rows if chosen is None or row.number in chosen}
    plan = await plan_of(who, selections=sorted(ticked), justified=bool(typed.get("justification", "").strip()))
    return page(
        request,
        "orders/build.html",
        title=_("Regrouper les paniers"),
        breadcrumb=[(_("Bons de commande"), "/orders"), (_("Regrouper les paniers"), "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        rows=rows,
        others=waiting.selections - len(rows),
        ticked=ticked,
        plan=plan,
        outside=Aside.outside_contract,
        again=typed.get("do") == "create" and refused is None,
        typed=typed,
        words=words,
        idempotency_key=new_id(),
    )
