"""Envelopes: what is free, and the ledger that says why."""

from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from allocations.envelopes import queries
from allocations.years.pages import banner
from directory.schools.queries import name_of
from kit.actor import Actor
from kit.clock import school_year, today
from kit.http import After, AnyRequest, may
from kit.i18n import _, money
from kit.pages import page


class EnvelopePages(Controller):
    path = "/envelopes"
    guards = [may("envelope.read")]

    @get()
    async def envelopes(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        school: FromQuery[str] = "",
        year: FromQuery[str] = "",
        after: After = None,
    ) -> Template:
        shown = year or school_year(today())
        found = await queries.listing(who, school=school or None, year=shown, after=after)
        return page(
            request,
            "envelopes/list.html",
            title=_("Enveloppes"),
            school_name=f"{await name_of(who, school)} ({school})" if school else None,
            envelopes=found.items,
            following=found.next,
            after=after,
            year=shown,
            closed=await banner(who, shown),
            asked={"school": school, "year": year},
        )

    @get("/{envelope:uuid}")
    async def envelope(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        envelope: FromPath[UUID],
        figure: FromQuery[str] = "",
        after: After = None,
    ) -> Template:
        found = await queries.one(who, envelope)
        ledger = await queries.ledger(who, envelope, figure=figure or None, after=after)
        code = found.school or found.board
        place = f"{found.school_name} ({code})"
        return page(
            request,
            "envelopes/one.html",
            title=f"{found.measure_name} {found.year}",
            school_name=place,
            answer=_("{free} libres sur {allocated}.").format(
                free=money(found.figures.free), allocated=money(found.figures.allocated)
            ),
            breadcrumb=[
                (place, f"/schools/{code}" if found.school else f"/boards/{code}"),
                (_("Enveloppes"), f"/envelopes?school={found.school}" if found.school else "/envelopes"),
                (found.measure_name, ""),
            ],
            envelope=found,
            ledger=ledger.items,
            following=ledger.next,
            after=after,
            figure=figure,
            closed=await banner(who, found.year),
        )
