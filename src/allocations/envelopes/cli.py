"""`inventory envelopes`."""

import click

from allocations.envelopes import queries
from allocations.envelopes.computing import compute
from allocations.envelopes.schemas import Computed, EnvelopeOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run
from kit.clock import school_year, today
from kit.i18n import money, n_, number
from kit.paging import Page


def _this_year() -> str:
    return school_year(today())


@click.group("envelopes", cls=Group)
def envelopes() -> None:
    """Enveloppes des écoles : calculer, lister."""


@envelopes.command("compute")
@click.option("--measure", required=True, metavar="CODE", help="Code de la mesure.")
@click.option("--year", default=_this_year, metavar="AAAA-AAAA", help="Année scolaire; celle du jour si absente.")
@click.option("--dry-run", is_flag=True, help="Dire ce qui changerait, sans rien changer.")
@json_option
@as_option
@run
async def compute_command(who: Actor, *, measure: str, year: str, dry_run: bool, as_json: bool) -> None:
    """Donner à chaque école visée l'enveloppe que dit la règle de la mesure."""
    result = await compute(who, measure, year, dry_run=dry_run)
    answer(result, as_json=as_json, lines=lambda: _told(result))


@envelopes.command("list")
@click.option("--board", metavar="CODE", help="Seulement cet organisme.")
@click.option("--school", metavar="CODE", help="Seulement cette école.")
@click.option("--measure", metavar="CODE", help="Seulement cette mesure.")
@click.option("--year", metavar="AAAA-AAAA", help="Seulement cette année scolaire.")
@json_option
@as_option
@run
async def list_command(
    who: Actor, *, board: str | None, school: str | None, measure: str | None, year: str | None, as_json: bool
) -> None:
    """Lister les enveloppes : alloué, réservé, engagé, dépensé, libre."""
    found = await queries.every(who, board=board, school=school, measure=measure, year=year)
    answer(Page(found), as_json=as_json, lines=lambda: "\n".join(map(_line, found)) or "Aucune enveloppe.")


def _told(result: Computed) -> str:
    counts = (
        (result.created, n_("{n} créée", "{n} créées", result.created)),
        (result.adjusted, n_("{n} ajustée", "{n} ajustées", result.adjusted)),
        (result.unchanged, n_("{n} inchangée", "{n} inchangées", result.unchanged)),
        (len(result.skipped), n_("{n} école sans enveloppe", "{n} écoles sans enveloppe", len(result.skipped))),
    )
    return "\n".join(
        [
            *(["Essai : rien n'a été écrit."] if result.dry_run else []),
            *(f"{item.school} {item.name} : {item.sentence}" for item in result.items if item.delta_cents),
            *(f"{school.school} {school.name} : {school.sentence}" for school in result.skipped),
            *result.notes,
            ", ".join(sentence.format(n=number(n)) for n, sentence in counts)
            + f". Total : {money(result.total_cents)}.",
        ]
    )


def _line(envelope: EnvelopeOut) -> str:
    figures = envelope.figures
    return (
        f"{envelope.school} {envelope.school_name}, {envelope.measure} {envelope.year} : alloué {money(figures.allocated)},"
        f" réservé {money(figures.reserved)}, engagé {money(figures.committed)}, dépensé {money(figures.spent)},"
        f" libre {money(figures.free)}"
    )
