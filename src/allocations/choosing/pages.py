"""The catalogue: what can be bought and, for a school, what fits its envelope and what it does to its floor."""

from typing import Any

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from allocations.choosing import operations, queries
from allocations.choosing.schemas import Card, Offer
from allocations.selections.schemas import NewLine, SelectionOut
from catalog.bundles import queries as bundles
from catalog.categories.queries import all_open
from catalog.products import queries as products
from directory.schools import queries as schools
from kit.actor import Actor, Scope
from kit.errors import Forbidden, NotFound, Refused
from kit.forms import errors_of, read_form
from kit.http import AnyRequest, Form, may
from kit.i18n import _, current_language
from kit.idempotency import once
from kit.ids import new_id
from kit.pages import page, redirect


class CataloguePages(Controller):
    path = "/catalogue"
    guards = [may("catalogue.read")]

    @get()
    async def catalogue(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        school: FromQuery[str] = "",
        category: FromQuery[str] = "",
        measure: FromQuery[str] = "",
    ) -> Template:
        chosen = school or _only_school(who)
        offer = await queries.offer(who, chosen, category=category or None, measure=measure or None) if chosen else None
        plain = [] if offer else await bundles.list_bundles(who, category=category or None)
        return page(
            request,
            "choosing/catalogue.html",
            title=_("Catalogue"),
            school_name=_named(offer),
            breadcrumb=_crumbs(offer, _("Catalogue")),
            **await _around(who, offer, measure),
            cards=offer.cards if offer else [Card(bundle, None, [], "") for bundle in plain],
            categories=[(found.code, _name(found)) for found in await all_open(who)],
            asked={"school": school, "category": category, "measure": measure},
            schools=(await schools.search(who, closed=False)).items if who.scope is Scope.school and not chosen else [],
        )

    @get("/bundles/{slug:str}")
    async def bundle(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        slug: FromPath[str],
        school: FromQuery[str] = "",
        measure: FromQuery[str] = "",
    ) -> Template:
        return await _bundle(request, who, slug, school or _only_school(who), measure)

    @get("/products/{code:str}")
    async def product(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        code: FromPath[str],
        school: FromQuery[str] = "",
        measure: FromQuery[str] = "",
    ) -> Template:
        return await _product(request, who, code, school or _only_school(who), measure)

    @post("/add", guards=[may("selection.compose")])
    async def add(self, request: AnyRequest, who: NamedDependency[Actor], data: Form) -> Template | Redirect:
        """Into the basket in hand, or a new one; what is refused is said on the page of the thing."""
        school, measure, year = (data.get(name, "") for name in ("school", "measure", "year"))
        try:
            line = read_form(data, NewLine)
            basket = await once(
                who,
                data.get("idempotency_key") or None,
                ("/catalogue/add", school, measure, year, line),
                lambda: operations.add(who, school, measure=measure, year=year, line=line),
                SelectionOut,
            )
        except (NotFound, Forbidden):
            raise
        except Refused as refused:
            return await _refused(request, who, data, refused)
        name = next((kept.name for kept in basket.lines if _same(kept, line)), "")
        sentence = _("« {name} » est dans le panier {number}.").format(name=name, number=basket.number)
        return redirect(f"/selections/{basket.number}", flash=sentence)


async def _refused(request: AnyRequest, who: Actor, data: dict[str, str], refused: Refused) -> Template:
    school, measure = data.get("school", ""), data.get("measure", "")
    try:
        if slug := data.get("bundle"):
            return await _bundle(request, who, slug, school, measure, refused=refused, typed=data)
        if code := data.get("product"):
            return await _product(request, who, code, school, measure, refused=refused, typed=data)
    except NotFound:  # the thing itself is what is wrong
        pass
    raise refused


async def _bundle(
    request: AnyRequest,
    who: Actor,
    slug: str,
    school: str,
    measure: str,
    *,
    refused: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> Template:
    offer = await queries.offer_of_bundle(who, school, slug, measure=measure or None) if school else None
    card = offer.cards[0] if offer else Card(await bundles.one(who, slug), None, [], "")
    name = _name(card.bundle)
    return page(
        request,
        "choosing/bundle.html",
        title=name,
        school_name=_named(offer),
        breadcrumb=_crumbs(offer, name, inside=True),
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        **await _around(who, offer, measure),
        card=card,
        category=await _category(who, card.bundle.category),
        typed=typed or {},
    )


async def _product(
    request: AnyRequest,
    who: Actor,
    code: str,
    school: str,
    measure: str,
    *,
    refused: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> Template:
    found = await products.one(who, code)
    offer = await queries.offer_to(who, school, measure=measure or None) if school else None
    name = _name(found.product)
    return page(
        request,
        "choosing/product.html",
        title=name,
        school_name=_named(offer),
        breadcrumb=_crumbs(offer, name, inside=True),
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        **await _around(who, offer, measure),
        found=found,
        product=found.product,
        bundles=await bundles.names_of(who, found.bundles),
        category=await _category(who, found.product.category),
        typed=typed or {},
    )


async def _around(who: Actor, offer: Offer | None, measure: str) -> dict[str, Any]:
    """What the three pages share: the school's offer, whether its reader may choose, a key for their form."""
    return {
        "offer": offer,
        "may_compose": offer is not None and who.may("selection.compose", school=offer.school),
        "idempotency_key": new_id(),
        "named": _name,
        "with_school": {"school": offer.school if offer else "", "measure": measure},
    }


async def _category(who: Actor, code: str) -> str:
    return next((_name(kept) for kept in await all_open(who) if kept.code == code), code)


def _crumbs(offer: Offer | None, last: str, *, inside: bool = False) -> list[tuple[str, str]]:
    found = [(_named(offer) or "", f"/schools/{offer.school}")] if offer else []
    if inside:
        found.append((_("Catalogue"), f"/catalogue?school={offer.school}" if offer else "/catalogue"))
    return [*found, (last, "")] if found else []


def _named(offer: Offer | None) -> str | None:
    return f"{offer.school_name} ({offer.school})" if offer else None


def _only_school(who: Actor) -> str:
    return who.schools[0] if who.scope is Scope.school and len(who.schools) == 1 else ""


def _name(thing: Any) -> str:
    """The name of a bundle, a product or a training in the reader's language."""
    return str(thing.name_en if thing.name_en and current_language() == "en" else thing.name)


def _same(kept: Any, line: NewLine) -> bool:
    return bool(kept.bundle == line.bundle and kept.product == line.product)
