"""`inventory projects`."""

import click

from allocations.projects import queries
from allocations.projects.rules import WORDS, State
from allocations.projects.schemas import CallOut, ProjectOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run
from kit.i18n import _, date_long, money
from kit.paging import MAXIMUM_LIMIT, Page


@click.group("projects", cls=Group)
def projects() -> None:
    """Appels de projets et projets déposés : lister."""


@projects.command("calls")
@json_option
@as_option
@run
async def calls_command(who: Actor, *, as_json: bool) -> None:
    """Lister les appels de projets."""
    found = await queries.calls(who)
    answer(Page(found), as_json=as_json, lines=lambda: "\n".join(map(_call, found)) or _("Aucun appel de projets."))


@projects.command("list")
@click.option("--measure", metavar="CODE", help="Seulement cette mesure.")
@click.option("--year", metavar="AAAA-AAAA", help="Seulement cette année scolaire.")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Seulement cet état.")
@json_option
@as_option
@run
async def list_command(who: Actor, *, measure: str | None, year: str | None, state: str | None, as_json: bool) -> None:
    """Lister les projets : qui, combien demandé, combien approuvé."""
    rows, after = [], None
    while True:
        found = await queries.listing(who, measure=measure, year=year, state=state, limit=MAXIMUM_LIMIT, after=after)
        rows += found.items
        if (after := found.next) is None:
            break
    answer(Page(rows), as_json=as_json, lines=lambda: "\n".join(map(_line, rows)) or _("Aucun projet."))


def _call(call: CallOut) -> str:
    days = _("du {opens_on} au {closes_on}").format(
        opens_on=date_long(call.opens_on), closes_on=date_long(call.closes_on)
    )
    return f"{call.measure} {call.year}, {days} : {call.measure_name}"


def _line(project: ProjectOut) -> str:
    told = [
        project.number, f"{project.school or project.board} {project.name}", project.title,
        _("demandé {cents}").format(cents=money(project.asked_cents)), _(WORDS[project.state]).lower(),
    ]  # fmt: skip
    if project.approved_cents is not None:
        told.append(_("accordé {cents}").format(cents=money(project.approved_cents)))
    return ", ".join(told)
