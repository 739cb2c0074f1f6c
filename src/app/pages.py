"""Pages of the shell itself: they gather what several packages know."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from allocations.selections.words import TONES, state_word
from app.first_steps import Step, first_steps
from app.school import Glance, glance
from app.search import search
from app.work import tasks
from directory.schools import queries as schools
from inventory.floor.queries import list_schools
from inventory.floor.schemas import ListedSchool
from inventory.tickets.words import STATE_TONES
from inventory.tickets.words import state_word as ticket_word
from kit.actor import Actor, Scope
from kit.http import AnyRequest, may, signed_in
from kit.i18n import _, n_, number
from kit.pages import page


@get("/", guards=[signed_in])
async def my_work(request: AnyRequest, who: NamedDependency[Actor]) -> Template:
    """What waits on whoever reads; a person of one school finds that school's essentials below."""
    waiting, steps = await tasks(who), await first_steps(who)
    found = await glance(who, who.schools[0]) if _of_one_school(who) else None
    return page(
        request,
        "work.html",
        title=_("Mon travail"),
        school_name=found.label if found else None,
        answer=_remaining(steps) or _answer(len(waiting), found),
        answer_status=found.floor.status if found and found.floor else None,
        tasks=waiting,
        steps=steps,
        below=await _below(who) if who.scope is Scope.school and not found else [],
        mine=(await schools.search(who, closed=False)).items if who.scope is Scope.school and not found else [],
        **_shown(who, found),
    )


@get("/schools/{code:str}", guards=[may("network.read")])
async def school_home(request: AnyRequest, who: NamedDependency[Actor], code: FromPath[str]) -> Template:
    """Is this school equipped; its money, what is coming, what is broken, where it is."""
    found = await glance(who, code)
    return page(
        request,
        "school.html",
        title=found.label,
        answer=found.lack or None,
        answer_status=found.floor.status if found.floor else None,
        breadcrumb=[(_("Écoles et centres"), "/schools"), (found.label, "")],
        **_shown(who, found),
    )


def _of_one_school(who: Actor) -> bool:
    return who.scope is Scope.school and len(who.schools) == 1 and who.may("network.read", school=who.schools[0])


def _remaining(steps: list[Step]) -> str:
    """How much of the first day is left; '' after it."""
    if not steps:
        return ""
    n = sum(not step.done for step in steps)
    said = n_("L'installation est neuve : {n} étape reste.", "L'installation est neuve : {n} étapes restent.", n)
    return said.format(n=n)


def _answer(n: int, found: Glance | None) -> str:
    """For a school: what it lacks; else how many things wait."""
    if found is not None and found.lack:
        return found.lack
    if n == 0:
        return _("Rien ne vous attend.")
    return n_("{n} chose vous attend.", "{n} choses vous attendent.", n).format(n=number(n))


async def _below(who: Actor) -> list[ListedSchool]:
    """The schools of somebody of several that are below the floor, as the last scan found them."""
    return (await list_schools(who, status="below")).items if who.may("floor.read") else []


def _shown(who: Actor, found: Glance | None) -> dict[str, Any]:
    return {
        "found": found,
        "may_compose": found is not None and who.may("selection.compose", school=found.school.code),
        "state_word": state_word,
        "tones": TONES,
        "ticket_word": ticket_word,
        "ticket_tones": STATE_TONES,
    }


PAGES: list[Any] = [search, my_work, school_home]
