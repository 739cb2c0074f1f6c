"""How the network stands: the province by region, a region by board, a board by school."""

from collections.abc import Sequence
from datetime import date

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from inventory.coverage import queries
from inventory.coverage.rules import shown
from inventory.coverage.schemas import Coverage, TrendDay
from inventory.floor.rules import Status
from inventory.floor.schemas import ListedSchool
from kit.actor import Actor, Scope
from kit.clock import today
from kit.errors import Invalid
from kit.http import After, AnyRequest, may
from kit.i18n import _, date_long, n_, number
from kit.pages import page, redirect
from kit.paging import DEFAULT_LIMIT

COMPARED_DAYS = 30


class CoveragePages(Controller):
    path = "/coverage"
    guards = [may("floor.read")]

    @get()
    async def province(
        self, request: AnyRequest, who: NamedDependency[Actor], at: FromQuery[str] = ""
    ) -> Template | Redirect:
        """The province; a board is led to its own."""
        if who.scope is Scope.board and not who.may("coverage.read"):
            return redirect(f"/coverage/boards/{who.board}")
        found = await queries.province(who, at=_day(at))
        return _places(request, found, title=_("Couverture"), kind="regions", column=_("Région"), at=at)

    @get("/regions/{code:str}")
    async def region(
        self, request: AnyRequest, who: NamedDependency[Actor], code: FromPath[str], at: FromQuery[str] = ""
    ) -> Template:
        found = await queries.region(who, code, at=_day(at))
        return _places(
            request,
            found,
            title=_("Couverture : {name}").format(name=found.name),
            kind="boards",
            column=_("Organisme"),
            at=at,
            breadcrumb=[(_("Couverture"), "/coverage"), (found.name, "")],
        )

    @get("/boards/{code:str}")
    async def board(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        code: FromPath[str],
        at: FromQuery[str] = "",
        status: FromQuery[str] = "",
        after: After = None,
    ) -> Template | Redirect:
        found = await queries.board(who, code, at=_day(at))
        if found.code != code:
            return redirect(f"/coverage/boards/{found.code}")
        schools = [school for school in found.schools if not status or school.status is _status(status)]
        listed, following = _page(schools, after)
        path = f"/coverage/boards/{found.code}"
        return page(
            request,
            "coverage/board.html",
            title=_("Couverture : {name}").format(name=f"{found.name} ({found.code})"),
            answer=_sentence(found),
            breadcrumb=[(_("Couverture"), "/coverage"), (found.name, "")] if who.may("coverage.read") else (),
            full=True,
            path=path,
            found=found,
            at=at,
            newest=today(),
            links={one: f"{path}?status={one}" for one in Status if not at and found.counts.by_status[one]},
            schools=listed,
            following=following,
            after=after,
            status_wanted=status,
            statuses=list(Status),
            trend=_trend(found.trend),
        )


def _places(
    request: AnyRequest,
    found: Coverage,
    *,
    title: str,
    kind: str,
    column: str,
    at: str,
    breadcrumb: Sequence[tuple[str, str]] = (),
) -> Template:
    return page(
        request,
        "coverage/places.html",
        title=title,
        answer=_sentence(found),
        breadcrumb=breadcrumb,
        full=True,
        path=request.url.path,
        found=found,
        at=at,
        newest=today(),
        kind=kind,
        column=column,
        shown=shown,
        trend=_trend(found.trend),
    )


def _sentence(found: Coverage) -> str:
    """« Au 24 novembre 2026 : 2 214 atteint, 318 en voie, 173 sous le plancher, 40 non évaluables ou exemptés. »"""
    if found.day is None:
        return _("Aucun balayage du plancher n'a encore eu lieu à cette date.")
    counts = found.counts.by_status
    others = counts[Status.not_assessable] + counts[Status.exempt]
    first = _("Au {day} : {met} atteint, {coming} en voie, {below} sous le plancher").format(
        day=date_long(found.day),
        met=number(counts[Status.met]),
        coming=number(counts[Status.on_order]),
        below=number(counts[Status.below]),
    )
    rest = n_("{n} non évaluable ou exempté", "{n} non évaluables ou exemptés", others).format(n=number(others))
    return " ".join([f"{first}, {rest}.", _change(found)]).strip()


def _change(found: Coverage) -> str:
    """Whether fewer schools are below than a month before, where that is known."""
    assert found.day is not None
    before = [one for one in found.trend if (found.day - one.day).days >= COMPARED_DAYS]
    if not before:
        return ""
    then = before[-1]
    change = found.counts.by_status[Status.below] - then.by_status[Status.below]
    if change == 0:
        return _("Autant sous le plancher que le {day}.").format(day=date_long(then.day))
    words = (
        n_("{n} de moins sous le plancher que le {day}.", "{n} de moins sous le plancher que le {day}.", -change)
        if change < 0
        else n_("{n} de plus sous le plancher que le {day}.", "{n} de plus sous le plancher que le {day}.", change)
    )
    return words.format(n=number(abs(change)), day=date_long(then.day))


def _trend(trend: Sequence[TrendDay]) -> list[TrendDay]:
    """The latest scans, newest first: as many as one reads."""
    return list(reversed(trend))[:COMPARED_DAYS]


def _page(schools: Sequence[ListedSchool], after: str | None) -> tuple[list[ListedSchool], str | None]:
    """Schools after one, by its code, and the code to go on from. A board's list is whole in memory: some hundreds."""
    start = next((place for place, school in enumerate(schools, 1) if school.school == after), 0)
    listed = list(schools[start : start + DEFAULT_LIMIT])
    return listed, listed[-1].school if start + DEFAULT_LIMIT < len(schools) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(
            {
                "at": _("« {text} » n'est pas une date. Écrivez année-mois-jour, par exemple 2026-09-30.").format(
                    text=text
                )
            }
        ) from None


def _status(text: str) -> Status:
    try:
        return Status(text)
    except ValueError:
        raise Invalid({"status": _("« {text} » n'est pas un état du plancher.").format(text=text)}) from None
