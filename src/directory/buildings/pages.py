"""Who is in a building."""

from typing import Any

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from directory.boards.queries import RIGHT
from directory.buildings import queries
from directory.words import told
from kit.actor import Actor
from kit.http import may
from kit.i18n import _, n_, number
from kit.pages import page


class BuildingPages(Controller):
    path = "/buildings"
    guards = [may(RIGHT)]

    @get("/{code:str}")
    async def building(
        self, request: Request[Any, Any, Any], who: NamedDependency[Actor], code: FromPath[str]
    ) -> Template:
        """A building; its code is not that of a school, even where they look alike."""
        found = await queries.one(who, code)
        sentence = n_("{n} école s'y trouve.", "{n} écoles s'y trouvent.", found.schools).format(
            n=number(found.schools)
        )
        return page(
            request,
            "buildings/one.html",
            title=found.name
            if found.code in found.name
            else _("{name} (immeuble {code})").format(name=found.name, code=found.code),
            answer=sentence if found.schools else _("Aucune école ne s'y trouve aujourd'hui."),
            breadcrumb=[(_("Écoles et centres"), "/schools"), (_("Immeuble {code}").format(code=found.code), "")],
            building=found,
            events=told(found.history),
        )
