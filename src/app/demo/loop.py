"""The story: baskets, orders, receipts, tickets and decisions, each stage of the loop once, each step by the right person."""

from datetime import date, timedelta

from allocations.orders import operations as orders
from allocations.orders import queries as order_queries
from allocations.orders.schemas import OrderLineOut
from allocations.receipts.operations import receive
from allocations.receipts.schemas import Receive, ReceivedLine
from allocations.selections import decisions, operations
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from app.demo.people import acting
from inventory.assets import operations as assets
from inventory.assets.queries import search
from inventory.floor import operations as floor
from inventory.floor.flags import list_flags
from inventory.tickets import operations as tickets
from kit.actor import Actor

MEASURE = "EX-COMBOS"


async def choose(team: Actor, school: str, year: str, title: str, *things: tuple[str, int]) -> SelectionOut:
    """A draft of bundles (slug, quantity)."""
    basket = await operations.draft(team, NewSelection(school=school, measure=MEASURE, year=year, title=title))
    for slug, quantity in things:
        line = NewLine(bundle=slug, quantity=quantity)
        basket = await operations.put_line(team, basket.number, line, version=basket.version)
    return basket


async def submitted(team: Actor, school: str, year: str, title: str, *things: tuple[str, int]) -> SelectionOut:
    basket = await choose(team, school, year, title, *things)
    return await decisions.submit(team, basket.number, version=basket.version)


async def approved(
    team: Actor, principal: Actor, school: str, year: str, title: str, *things: tuple[str, int]
) -> SelectionOut:
    basket = await submitted(team, school, year, title, *things)
    return await decisions.approve(principal, basket.number, version=basket.version)


async def ordered(purchasing: Actor, basket: SelectionOut, *, wanted: date, promised: date | None = None) -> list[str]:
    """Build the orders of a basket and send them; their numbers."""
    made = await orders.build(purchasing, selections=[basket.number], requested_on=wanted)
    for order in made:
        sent = await orders.send(purchasing, order.number, version=order.version)
        if promised:
            await orders.promise(purchasing, order.number, expected_on=promised, version=sent.order.version)
    return [order.number for order in made]


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
    serials = [f"EX{number[-5:]}{line.position}{n:03}" for n in range(first, first + quantity)] if line.tracked else []
    return ReceivedLine(position=line.position, quantity=quantity, serials=serials)


async def tell_baskets(year: str) -> None:
    """Baskets that go no further: draft, submitted, refused, withdrawn, approved; one of each, and one in each other board."""
    team, team2, principal2 = await acting("equipe"), await acting("equipe2"), await acting("direction2")
    await choose(
        team, "990001", year, "Tablettes pour le troisième cycle", ("ilot-six-tablettes", 1), ("coin-invention", 1)
    )
    await submitted(team, "990002", year, "Robots pour tous les groupes", ("classe-dash", 1))
    refused = await submitted(team2, "990004", year, "Balles programmables", ("balles-programmables", 1))
    reason = "Le plancher demande d'abord deux appareils : ajoutez le duo de tablettes, puis soumettez de nouveau."
    await decisions.refuse(principal2, refused.number, version=refused.version, reason=reason)
    withdrawn = await submitted(team2, "990005", year, "Découpe et vinyle", ("decoupe-vinyle", 1))
    await decisions.withdraw(team2, withdrawn.number, version=withdrawn.version)
    await approved(team2, principal2, "990006", year, "Îlot de tablettes", ("ilot-six-tablettes", 1))

    lakes = await acting("lakes.team")
    await choose(lakes, "992001", year, "Robots for grades 3 to 6", ("classe-dash", 1))
    waiting = ("ilot-six-tablettes", 1)
    await submitted(lakes, "992002", year, "Tablets for the library", waiting)
    brumes = await acting("brumes.equipe")
    await submitted(brumes, "991002", year, "Premiers pas en robotique", ("premiers-pas-bee-bot", 1))


async def tell_orders(year: str, today: date) -> None:
    """Orders: a draft, sent, received in part, received; some of what came is in service, some waits for its label."""
    team, principal = await acting("equipe"), await acting("direction")
    team2, principal2 = await acting("equipe2"), await acting("direction2")
    purchasing, technician = await acting("appro"), await acting("technique")
    in_a_month, soon = today + timedelta(days=30), today + timedelta(days=12)

    draft = await approved(team2, principal2, "990007", year, "Robotique du Boisé-Nord", ("ruche-bee-bot", 1))
    await orders.build(purchasing, selections=[draft.number], requested_on=in_a_month)

    awaited = await approved(team, principal, "990003", year, "Tablettes de la Clairière", ("ilot-six-tablettes", 1))
    await ordered(purchasing, awaited, wanted=in_a_month, promised=soon)

    # The rest was promised for today: it is late from tomorrow on.
    part = await approved(team, principal, "990008", year, "Tablettes et borne", ("dix-tablettes-borne", 1))
    for number in await ordered(purchasing, part, wanted=in_a_month, promised=today):
        await assets.put_into_service(
            technician, await received(technician, number, most=4, slip="L-1001"), room="Local 104"
        )

    whole = await approved(team, principal, "990009", year, "Robots Dash", ("classe-dash", 1))
    for number in await ordered(purchasing, whole, wanted=in_a_month):
        tags = await received(technician, number, slip="L-1002")
        await assets.put_into_service(technician, tags[:4], room="Bibliothèque")

    brumes = await approved(
        await acting("brumes.equipe"), await acting("brumes.direction"), "991001", year, "Tablettes", ("duo-tablettes", 2)
    )  # fmt: skip
    await ordered(await acting("brumes.appro"), brumes, wanted=in_a_month, promised=soon)


async def tell_care(today: date) -> None:
    """Tickets: open with the device out of service, taken, waiting, closed; a device in repair, one lost."""
    team, technician = await acting("equipe"), await acting("technique")
    tags = [asset.tag for asset in (await search(technician, school="990001", category="flotte-appareils")).items]
    bots = [asset.tag for asset in (await search(technician, school="990001", category="robotique")).items]

    broken = "L'écran reste noir, même branché toute la nuit."
    await tickets.open_ticket(team, tags[0], subject="L'écran reste noir", description=broken, out_of_service=True)
    taken = await tickets.open_ticket(team, tags[1], subject="La pile se vide en une heure")
    await tickets.take(technician, taken.number)
    await tickets.comment(technician, taken.number, body="Je passe jeudi avec une pile neuve.")
    await tickets.comment(team, taken.number, body="Merci; l'appareil est au secrétariat.")
    waiting = await tickets.open_ticket(team, bots[0], subject="Une roue ne tourne plus")
    await tickets.take(technician, waiting.number)
    week = today + timedelta(days=7)
    await tickets.put_on_hold(technician, waiting.number, why="La pièce est commandée.", expected_on=week)
    closed = await tickets.open_ticket(team, bots[1], subject="Ne se connecte plus à la tablette", out_of_service=True)
    answer = "Le micrologiciel a été mis à jour; l'appareil est revenu en classe."
    await tickets.close(technician, closed.number, answer=answer, returns_to_service=True)

    await assets.send_to_repair(technician, tags[2], why="Vitre fêlée; envoyé au réparateur sous garantie.")
    await assets.report_lost(technician, tags[3], why="Introuvable à l'inventaire de juin.")
    lakes = await acting("lakes.technician")
    (first, *_) = (await search(lakes, school="992001", category="flotte-appareils")).items
    await tickets.open_ticket(lakes, first.tag, subject="Charging port is loose")


async def tell_exemption(today: date) -> None:
    """A school is exempt for a while."""
    reason = "École relogée pendant des travaux : ses locaux ne permettent pas d'installer d'équipement."
    until = today + timedelta(days=200)
    await floor.exempt(await acting("ministere"), school="990014", category=None, reason=reason, until_day=until)


async def tell_flag() -> None:
    """Somebody takes charge of a flag that their board was told of."""
    purchasing = await acting("appro")
    (flag, *_) = (await list_flags(purchasing)).items
    await floor.acknowledge(purchasing, flag.id, "Direction avisée; un panier sera soumis avant la fin du mois.")
