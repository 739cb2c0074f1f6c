"""`/search`: one field for all that one may see. An exact code opens its record; else what was found, by sort."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect, Template

from allocations.orders import queries as orders
from allocations.orders.rules import WORDS as ORDER_WORDS
from allocations.orders.words import TONES as ORDER_TONES
from allocations.selections import queries as selections
from directory.boards import queries as boards
from directory.buildings import queries as buildings
from directory.schools import queries as schools
from inventory.assets import queries as assets
from inventory.assets.words import TONES, state_word
from inventory.tickets import queries as tickets
from kit.actor import Actor
from kit.errors import Forbidden, NotFound
from kit.http import signed_in
from kit.i18n import _
from kit.pages import page, redirect

SHOWN = 10
Open = Callable[[Actor, str], Awaitable[object]]
# What begins a human number → the right to read such a record, how to find one, and where it is.
_NUMBERED: dict[str, tuple[str, Open, str]] = {
    "BC-": ("order.read", orders.one, "/orders/"),
    "B-": ("ticket.read", tickets.one, "/tickets/"),
    "P-": ("selection.read", selections.one, "/selections/"),
}


@get("/search", guards=[signed_in])
async def search(
    request: Request[Any, Any, Any], who: NamedDependency[Actor], q: FromQuery[str] = ""
) -> Template | Redirect:
    """Schools, buildings, orders and assets by words; tickets and baskets by their number; only what is in scope."""
    text = " ".join(q.replace("\0", "").split())
    if text and (address := await _exact(who, text)):
        return redirect(address)
    found: dict[str, Any] = {"schools": [], "buildings": [], "boards": [], "assets": [], "orders": []}
    more: set[str] = set()
    if text:
        if who.may("network.read"):
            for name, look in (("schools", schools.search), ("boards", boards.search), ("buildings", buildings.search)):
                listed = await look(who, text=text, limit=SHOWN)
                found[name] = listed.items
                if listed.next:
                    more.add(name)
        if who.may("order.read"):
            bought = await orders.list_orders(who, text=text, limit=SHOWN, after=None)
            found["orders"] = bought.items
            if bought.next:
                more.add("orders")
        if who.may("asset.read"):
            devices = await assets.search(who, text=text, limit=SHOWN)
            found["assets"] = devices.items
            if devices.next:
                more.add("assets")
    return page(
        request,
        "search.html",
        title=_("Recherche"),
        answer=_("« {text} »").format(text=text) if text else None,
        text=text,
        more=more,
        nothing=bool(text) and not any(found.values()),
        tones=TONES,
        state_word=state_word,
        order_tones=ORDER_TONES,
        order_words={state: _(word) for state, word in ORDER_WORDS.items()},
        **found,
    )


async def _exact(who: Actor, text: str) -> str | None:
    """The address of the one record that bears this code; None where none does, or several sorts do."""
    code = text.upper()
    for start, (right, one, path) in _NUMBERED.items():
        if code.startswith(start) and who.may(right) and await _exists(one, who, code):
            return f"{path}{code}"
    found = [await _of_the_network(who, code)] if code.isascii() and code.isdigit() else []
    if who.may("order.read"):  # a board's own numbers have any form, that of a school's code too
        found += [f"/orders/{number}" for number in await orders.numbered(who, text)]
    if named := [address for address in found if address]:
        return named[0] if len(named) == 1 else None
    if who.may("asset.read"):
        listed = (await assets.search(who, text=text, limit=2)).items
        if len(listed) == 1 and code in (listed[0].tag, listed[0].label_code, (listed[0].serial or "").upper()):
            return f"/assets/{listed[0].tag}"
    return None


async def _of_the_network(who: Actor, code: str) -> str | None:
    """A school, a board (`711` too) or a building: codes look alike, so two of them are a choice."""
    if not who.may("network.read"):
        return None
    kinds: list[tuple[Open, str]] = [
        (schools.one, "/schools/"),
        (boards.one, "/boards/"),
        (buildings.one, "/buildings/"),
    ]
    found = [f"{path}{code}" for one, path in kinds if await _exists(one, who, code)]
    return found[0] if len(found) == 1 else None


async def _exists(one: Open, who: Actor, code: str) -> bool:
    try:
        await one(who, code)
    except (NotFound, Forbidden):
        return False
    return True
