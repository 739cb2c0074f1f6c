"""`inventory envelopes`."""

from decimal import Decimal
from pathlib import Path

import click

from allocations.envelopes import queries
from allocations.envelopes.computing import compute
from allocations.envelopes.schemas import Computed, EnvelopeOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run, say
from kit.clock import school_year, today
from kit.exports import csv_file
from kit.i18n import _, lazy, money, n_, number
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
@click.option("--schools", is_flag=True, help="Dire aussi chaque école qui change ou n'a rien, avec le calcul.")
@click.option(
    "--csv",
    "table",
    metavar="FICHIER",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Écrire chaque école, avec le calcul.",
)
@json_option
@as_option
@run
async def compute_command(
    who: Actor, *, measure: str, year: str, dry_run: bool, schools: bool, table: Path | None, as_json: bool
) -> None:
    """Donner à chaque école visée l'enveloppe que dit la règle de la mesure (ou à chaque organisme, qui la tient)."""
    result = await compute(who, measure, year, dry_run=dry_run)
    if table:
        _write(table, result)
        say(_("Écrit dans {name}.").format(name=table))
    answer(result, as_json=as_json, lines=lambda: _told(result, schools=schools))


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
    answer(Page(found), as_json=as_json, lines=lambda: "\n".join(map(_line, found)) or _("Aucune enveloppe."))


def _told(result: Computed, *, schools: bool) -> str:
    if result.holder == "board":
        without = n_("{n} organisme sans enveloppe", "{n} organismes sans enveloppe", len(result.skipped))
    else:
        without = n_("{n} école sans enveloppe", "{n} écoles sans enveloppe", len(result.skipped))
    counts = (
        (result.created, n_("{n} créée", "{n} créées", result.created)),
        (result.adjusted, n_("{n} ajustée", "{n} ajustées", result.adjusted)),
        (result.unchanged, n_("{n} inchangée", "{n} inchangées", result.unchanged)),
        (len(result.skipped), without),
    )
    changed = [item for item in result.items if item.delta_cents or item.before_cents is None]
    return "\n".join(
        [
            *([_("Essai : rien n'a été écrit.")] if result.dry_run else []),
            *(f"{item.school or item.board} {item.name} : {item.sentence}" for item in changed if schools),
            *(f"{row.school or ''} {row.name} : {row.sentence}".strip() for row in result.skipped if schools),
            *result.notes,
            ", ".join(sentence.format(n=number(n)) for n, sentence in counts)
            + f". Total : {money(result.total_cents)}.",
            *(
                [_("« --schools » dit chaque école, « --csv FICHIER » l'écrit.")]
                if (changed or result.skipped) and not schools
                else []
            ),
        ]
    )


_HEADINGS = (
    lazy("Organisme"), lazy("École"), lazy("Nom"), lazy("Élèves"), lazy("Selon la règle ($)"), lazy("Avant ($)"),
    lazy("Changement demandé ($)"), lazy("Changement ($)"), lazy("Calcul"),
)  # fmt: skip


def _write(path: Path, result: Computed) -> None:
    rows = [
        (item.board, item.school or "", item.name, item.pupils, _dollars(item.amount_cents), _dollars(item.before_cents),
         _dollars(item.asked_delta_cents), _dollars(item.delta_cents), item.sentence)
        for item in result.items
    ]  # fmt: skip
    rows += [("", row.school or "", row.name, None, None, None, None, None, row.sentence) for row in result.skipped]
    path.write_bytes(csv_file([_(heading) for heading in _HEADINGS], rows))


def _dollars(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents).scaleb(-2)


def _line(envelope: EnvelopeOut) -> str:
    figures, code = envelope.figures, envelope.school or envelope.board
    return (
        f"{code} {envelope.school_name}, {envelope.measure} {envelope.year} : alloué {money(figures.allocated)},"
        f" réservé {money(figures.reserved)}, engagé {money(figures.committed)}, dépensé {money(figures.spent)},"
        f" libre {money(figures.free)}"
    )
