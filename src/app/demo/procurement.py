"""Orders to one supplier that pass a threshold of the law together: the last one was given its reason, those before are told."""

from datetime import date, timedelta

from allocations.orders import operations as orders
from app.demo.loop import approved, on
from app.demo.people import acting
from kit.clock import standing_at

BASKETS = (
    ("990010", "Tablettes pour la première secondaire", "dix-tablettes-borne"),
    ("990011", "Tablettes pour la bibliothèque", "dix-tablettes-borne"),
    ("990005", "Îlot du troisième cycle", "ilot-six-tablettes"),
    ("990004", "Îlot du deuxième cycle", "ilot-six-tablettes"),
)


async def tell_watch(year: str, today: date) -> None:
    """Four baskets become one order that looks split from those of the month, with why it is not."""
    team, principal, buyer = await acting("equipe2"), await acting("direction2"), await acting("appro")
    with standing_at(on(today - timedelta(days=1))):
        baskets = [await approved(team, principal, school, year, title, (slug, 1)) for school, title, slug in BASKETS]
        reason = (
            "Besoins connus en cours d'année, chacun approuvé à part; l'appel d'offres de l'an prochain les regroupe."
        )
        await orders.build(buyer, selections=[basket.number for basket in baskets], reason=reason)
