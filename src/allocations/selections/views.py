"""A basket on a page: what its template needs, whichever form has brought the reader there."""

from collections.abc import Mapping

from litestar.response import Template

from allocations.selections import following, queries, reading
from allocations.selections.rules import State, Verb
from allocations.selections.schemas import SelectionOut
from allocations.selections.words import STEP_OF, STEPS, TONES, answer, decision_chip, history, state_word
from allocations.years.pages import banner
from catalog.bundles.queries import trainings_of
from directory.schools.queries import places_of
from kit.actor import Actor
from kit.database import transaction
from kit.errors import Refused
from kit.forms import errors_of
from kit.http import AnyRequest
from kit.i18n import _
from kit.ids import new_id
from kit.pages import page

Typed = Mapping[str, str]


async def show_basket(
    request: AnyRequest, who: Actor, number: str, *, typed: Typed | None = None, refused: Refused | None = None
) -> Template:
    """The page of a basket; with `refused`, as the form that failed left it."""
    async with transaction(who):
        basket = await queries.one(who, number)
        price = await reading.price(who, number)
        envelope = await queries.envelope_of(who, basket.envelope)
        closed = await banner(who, basket.year)
        trainings = await trainings_of(who, [line.bundle for line in basket.lines if line.bundle])
        places = await places_of(who, basket.school)
        events = await queries.history(who, number)
        ordered = basket.state == State.ordered
        orders = await following.orders_of(who, number) if ordered else []
    return page(
        request,
        "selections/basket.html",
        title=_("Panier {number}").format(number=number),
        school_name=f"{basket.school_name} ({basket.school})",
        answer=following.words_of(orders) if orders else answer(basket, by_board=decided_by_board(basket, who)),
        breadcrumb=[
            (f"{basket.school_name} ({basket.school})", f"/schools/{basket.school}"),
            (_("Paniers"), f"/selections?school={basket.school}"),
            (number, ""),
        ],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        basket=basket,
        price=price,
        costs={cost.line: cost for cost in price.lines},
        envelope=envelope,
        trainings=trainings,
        buildings=[(place.code, place.name) for place in places],
        typed=typed or {},
        state_word=state_word(basket.state),
        decision_chip=decision_chip,
        tone=TONES[State(basket.state)],
        steps=[_(step) for step in STEPS],
        step=following.step_of(orders) if orders else STEP_OF.get(State(basket.state), 0),
        orders=orders,
        closed=closed,
        cannot="" if closed else _why_not(basket, who),
        events=history(events, {line.bundle or line.product or "": line.name for line in basket.lines}),
        idempotency_key=(typed or {}).get("idempotency_key") or new_id(),
    )


async def show_price(
    request: AnyRequest,
    who: Actor,
    number: str,
    *,
    refused: Refused | None = None,
    fragment: str = "selections/price.html",
) -> Template:
    """The part of a basket's page that changes with its quantities, for htmx."""
    async with transaction(who):
        basket = await queries.one(who, number)
        price = await reading.price(who, number)
    return page(
        request,
        fragment,
        title=number,
        status=refused.status if refused else 200,
        basket=basket,
        price=price,
        costs={cost.line: cost for cost in price.lines},
        swapped=True,
        failed=list(errors_of(refused).values()),
    )


async def show_check(
    request: AnyRequest, who: Actor, number: str, *, sentence: str = "", refused: Refused | None = None
) -> Template:
    """What will be submitted, block by block, and what stops it."""
    async with transaction(who):
        basket = await queries.one(who, number)
        price = await reading.price(who, number)
        envelope = await queries.envelope_of(who, basket.envelope)
    return page(
        request,
        "selections/check.html",
        title=_("Vérifier avant de soumettre"),
        school_name=f"{basket.school_name} ({basket.school})",
        breadcrumb=[
            (f"{basket.school_name} ({basket.school})", f"/schools/{basket.school}"),
            (_("Panier {number}").format(number=number), f"/selections/{number}"),
            (_("Vérifier"), ""),
        ],
        errors={"": sentence or refused.detail} if refused else None,
        status=refused.status if refused else 200,
        basket=basket,
        price=price,
        costs={cost.line: cost for cost in price.lines},
        envelope=envelope,
        may_submit=Verb.submit in basket.may,
        to_board=decided_by_board(basket, who),
        idempotency_key=new_id(),
    )


def decided_by_board(basket: SelectionOut, who: Actor) -> bool:
    """A principal's own basket goes to the board: nobody approves what they had a hand in."""
    return who.may("selection.approve", school=basket.school) and (basket.own or basket.state == State.draft)


def _why_not(basket: SelectionOut, who: Actor) -> str:
    """Why somebody who might decide cannot; '' where they can, or where nothing is to be decided."""
    if basket.state != State.submitted or Verb.approve in basket.may:
        return ""
    if who.may("selection.approve", school=basket.school) and basket.own:
        return _("Vous avez préparé ce panier : une autre personne doit l'approuver.")
    return ""
