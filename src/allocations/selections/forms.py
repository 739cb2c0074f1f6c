"""What the forms of a basket do. Each carries the version that was read and a key: a second press changes nothing more."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from allocations.envelopes.rules import OverBudget
from allocations.selections import changing, decisions, operations, queries, views
from allocations.selections.rules import MOST_UNITS
from allocations.selections.schemas import LineChange, SelectionOut
from allocations.selections.words import freed_words, reserved_words
from kit.actor import Actor
from kit.clock import MONTREAL, today
from kit.errors import Forbidden, Invalid, NotFound, Refused
from kit.forms import version_in
from kit.http import AnyRequest, Form, may
from kit.i18n import _, clock_time, date_time, money
from kit.idempotency import once
from kit.pages import redirect

Answer = Template | Redirect
COMPOSE, SUBMIT, APPROVE = [may("selection.compose")], [may("selection.submit")], [may("selection.approve")]
_FIELD = re.compile(r"(quantity|building|use)-([0-9a-f-]{36})")


class SelectionForms(Controller):
    path = "/selections"

    @post("/{number:str}", guards=COMPOSE)
    async def change(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Answer:
        """All lines at once, or one taken out. htmx asks for the price alone, once the typing has paused."""
        live = request.headers.get("hx-request") == "true"
        version = version_in(data)
        try:
            if gone := _uuid(data.get("remove", "")):
                await operations.remove_line(who, number, gone, version=version)
                return redirect(f"/selections/{number}", flash=_("La ligne est retirée du panier."))
            await changing.change_lines(who, number, _changes(data), version=version)
        except (NotFound, Forbidden):
            raise
        except Refused as refused:
            if live:
                return await views.show_price(request, who, number, refused=refused)
            return await views.show_basket(request, who, number, typed=data, refused=refused)
        return await views.show_price(request, who, number) if live else redirect(f"/selections/{number}")

    @post("/{number:str}/submit", guards=SUBMIT)
    async def submit(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Answer:
        try:
            basket = await _once(
                who,
                number,
                "submit",
                data,
                lambda: decisions.submit(who, number, version=version_in(data), seen_cents=_seen(data)),
            )
        except (NotFound, Forbidden):
            raise
        except OverBudget as refused:
            return await views.show_check(
                request, who, number, refused=refused, sentence=await _overtaken(who, number, refused)
            )
        except Refused as refused:
            return await views.show_check(request, who, number, refused=refused)
        sentence = _("Panier {number} soumis. {reserved}").format(
            number=number, reserved=reserved_words(basket.charged_cents)
        )
        return redirect(f"/selections/{number}", flash=sentence)

    @post("/{number:str}/approve", guards=APPROVE)
    async def approve(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Answer:
        return await _decided(
            request, who, number, "approve", data,
            lambda: decisions.approve(who, number, version=version_in(data)),
            lambda basket: basket.said,
        )  # fmt: skip

    @post("/{number:str}/refuse", guards=APPROVE)
    async def refuse(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Answer:
        return await _decided(
            request, who, number, "refuse", data,
            lambda: decisions.refuse(who, number, version=version_in(data), reason=_reason(data)),
            lambda basket: basket.said,
        )  # fmt: skip

    @post("/{number:str}/withdraw", guards=SUBMIT)
    async def withdraw(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Answer:
        return await _decided(
            request, who, number, "withdraw", data,
            lambda: decisions.withdraw(who, number, version=version_in(data)),
            lambda basket: _("{freed} et les approbations tombent.").format(freed=freed_words(basket.charged_cents)),
        )  # fmt: skip

    @post("/{number:str}/resume", guards=COMPOSE)
    async def resume(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Answer:
        return await _decided(
            request, who, number, "resume", data,
            lambda: decisions.resume(who, number, version=version_in(data)),
            lambda basket: _("Panier {number} rouvert : il est de nouveau un brouillon.").format(number=number),
        )  # fmt: skip


def _seen(data: dict[str, str]) -> int | None:
    """The cost that the page showed, in cents."""
    text = data.get("seen_cents", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


async def _decided(
    request: AnyRequest,
    who: Actor,
    number: str,
    verb: str,
    data: dict[str, str],
    run: Callable[[], Awaitable[SelectionOut]],
    said: Callable[[SelectionOut], str],
) -> Answer:
    """Run it once, then show the basket with what was done; or the same page with why not."""
    try:
        basket = await _once(who, number, verb, data, run)
    except (NotFound, Forbidden):
        raise
    except Refused as refused:
        return await views.show_basket(request, who, number, typed=data, refused=refused)
    return redirect(f"/selections/{number}", flash=said(basket))


async def _once(
    who: Actor, number: str, verb: str, data: dict[str, str], run: Callable[[], Awaitable[SelectionOut]]
) -> SelectionOut:
    key = data.get("idempotency_key") or None
    asked = (f"/selections/{number}/{verb}", data.get("version"), data.get("reason"))
    return await once(who, key, asked, run, SelectionOut)


async def _overtaken(who: Actor, number: str, refused: OverBudget) -> str:
    """Why it does not fit any more, where another basket came first."""
    missing = money(refused.missing_cents)
    other = await queries.last_submitted(who, number)
    if other is None:
        return _("{reason} Votre panier est conservé.").format(reason=refused.detail)
    at = clock_time(other) if other.astimezone(MONTREAL).date() == today() else date_time(other)
    sentence = _("Il manque maintenant {missing} : un autre panier a été soumis à {at}. Le vôtre est conservé.")
    return sentence.format(missing=missing, at=at)


def _changes(data: dict[str, str]) -> dict[UUID, LineChange]:
    given: dict[UUID, dict[str, Any]] = {}
    for name, text in data.items():
        if found := _FIELD.fullmatch(name):
            field, line = found[1], _uuid(found[2])
            if line is not None:
                given.setdefault(line, {})[field] = _value(field, text.strip())
    return {line: LineChange(**fields) for line, fields in given.items()}


def _value(field: str, text: str) -> Any:
    if field == "quantity":
        # What is no whole number is refused by the same sentence as one out of bounds.
        return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_UNITS)) else 0
    if field == "building":
        return text or None
    return text


def _reason(data: dict[str, str]) -> str:
    reason = data.get("reason", "")
    if len(reason) > 2_000:
        raise Invalid({"reason": _("Le motif tient en 2 000 caractères.")})
    return reason


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
