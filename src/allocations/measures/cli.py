"""`inventory measures`."""

from pathlib import Path

import click
import msgspec

from allocations.measures import operations, queries
from allocations.measures.schemas import AllocationRuleIn, MeasureIn, MeasureOut, MeasureYearIn
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run
from kit.database import transaction
from kit.encodings import Unreadable
from kit.i18n import _, date_long, lazy, money
from kit.paging import Page
from kit.shapes import said

_REST = {
    "lost": lazy("le reste est perdu"),
    "carried": lazy("le reste passe à l'année suivante, sur permission"),
    "recovered": lazy("le reste est récupéré"),
}
_FORMULAS = {
    "max_floor_per_pupil": lazy("un montant de base et tant par élève, au moins le minimum"),
    "pro_rata": lazy("un total partagé selon les élèves"),
}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """A measure with what is said of some of its years, as TOML."""

    code: str
    measure: MeasureIn
    years: dict[str, MeasureYearIn] = {}
    rules: dict[str, AllocationRuleIn] = {}


@click.group("measures", cls=Group)
def measures() -> None:
    """Mesures de financement : lister, inscrire."""


@measures.command("list")
@json_option
@as_option
@run
async def list_command(who: Actor, *, as_json: bool) -> None:
    """Lister les mesures, leurs années et leurs règles."""
    found = await queries.listing(who)
    answer(Page(found), as_json=as_json, lines=lambda: "\n".join(map(_told, found)) or _("Aucune mesure."))


@measures.command("write")
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@as_option
@run
async def write_command(who: Actor, *, file: Path, as_json: bool) -> None:
    """Inscrire une mesure, ses années et ses règles, d'un fichier TOML. Tout ou rien; se répète sans dommage."""
    written = _read(file)
    async with transaction(who):
        await operations.write_measure(who, written.code, written.measure)
        for year, said in written.years.items():
            await operations.write_year(who, written.code, year, said)
        for year, rule in written.rules.items():
            await operations.write_rule(who, written.code, year, rule)
        done = await queries.one(who, written.code)
    answer(done, as_json=as_json, lines=lambda: _told(done))


def _read(file: Path) -> _File:
    try:
        return msgspec.toml.decode(file.read_bytes(), type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(_("« {name} » ne se lit pas : {reason}").format(name=file.name, reason=said(error))) from error


def _told(measure: MeasureOut) -> str:
    lines = [f"{measure.code} : {measure.name}"]
    if not measure.categories:
        lines.append("  " + _("Ne paie encore pour rien : donnez-lui des catégories."))
    for year in measure.years:
        said = [year.year, _(_REST[year.rest])]
        if year.total_cents is not None:
            said.append(_("total {cents}").format(cents=money(year.total_cents)))
        if year.last_commit_on:
            said.append(_("à engager au plus tard le {day}").format(day=date_long(year.last_commit_on)))
        if year.last_spend_on:
            said.append(_("à dépenser au plus tard le {day}").format(day=date_long(year.last_spend_on)))
        lines.append("  " + ", ".join(said))
    lines += [f"  {rule.year} : {_(_FORMULAS[rule.formula])}" for rule in measure.rules]
    return "\n".join(lines)
