"""The list of purchase orders, and the same to take away."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Template

from allocations.orders import counts, exports, queries, words
from allocations.orders.rules import WORDS, State
from allocations.years.pages import banner
from kit.actor import Actor
from kit.errors import Invalid
from kit.http import After, AnyRequest, FormatQuery, StateQuery, may
from kit.i18n import _
from kit.pages import page
from kit.paging import DEFAULT_LIMIT


class OrderListPages(Controller):
    path = "/orders"
    guards = [may("order.read")]

    @get()
    async def orders(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        state_: StateQuery = "",
        late: FromQuery[bool] = False,
        year: FromQuery[str] = "",
        q: FromQuery[str] = "",
        after: After = None,
    ) -> Template:
        found = await queries.list_orders(
            who, state=_state(state_), late=late, year=year or None, text=q, limit=DEFAULT_LIMIT, after=after
        )
        closed = await banner(who, year) if year else None
        waiting = (await counts.to_order(who)).n if who.may("order.write") else 0
        return page(
            request,
            "orders/list.html",
            title=_("Bons de commande"),
            orders=found.items,
            following=found.next,
            after=after,
            asked={"q": q, "state": state_, "late": "true" if late else "", "year": year},
            closed=closed,
            states=[(state.value, _(WORDS[state])) for state in State],
            waiting=waiting,
            may_write=who.may("order.write") and closed is None,
            words=words,
            tones=words.TONES,
        )

    @get("/export")
    async def export(
        self,
        who: NamedDependency[Actor],
        state_: StateQuery = "",
        late: FromQuery[bool] = False,
        year: FromQuery[str] = "",
        q: FromQuery[str] = "",
        sort: FormatQuery = "csv",
    ) -> Response[bytes]:
        """The whole of what the filters hold, to take away as CSV or XLSX."""
        return await exports.orders(who, sort, state=_state(state_), late=late, year=year or None, text=q)


def _state(text: str) -> State | None:
    try:
        return State(text) if text else None
    except ValueError:
        raise Invalid({"state": _("« {text} » n'est pas un état de bon de commande.").format(text=text[:40])}) from None
