"""`inventory plan`."""

import click

from allocations.planner import operations
from allocations.planner.schemas import PlanOut
from kit.actor import Actor
from kit.cli import Group, answer, as_option, json_option, run
from kit.clock import school_year, today
from kit.i18n import _, money


def _this_year() -> str:
    return school_year(today())


@click.group("plan", cls=Group)
def plan() -> None:
    """Combinaisons : proposer ce qui comble le mieux le plancher d'une école."""


@plan.command("best")
@click.argument("school", metavar="ÉCOLE")
@click.option("--measure", required=True, metavar="CODE", help="Code de la mesure.")
@click.option("--year", default=_this_year, metavar="AAAA-AAAA", help="Année scolaire; celle du jour si absente.")
@click.option(
    "--seconds",
    default=operations.SECONDS,
    show_default=True,
    type=click.IntRange(1, 60),
    metavar="SECONDES",
    help="Temps donné à la recherche.",
)
@json_option
@as_option
@run
async def best(who: Actor, *, school: str, measure: str, year: str, seconds: int, as_json: bool) -> None:
    """Proposer jusqu'à trois combinaisons dans l'argent libre d'une école; rien n'est écrit."""
    found = await operations.best(who, school, measure=measure, year=year, seconds=seconds)
    answer(found, as_json=as_json, lines=lambda: _told(found))


def _told(plan: PlanOut) -> str:
    lines = [_("Libre : {free}.").format(free=money(plan.free_cents)), plan.sentence]
    for position, proposal in enumerate(plan.proposals, 1):
        lines.append(f"{position}. {proposal.sentence}")
        lines.append(f"   {proposal.why}")
        lines += [f"   {effect.category_name} : {effect.sentence}" for effect in proposal.effects]
        lines.append(_("   Il resterait {left}.").format(left=money(proposal.left_cents)))
    return "\n".join(lines)
