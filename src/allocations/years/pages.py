"""School years: which are closed, what each still holds; the ministry closes one and opens it again."""

from collections.abc import Awaitable, Callable

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from allocations.years import operations, queries
from allocations.years.rules import SHUT, WORDS, State
from allocations.years.schemas import YearOut
from kit.actor import Actor
from kit.clock import school_year, today
from kit.errors import NotFound, Refused
from kit.forms import errors_of, version_in
from kit.http import AnyRequest, Do, Form, may
from kit.i18n import _
from kit.pages import page, redirect

WRITE = [may("year.write")]


class YearPages(Controller):
    path = "/years"
    guards = [may("envelope.read")]

    @get()
    async def years(self, request: AnyRequest, who: NamedDependency[Actor], do: Do = "") -> Template:
        return await _years(request, who, shown=do)

    @post("/{year:str}/close", guards=WRITE)
    async def close(
        self, request: AnyRequest, who: NamedDependency[Actor], year: FromPath[str], data: Form
    ) -> Template | Redirect:
        return await _act(
            request, who, year, data,
            lambda: operations.close(who, year, reason=data.get("reason", ""), anyway="anyway" in data, version=version_in(data)),
            _("Exercice {year} fermé : il se lit et s'exporte, et ce qui est commandé peut encore être reçu."),
        )  # fmt: skip

    @post("/{year:str}/reopen", guards=WRITE)
    async def reopen(
        self, request: AnyRequest, who: NamedDependency[Actor], year: FromPath[str], data: Form
    ) -> Template | Redirect:
        return await _act(
            request, who, year, data,
            lambda: operations.reopen(who, year, reason=data.get("reason", ""), version=version_in(data)),
            _("Exercice {year} rouvert : tout y reprend où il en était."),
        )  # fmt: skip


async def banner(who: Actor, year: str) -> tuple[str, str] | None:
    """What a page of a closed year shows: that year, and the one that runs ('' where it is the same). None: the year is open."""
    if not await queries.is_closed(who, year):
        return None
    current = school_year(today())
    return year, "" if current == year else current


async def _act(
    request: AnyRequest, who: Actor, year: str, data: dict[str, str], run: Callable[[], Awaitable[YearOut]], said: str
) -> Template | Redirect:
    try:
        await run()
    except NotFound:
        raise
    except Refused as refused:
        return await _years(request, who, shown=year, typed=data, refused=refused)
    return redirect("/years", flash=said.format(year=year))


async def _years(
    request: AnyRequest,
    who: Actor,
    *,
    shown: str = "",
    typed: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> Template:
    return page(
        request,
        "years/list.html",
        title=_("Exercices"),
        answer=_("L'exercice fermé se lit et s'exporte; rien n'y change, sauf ce qui est encore à recevoir."),
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        years=await queries.listing(who),
        words={state.value: _(word) for state, word in WORDS.items()},
        shut=SHUT,
        tones={State.open: "met", State.closing: "warning", State.closed: "exempt", State.reporting: "on_order"},
        may_write=who.may("year.write"),
        shown=shown,
        typed=typed or {},
    )
