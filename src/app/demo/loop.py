"""The story of this year: baskets and orders, each stage of the loop once, each step by the right person, some days apart."""

from datetime import date, datetime, time, timedelta

from allocations.orders import cancelling, closing, handing, numbering
from allocations.orders import operations as orders
from allocations.orders import queries as order_queries
from allocations.orders.rules import How
from allocations.orders.schemas import OrderLineOut
from allocations.receipts.operations import receive
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.selections import decisions, operations
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from app.demo.people import acting
from inventory.assets import operations as assets
from kit.actor import Actor
from kit.clock import MONTREAL, standing_at

MEASURE = "EX-COMBOS"
Thing = tuple[str, int]  # a bundle's slug, how many


def on(day: date) -> datetime:
    """In the morning of a day."""
    return datetime.combine(day, time(10, 30), MONTREAL)


async def choose(team: Actor, school: str, year: str, title: str, *things: Thing) -> SelectionOut:
    """A draft of bundles."""
    basket = await operations.draft(team, NewSelection(school=school, measure=MEASURE, year=year, title=title))
    for slug, quantity in things:
        line = NewLine(bundle=slug, quantity=quantity)
        basket = await operations.put_line(team, basket.number, line, version=basket.version)
    return basket


async def submitted(team: Actor, school: str, year: str, title: str, *things: Thing) -> SelectionOut:
    basket = await choose(team, school, year, title, *things)
    return await decisions.submit(team, basket.number, version=basket.version)


async def approved(team: Actor, principal: Actor, school: str, year: str, title: str, *things: Thing) -> SelectionOut:
    basket = await submitted(team, school, year, title, *things)
    return await decisions.approve(principal, basket.number, version=basket.version)


async def drafted(purchasing: Actor, basket: SelectionOut, *, wanted: date, own: str = "") -> list[str]:
    """Build the orders of a basket; their numbers. `own`: what begins the board's own number of each."""
    made = await orders.build(purchasing, selections=[basket.number], requested_on=wanted)
    for n, order in enumerate(made, 1):
        if own:
            await numbering.give_own_number(purchasing, order.number, own=f"{own}-{n}", version=order.version)
    return [order.number for order in made]


async def ordered(
    purchasing: Actor,
    basket: SelectionOut,
    *,
    wanted: date,
    promised: date | None = None,
    own: str = "",
    how: How | None = None,
    confirmation: str = "",
) -> list[str]:
    """Build the orders of a basket and send them, by hand where `how` says so; their numbers."""
    numbers = await drafted(purchasing, basket, wanted=wanted, own=own)
    for number in numbers:
        if how:
            await handing.hand_over(purchasing, number, how=how, confirmation=confirmation)
        else:
            await orders.send(purchasing, number)
        if promised:
            await orders.promise(purchasing, number, expected_on=promised)
    return numbers


async def received(technician: Actor, number: str, *, most: int | None = None, slip: str) -> list[str]:
    """Receive what an order awaits, at most so many units of each line, with serials; the tags of the devices."""
    lines = [line for line in (await order_queries.one(technician, number)).lines if line.outstanding]
    receipt = await receive(
        technician, number, Receive(slip=slip, lines=[_arrived(number, line, most) for line in lines])
    )
    return [tag for line in receipt.lines for tag in line.tags]


def _arrived(number: str, line: OrderLineOut, most: int | None) -> ReceivedLine:
    quantity = line.outstanding if most is None else min(most, line.outstanding)
    first = line.received + 1
    kind = number[7:11] + number[-3:]  # year and place: unique among the orders of a board
    serials = (
        [f"EX{number[3:6]}{kind}{line.position}{n:03}" for n in range(first, first + quantity)] if line.tracked else []
    )
    return ReceivedLine(position=line.position, quantity=quantity, serials=serials)


async def tell_baskets(year: str, today: date) -> None:
    """Baskets that go no further: draft, submitted, refused, withdrawn, approved; one of each, and one in each other board."""
    team, principal = await acting("equipe"), await acting("direction")  # as they are now: nobody had a role last week
    team2, principal2 = await acting("equipe2"), await acting("direction2")
    lakes, brumes = await acting("lakes.team"), await acting("brumes.equipe")
    week, yesterday = on(today - timedelta(days=7)), on(today - timedelta(days=1))
    with standing_at(week):
        await choose(
            team, "990001", year, "Tablettes pour le troisième cycle", ("ilot-six-tablettes", 1), ("coin-invention", 1)
        )
        await submitted(team, "990002", year, "Studio vidéo du journal de l'école", ("studio-video", 1))
        refused = await submitted(team2, "990004", year, "Balles programmables", ("balles-programmables", 1))
        withdrawn = await submitted(team2, "990005", year, "Découpe et vinyle", ("decoupe-vinyle", 1))
        await choose(lakes, "992001", year, "Robots for grades 3 to 6", ("classe-dash", 1))
        await submitted(brumes, "991002", year, "Premiers pas en robotique", ("premiers-pas-bee-bot", 1))
        await choose(brumes, "991003", year, "Robots du Quai-Neuf", ("ruche-bee-bot", 1))
        back = await submitted(team, "990003", year, "Coin invention", ("coin-invention", 1))
    with standing_at(yesterday):
        reason = "Le plancher demande d'abord deux appareils : ajoutez le duo de tablettes, puis soumettez de nouveau."
        await decisions.refuse(principal2, refused.number, version=refused.version, reason=reason)
        await decisions.withdraw(team2, withdrawn.number, version=withdrawn.version)
        await approved(team2, principal2, "990006", year, "Îlot de tablettes", ("ilot-six-tablettes", 1))
        await submitted(lakes, "992002", year, "Tablets for the library", ("ilot-six-tablettes", 1))
        reason = "Bonne idée; précisez dans quelle classe, puis soumettez de nouveau."
        await decisions.refuse(principal, back.number, version=back.version, reason=reason)
        asked = await submitted(team, "990009", year, "Casques pour la bibliothèque", ("ilot-six-tablettes", 1))
        reason = "Pour quels groupes? Dites-le dans la note du panier."
        await decisions.ask_change(principal, asked.number, version=asked.version, reason=reason)
        # Its own director composed it: the board decides.
        await submitted(principal2, "990015", year, "Studio vidéo", ("studio-video", 1))


async def tell_orders(year: str, today: date) -> None:
    """Orders in every state: to be sent, sent by mail or by hand, late, received in part or whole, given up, cancelled."""
    team, principal = await acting("equipe"), await acting("direction")
    team2, principal2 = await acting("equipe2"), await acting("direction2")
    purchasing, technician = await acting("appro"), await acting("technique")
    brumes_team, brumes_principal = await acting("brumes.equipe"), await acting("brumes.direction")
    brumes_buyer = await acting("brumes.appro")
    in_a_month, soon = today + timedelta(days=30), today + timedelta(days=12)
    long_ago, then, lately = (on(today - timedelta(days=days)) for days in (40, 25, 4))

    with standing_at(long_ago):  # promised for a day that is past: late from the first day
        part = await approved(team, principal, "990008", year, "Tablettes et borne", ("dix-tablettes-borne", 1))
        late = await ordered(
            purchasing, part, wanted=today - timedelta(days=14), promised=today - timedelta(days=9), own="4500-0101"
        )
    with standing_at(then):
        for number in late:
            tags = await received(technician, number, most=4, slip="L-1001")
            await assets.put_into_service(technician, tags, room="Local 104")
        whole = await approved(team, principal, "990009", year, "Robots Dash", ("classe-dash", 1))
        came = await ordered(purchasing, whole, wanted=in_a_month)
        rest = await approved(team2, principal2, "990016", year, "Découper et décorer", ("decoupe-vinyle", 1))
        given_up = await ordered(purchasing, rest, wanted=in_a_month)
        none = await approved(team2, principal2, "990014", year, "Coin invention", ("coin-invention", 1))
        cancelled = await ordered(purchasing, none, wanted=in_a_month)
    with standing_at(lately):
        for number in came:
            tags = await received(technician, number, slip="L-1002")
            await assets.put_into_service(technician, tags[:4], room="Bibliothèque")
        for number in given_up:
            await received(technician, number, most=1, slip="L-1003")
            reason = "Le reste du vinyle n'est plus fabriqué; le fournisseur n'offre rien d'équivalent."
            await closing.close(purchasing, number, reason=reason)
        for number in cancelled:
            await cancelling.cancel(purchasing, number, reason="Rupture de stock jusqu'au printemps.")

        draft = await approved(team2, principal2, "990007", year, "Robotique du Boisé-Nord", ("ruche-bee-bot", 1))
        await drafted(purchasing, draft, wanted=in_a_month, own="4500-0117")
        awaited = await approved(team, principal, "990003", year, "Tablettes", ("ilot-six-tablettes", 1))
        await ordered(purchasing, awaited, wanted=in_a_month, promised=soon, own="4500-0118")
        by_hand = await approved(team2, principal2, "990005", year, "Coin invention", ("coin-invention", 1))
        await ordered(purchasing, by_hand, wanted=in_a_month, how=How.portal, confirmation="W-20417")
        brumes = await approved(
            brumes_team, brumes_principal, "991001", year, "Tablettes",
            ("duo-tablettes", 2),
        )  # fmt: skip
        await ordered(brumes_buyer, brumes, wanted=in_a_month, promised=soon)
