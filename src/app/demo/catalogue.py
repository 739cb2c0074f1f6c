"""Contracts of every kind, a board's own supplier, a feed whose readings were decided on; none of it changes what baskets cost."""

from datetime import date, timedelta

from app.demo.people import acting
from catalog.contracts import operations as contracts
from catalog.contracts.schemas import NewContract
from catalog.feeds import operations as feeds
from catalog.feeds.fetching import Fetched
from catalog.feeds.reading import take
from catalog.feeds.schemas import NewFeed
from catalog.fees import operations as fees
from catalog.fees.schemas import NewEcoFee
from catalog.products import operations as products
from catalog.products.schemas import NewPrice
from catalog.suppliers import operations as suppliers
from catalog.suppliers.schemas import NewSupplier, SupplierChange
from kit.actor import Actor
from kit.clock import school_year, school_year_bounds

SUPPLIER = "parc-mobile"
FEED = "parc-mobile-prix"


async def shared(ministry: Actor, day: date) -> None:
    """What the ministry keeps for all: contracts of many boards, écofrais to come, a feed."""
    begun, ends = school_year_bounds(school_year(day))
    change = SupplierChange(orders_by="feed", language="en")
    await suppliers.change(ministry, "robots-boreal", change, version=None)
    for code, kind, until in (("ex-groupe-1", "group", ends), ("ex-appel-1", "call_off", ends + timedelta(days=365))):
        new = NewContract(
            code=code, number=f"EX-{code[3:].upper()}", name="Contrat d'exemple", kind=kind, supplier=SUPPLIER,  # type: ignore[arg-type]
            from_day=begun, until_day=until, binds_all=True, options="Une année", options_until=until + timedelta(days=365),
            mandatory_kinds=["serveur"] if kind == "group" else [],
        )  # fmt: skip
        await contracts.add(ministry, new)
    fee = NewEcoFee(
        category="flotte-appareils", kind="ordinateur portable", before_tax_cents=80, from_day=day + timedelta(days=60),
        source="Barème d'exemple",
    )  # fmt: skip
    await fees.add(ministry, fee)
    await _feed(ministry)


async def _feed(ministry: Actor) -> None:
    """Readings of a feed, as if its server had answered: one approved, one rejected, one replaced, one that waits."""
    mapping = {"product": "Article", "before_tax": "Prix", "minimum": "Quantité"}
    address = "https://prix.parc-mobile.example/liste.csv"
    await feeds.add(ministry, NewFeed(code=FEED, supplier=SUPPLIER, address=address, mapping=mapping))
    for number, price in enumerate(("310,00", "309,00", "308,00", "307,00"), 1):
        await take(ministry, FEED, Fetched(f"Article;Prix;Quantité\nchromebook;{price};500\n".encode()))
        if number == 1:
            await feeds.approve(ministry, FEED, number)
        if number == 2:
            await feeds.reject(ministry, FEED, number, "Prix d'essai du fournisseur")


async def own(day: date) -> None:
    """What a board keeps for itself: a supplier with a portal, a local agreement and a direct award, a price of its own."""
    buyer = await acting("appro")
    begun, ends = school_year_bounds(school_year(day))
    supplier = NewSupplier(
        code="990-ebenisterie", name="Ébénisterie des Rives (fournisseur fictif)", orders_by="portal",
        portal_address="https://ebenisterie.example/commandes", municipality_name="Rive-Claire",
    )  # fmt: skip
    await suppliers.add(buyer, supplier)
    for code, kind in (("990-entente", "local"), ("990-gre-a-gre", "direct")):
        new = NewContract(
            code=code, number=f"EX-{code.upper()}", name="Contrat d'exemple", kind=kind, supplier="990-ebenisterie",  # type: ignore[arg-type]
            from_day=begun, until_day=ends,
        )  # fmt: skip
        await contracts.add(buyer, new)
    price = NewPrice(
        supplier="990-ebenisterie", contract="990-entente", minimum=500, before_tax_cents=300_00, from_day=begun,
        seen_on=begun, source="Entente d'exemple",
    )  # fmt: skip
    await products.add_price(buyer, "chromebook", price)
