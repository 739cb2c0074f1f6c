"""Who a board is, and where to go on from it."""

from typing import Any

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from directory.boards import queries
from directory.words import told
from kit.actor import Actor, Scope
from kit.http import may
from kit.i18n import _
from kit.pages import page, redirect


class BoardPages(Controller):
    path = "/boards"
    guards = [may(queries.RIGHT)]

    @get("/{code:str}")
    async def board(
        self, request: Request[Any, Any, Any], who: NamedDependency[Actor], code: FromPath[str]
    ) -> Template | Redirect:
        """A board (`711` leads to `711000`)."""
        found = await queries.one(who, code)
        if found.code != code:
            return redirect(f"/boards/{found.code}")
        return page(
            request,
            "boards/one.html",
            title=f"{found.name} ({found.code})",
            breadcrumb=[(_("Écoles et centres"), "/schools"), (found.short_name or found.name, "")],
            board=found,
            events=told(found.history),
            may_see_coverage=who.scope is not Scope.school and who.may("floor.read"),
        )
