"""Loading the demonstration: in one transaction, so that an interrupted load leaves nothing."""

from collections.abc import Callable
from datetime import date, timedelta

from allocations.envelopes.computing import compute
from allocations.measures.operations import repeat_rule
from allocations.measures.queries import one as measure_of
from app.demo import (
    approvals,
    arrivals,
    bundles,
    care,
    catalogue,
    grants,
    imports,
    invoices,
    loop,
    network,
    orders,
    past,
    people,
    present,
    procurement,
    reallocations,
    year_ends,
)
from catalog.imports.cli import STARTER
from catalog.imports.operations import File, import_catalogue
from directory.imports.operations import import_list
from inventory.floor.notices import digest
from inventory.floor.operations import scan
from inventory.floor.rules import latest_count_day
from kit.actor import system
from kit.clock import school_year, school_year_bounds, standing_at, today
from kit.database import fetch_value, transaction
from kit.errors import Refused
from kit.events import record
from kit.i18n import _, lazy

EVENT = "demo.loaded"
LOCK = 7_110_006


class NotOurs(Refused):
    sentence = lazy(
        "Cette base contient déjà un réseau, et la démonstration ne s'y mêle pas. Donnez-lui un dossier à elle :"
        " INVENTORY_DATA_DIR, ou une base vide."
    )


async def load_once(tell: Callable[[str], None]) -> None:
    """Load the demonstration into an empty database; one that holds it already is left as it is. Raises NotOurs.

    `tell` is given what is being done.
    """
    async with transaction(system()):
        await fetch_value("SELECT pg_advisory_xact_lock($1)", LOCK)  # two starts at once: the second finds it loaded
        if await fetch_value("SELECT 1 FROM event WHERE what = $1 LIMIT 1", EVENT):
            return
        if await fetch_value("SELECT 1 FROM board UNION ALL SELECT 1 FROM person LIMIT 1"):
            raise NotOurs()
        await _load(tell, today())
        await record(system(), EVENT, kind="demo", subject=network.SEED)


async def _load(tell: Callable[[str], None], day: date) -> None:
    tell(_("Réseau inventé : organismes, immeubles, écoles, effectifs"))
    await people.add(people.DESKS["Ministère"])
    ministry = await people.acting("ministere")
    for kind, source in network.lists(day, latest_count_day(day)):
        answer = await import_list(ministry, kind, [source], accept=True)
        if answer.refused or answer.state != "applied":
            raise RuntimeError(f"the invented list of {kind} was not taken: {answer}")
    taken = await import_catalogue(ministry, [File(STARTER.name, STARTER.read_bytes())])
    if taken.refused:
        raise RuntimeError(f"the starter catalogue was not taken: {taken.refused}")
    await bundles.live(ministry)
    await catalogue.shared(ministry, day)

    tell(_("Personnes et enveloppes"))
    for person in (*people.DESKS.values(), *people.OTHERS):
        if person.address != "ministere":
            await people.add(person)
    await catalogue.own(day)
    year = school_year(day)
    if year not in (given := [rule.year for rule in (await measure_of(system(), loop.MEASURE)).rules]):
        await repeat_rule(ministry, loop.MEASURE, of_year=max(given), for_year=year)
    for purchasing in "appro", "brumes.appro", "lakes.purchasing":
        await compute(await people.acting(purchasing), loop.MEASURE, year)

    await year_ends.tell_carried(past.last_year(day))
    await past.tell_year(day)
    await year_ends.tell_ends(past.last_year(day))

    tell(_("Appareils déjà présents"))
    technicians = {"990000": "technique", "991000": "brumes.technique", "992000": "lakes.technician"}
    acting = {board: await people.acting(technician) for board, technician in technicians.items()}
    # So that the floor has a past to compare with; a year begins with its standard.
    begun = max(day - timedelta(days=45), school_year_bounds(year)[0])
    with standing_at(loop.on(begun)):
        for school in network.schools():
            await present.enter(acting[school.board.code], school, begun)
        await scan(system())

    tell(_("Paniers, commandes, réceptions, billets"))
    await loop.tell_baskets(year, day)
    await loop.tell_orders(year, day)
    await orders.tell_states(year, day)
    await approvals.tell_approvals(year, day)
    await grants.tell_grants(year, day)
    await reallocations.tell_reallocations(year, day)
    await year_ends.tell_trainings(max(day - timedelta(days=15), school_year_bounds(year)[0]))
    await invoices.tell_invoices(year, day)
    await arrivals.tell_arrivals(year, day)
    await procurement.tell_watch(year, day)
    await care.tell_tickets(day)
    await care.tell_devices(day)
    await care.tell_exemption(day)
    await scan(system())
    await digest(system())
    await care.tell_flag()
    await care.tell_loss()
    await scan(system())
    await people.tell_invitations()
    await imports.tell_lists(day)
