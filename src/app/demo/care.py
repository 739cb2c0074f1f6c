"""The story of what schools have: tickets and devices in every state, a school exempt, flags told, taken charge of, new."""

from datetime import date, timedelta

from app.demo.loop import on
from app.demo.people import acting
from inventory.assets import operations as assets
from inventory.assets import queries as asset_queries
from inventory.assets.rules import LEND
from inventory.floor import operations as floor
from inventory.floor.flags import list_flags
from inventory.tickets import operations as tickets
from kit.actor import Actor
from kit.clock import standing_at
from kit.database import transaction


async def tell_tickets(today: date) -> None:
    """Tickets: open with the device out of service, taken, waiting, closed; one in each board."""
    team, technician = await acting("equipe"), await acting("technique")
    tags = await _tags(technician, "990001", "flotte-appareils")
    bots = await _tags(technician, "990001", "robotique")
    lakes, brumes = await acting("lakes.technician"), await acting("brumes.technique")
    with standing_at(on(today - timedelta(days=16))):
        waiting = await tickets.open_ticket(team, bots[0], subject="Une roue ne tourne plus")
        closed = await tickets.open_ticket(
            team, bots[1], subject="Ne se connecte plus à la tablette", out_of_service=True
        )
    with standing_at(on(today - timedelta(days=12))):
        await tickets.take(technician, waiting.number)
        week = today + timedelta(days=7)
        await tickets.put_on_hold(technician, waiting.number, why="La pièce est commandée.", expected_on=week)
        answer = "Le micrologiciel a été mis à jour; l'appareil est revenu en classe."
        await tickets.close(technician, closed.number, answer=answer, returns_to_service=True)
    with standing_at(on(today - timedelta(days=3))):
        taken = await tickets.open_ticket(team, tags[1], subject="La pile se vide en une heure")
        await tickets.take(technician, taken.number)
        await tickets.comment(technician, taken.number, body="Je passe jeudi avec une pile neuve.")
        await tickets.comment(team, taken.number, body="Merci; l'appareil est au secrétariat.")
        (first, *_) = await _tags(lakes, "992001", "flotte-appareils")
        await tickets.open_ticket(lakes, first, subject="Charging port is loose")
        (first, *_) = await _tags(brumes, "991004", "robotique")
        await tickets.open_ticket(brumes, first, subject="Le haut-parleur grésille")
    broken = "L'écran reste noir, même branché toute la nuit."
    await tickets.open_ticket(team, tags[0], subject="L'écran reste noir", description=broken, out_of_service=True)


async def tell_devices(today: date) -> None:
    """A device in repair, one lost, one lent; of those that are worn out, one stolen and one written off."""
    technician = await acting("technique")
    tags = await _tags(technician, "990001", "flotte-appareils")
    worn_out = [asset.tag for asset in (await asset_queries.search(technician, text="EX990010F90")).items]
    with standing_at(on(today - timedelta(days=20))):
        await assets.send_to_repair(technician, tags[2], why="Vitre fêlée; envoyé au réparateur sous garantie.")
        await assets.report_lost(technician, tags[3], why="Introuvable à l'inventaire de juin.")
        reason = "Volé dans la nuit du 3 au 4; dossier de police EX-1203."
        await assets.report_lost(technician, worn_out[0], why=reason, stolen=True)
        await assets.retire(technician, worn_out[1], why="Pile gonflée; remis au recyclage avec certificat.")
        async with transaction(technician):
            (row,) = await asset_queries.locked(technician, [tags[4]])
            await assets.carry_out(technician, row, LEND, why="Prêté au local 204 jusqu'aux fêtes.")


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


async def tell_loss() -> None:
    """A device goes missing after the night's digest: the flag that it opens is not told yet."""
    technician = await acting("technique")
    (first, *_) = await _tags(technician, "990016", "robotique")
    await assets.report_lost(technician, first, why="Pas revenu de la sortie scolaire.")


async def _tags(who: Actor, school: str, category: str) -> list[str]:
    found = await asset_queries.search(who, school=school, category=category)
    return [asset.tag for asset in found.items]
