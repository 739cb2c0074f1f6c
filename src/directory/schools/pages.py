"""Finding schools and centres."""

from typing import Any

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Template

from directory.boards import queries as boards
from directory.regions.queries import all_regions
from directory.schools import queries
from directory.words import LEVEL_WORDS, level_word
from kit.actor import Actor, Scope
from kit.http import After, may
from kit.i18n import _
from kit.pages import page
from kit.paging import MAXIMUM_LIMIT


class SchoolListPages(Controller):
    path = "/schools"
    guards = [may(boards.RIGHT)]

    @get()
    async def schools(
        self,
        request: Request[Any, Any, Any],
        who: NamedDependency[Actor],
        q: FromQuery[str] = "",
        board: FromQuery[str] = "",
        region: FromQuery[str] = "",
        level: FromQuery[str] = "",
        after: After = None,
    ) -> Template:
        """Open schools and centres by name; with `q`, closed ones too."""
        found = await queries.search(
            who,
            text=q,
            board=board or None,
            region=region or None,
            level=level or None,
            closed=None if q else False,
            after=after,
        )
        whole = who.scope not in (Scope.board, Scope.school)  # one's own board needs no choice
        listed = (await boards.search(who, limit=MAXIMUM_LIMIT)).items if whole else []
        return page(
            request,
            "schools/list.html",
            title=_("Écoles et centres"),
            schools=found.items,
            following=found.next,
            after=after,
            asked={"q": q, "board": board, "region": region, "level": level},
            boards=[(one.code, f"{one.short_name or one.name} ({one.code})") for one in listed],
            regions=await all_regions(who) if whole else [],
            levels=[(code, level_word(code).capitalize()) for code in LEVEL_WORDS],
            level_word=level_word,
        )
