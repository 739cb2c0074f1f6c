"""`inventory floor`: scan the network, list who stands how."""

import click

from inventory.floor import operations, queries
from inventory.floor.rules import Status
from inventory.floor.schemas import ListedSchool, ScanOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run
from kit.i18n import _, lazy, n_, number

STATUS_WORDS = {
    Status.below: lazy("sous le plancher"),
    Status.on_order: lazy("en voie"),
    Status.not_assessable: lazy("non évaluable"),
    Status.met: lazy("atteint"),
    Status.exempt: lazy("exempté"),
}


@click.group(cls=Group)
def floor() -> None:
    """Plancher d'équipements : balayer le réseau, voir qui est dessous."""


@floor.command()
@json_option
@as_option
@run
async def scan(who: Actor, *, as_json: bool) -> None:
    """Évaluer toutes les écoles maintenant; ouvrir et fermer les signalements."""
    found = await operations.scan(who)
    answer(found, as_json=as_json, lines=lambda: scan_lines(found))


@floor.command("list")
@click.option("--board", metavar="CODE", help="Un organisme : 711000 (ou 711).")
@click.option("--region", metavar="N", help="Une région administrative : 01 à 17.")
@click.option("--status", metavar="ÉTAT", help=f"Un état : {', '.join(Status)}.")
@click.option("--limit", type=click.IntRange(1, 500), help="Au plus tant d'écoles; sans limite, toutes.")
@json_option
@as_option
@run
async def list_(
    who: Actor, *, board: str | None, region: str | None, status: str | None, limit: int | None, as_json: bool
) -> None:
    """Les écoles selon le dernier balayage, avec la raison de leur état."""
    found = await queries.list_schools(who, board=board, region=region, status=status, limit=limit)
    answer(found, as_json=as_json, lines=lambda: school_lines(found.items, more=found.next is not None))


def scan_lines(found: ScanOut) -> str:
    counts = ", ".join(f"{_(STATUS_WORDS[status])} {number(n)}" for status, n in found.by_status.items())
    return "\n".join(
        [
            n_(
                "{n} école évaluée ({standard}) : {counts}.",
                "{n} écoles évaluées ({standard}) : {counts}.",
                found.assessed,
            ).format(n=number(found.assessed), standard=found.standard, counts=counts),
            _("Signalements ouverts : {opened}; fermés : {closed}. {seconds} s.").format(
                opened=number(found.opened), closed=number(found.closed), seconds=number(found.seconds)
            ),
        ]
    )


def school_lines(schools: list[ListedSchool], *, more: bool) -> str:
    if not schools:
        return _("Aucune école ne correspond. Un premier balayage se fait par « inventory floor scan ».")
    lines = [f"{school.school}  {school.name}\n        {school.reason}" for school in schools]
    if more:
        lines.append(_("… la suite avec une limite plus grande ou sans --limit."))
    return "\n".join(lines)
