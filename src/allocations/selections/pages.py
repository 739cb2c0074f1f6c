"""Baskets: the list, one basket composed line by line, what to check before it is submitted, what waits for a decision."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from allocations.approvals.queries import stuck
from allocations.approvals.words import stuck_line
from allocations.selections import queries, queues, views
from allocations.selections.rules import State, Verb
from allocations.selections.standing import effects_of
from allocations.selections.words import STATE_WORDS, TONES, state_word
from allocations.years.pages import banner
from directory.schools.queries import name_of
from kit.actor import Actor, Scope
from kit.clock import school_year, today
from kit.http import After, AnyRequest, StateQuery, may
from kit.i18n import _, n_, number
from kit.pages import page, redirect


class SelectionPages(Controller):
    path = "/selections"
    guards = [may("selection.read")]

    @get()
    async def baskets(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        school: FromQuery[str] = "",
        state_: StateQuery = "",
        year: FromQuery[str] = "",
        after: After = None,
    ) -> Template:
        state = State(state_) if state_ in STATE_WORDS else None
        shown = year or school_year(today())
        closed = await banner(who, shown)
        found = await queries.of_school(who, school=school or None, year=shown, state=state, after=after)
        return page(
            request,
            "selections/list.html",
            title=_("Paniers"),
            school_name=f"{await name_of(who, school)} ({school})" if school else None,
            baskets=found.items,
            following=found.next,
            after=after,
            year=shown,
            asked={"school": school, "state": state_ if state else "", "year": year},
            states=[(code.value, _(word)) for code, word in STATE_WORDS.items()],
            state_word=state_word,
            tones=TONES,
            one_school=school or (who.schools[0] if who.scope is Scope.school and len(who.schools) == 1 else ""),
            may_compose=who.may("selection.compose") and closed is None,
            closed=closed,
        )

    @get("/{number:str}")
    async def basket(self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str]) -> Template:
        return await views.show_basket(request, who, number)

    @get("/{number:str}/check", guards=[may("selection.compose")])
    async def check(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str]
    ) -> Template | Redirect:
        """Only a draft is checked: whoever comes back here after submitting sees the basket."""
        if Verb.edit not in (await queries.one(who, number)).may:
            return redirect(f"/selections/{number}")
        return await views.show_check(request, who, number)


class ApprovalPages(Controller):
    path = "/approvals"
    guards = [may("selection.approve")]

    @get()
    async def approvals(self, request: AnyRequest, who: NamedDependency[Actor], after: After = None) -> Template:
        waiting = await queues.to_decide(who)
        found = await queues.queue(who, after=after)
        sentence = n_("{n} panier attend votre décision.", "{n} paniers attendent votre décision.", waiting.n)
        return page(
            request,
            "selections/approvals.html",
            title=_("À approuver"),
            answer=sentence.format(n=number(waiting.n)) if waiting else None,
            baskets=found.items,
            following=found.next,
            after=after,
            effects=await effects_of(who, found.items),
            stuck=[stuck_line(step) for step in await stuck(who)],
        )
