"""Orders that did not go straight: authorised by another person, confirmed, amended, held, given up by others than the board."""

from datetime import date, timedelta

from allocations.orders import acknowledging, amending, authorising, cancelling, holding, limits, queries, replies
from allocations.orders.rules import CancelledBy
from allocations.orders.schemas import LineChange
from app.demo.loop import approved, drafted, on, ordered
from app.demo.people import acting
from kit.clock import standing_at

LIMIT = 2_000_00


async def tell_states(year: str, today: date) -> None:
    """One order in each state that `loop` does not come to; a revision; a supplier's reply."""
    team, principal = await acting("equipe"), await acting("direction")
    team2, principal2 = await acting("equipe2"), await acting("direction2")
    buyer, second, admin = await acting("appro"), await acting("finances"), await acting("administration")
    wanted, promised = today + timedelta(days=30), today + timedelta(days=16)
    lately = on(today - timedelta(days=2))

    async def of(school: str, title: str, *, first: bool) -> list[str]:
        who, director = (team, principal) if first else (team2, principal2)
        basket = await approved(who, director, school, year, title, ("ilot-six-tablettes", 1))
        return await drafted(buyer, basket, wanted=wanted)

    async def sent(school: str, title: str, *, first: bool) -> list[str]:
        who, director = (team, principal) if first else (team2, principal2)
        return await ordered(
            buyer, await approved(who, director, school, year, title, ("duo-tablettes", 1)), wanted=wanted
        )

    with standing_at(lately):
        reason = "Politique d'achat : deux personnes au-delà de ce montant."
        await limits.set_from(
            admin, "990000", from_day=today - timedelta(days=2), before_tax_cents=LIMIT, reason=reason
        )
        for number in await of("990001", "Îlot de lecture", first=True):
            await authorising.ask(buyer, number)
        for number in await of("990002", "Îlot de sciences", first=True):
            await authorising.ask(buyer, number)
            await authorising.authorise(second, number)
        for number in await sent("990003", "Duo du troisième cycle", first=True):
            await acknowledging.acknowledge(buyer, number, confirmation="CF-8841", expected_on=promised)
            text = "Bonjour, nous confirmons votre commande. Livraison dans deux semaines."
            await replies.attach(buyer, number, "confirmation.txt", text.encode())
        for number in await sent("990004", "Duo de la maternelle", first=False):
            line = (await queries.one(buyer, number)).lines[0]
            change = LineChange(position=line.position, unit_before_tax_cents=line.unit_before_tax_cents - 5_00)
            await amending.amend(buyer, number, [change], reason="Rabais accordé par le fournisseur.")
            await holding.hold(buyer, number, reason="Le fournisseur vérifie le modèle offert.")
        for number in await sent("990006", "Duo du service de garde", first=False):
            await cancelling.cancel(
                buyer, number, reason="Le regroupement d'achats a retiré ce modèle.", by=CancelledBy.group
            )
        for number in await sent("990007", "Duo de francisation", first=False):
            reason = "Le fournisseur n'a plus ce modèle et n'offre pas d'équivalent."
            await cancelling.cancel(buyer, number, reason=reason, by=CancelledBy.supplier)
