"""`inventory procurement`."""

import click

from allocations.procurement import queries
from allocations.procurement.schemas import FamilyOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run
from kit.i18n import _, money


@click.group("procurement", cls=Group)
def procurement() -> None:
    """Ce que la loi demande de surveiller : appels d'offres, publication, achats qui paraissent fractionnés."""


@procurement.command("watch")
@click.option("--board", metavar="CODE", help="L'organisme; inutile avec « --as » d'une personne d'un organisme.")
@json_option
@as_option
@run
async def watch_command(who: Actor, *, board: str | None, as_json: bool) -> None:
    """Montrer ce qu'un organisme a engagé par famille de biens en 12 mois, et les seuils."""
    found = await queries.families(who, board=board)
    answer(found, as_json=as_json, lines=lambda: "\n".join(map(_line, found)))


def _line(family: FamilyOut) -> str:
    sentence = _("{name} : {total} en 12 mois, dont {untendered} hors contrat groupé ou à commandes").format(
        name=family.name, total=money(family.total_cents), untendered=money(family.untendered_cents)
    )
    return f"{sentence}. {family.sentence}".rstrip()
