from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter

from allocations.choosing import queries
from allocations.choosing.schemas import BundleFit, Card, FitsOut
from catalog.bundles.schemas import BundleOut
from kit.actor import Actor
from kit.http import may
from kit.i18n import current_language

Several = FromQuery[Annotated[int, Parameter(ge=1, le=10_000)]]


class FitApi(Controller):
    path = "/schools/{school:str}/fits"
    tags = ["Choosing"]
    guards = [may("envelope.read")]

    @get(operation_id="listFits")
    async def list_fits(
        self,
        who: NamedDependency[Actor],
        school: FromPath[str],
        measure: FromQuery[str | None] = None,
        category: FromQuery[str | None] = None,
        quantity: Several = 1,
    ) -> FitsOut:
        """Whether so many of each bundle fit beside the basket in hand, what to take out so that they do, and what they do to
        the floor; the same of the whole basket. On the envelope of a measure, else that of the newest draft, else the first."""
        offer = await queries.offer(who, school, category=category, measure=measure, quantity=quantity)
        envelope = offer.envelope
        return FitsOut(
            school=offer.school,
            year=offer.year,
            measure=envelope.measure if envelope else None,
            tax_basis=envelope.tax_basis if envelope else None,
            free_cents=envelope.figures.free if envelope else None,
            draft=offer.draft.number if offer.draft else None,
            fit=offer.fit,
            floor=offer.floor,
            bundles=[_fit(card, quantity) for card in offer.cards],
        )


def _fit(card: Card, quantity: int) -> BundleFit:
    return BundleFit(
        bundle=card.bundle.slug,
        edition=card.bundle.edition,
        name=_name(card.bundle),
        quantity=quantity,
        charged_cents=card.charged_cents,
        fit=card.fit,
        room=card.room,
        floor=card.floor,
        units={category: each * quantity for category, each in card.bundle.units.items()},
        refusal=card.refusal,
    )


def _name(bundle: BundleOut) -> str:
    return bundle.name_en if bundle.name_en and current_language() == "en" else bundle.name
