"""One purchase order, with what may be done to it."""

from collections.abc import Awaitable, Callable
from datetime import date

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from allocations.orders import (
    cancelling,
    closing,
    documents,
    handing,
    numbering,
    operations,
    queries,
    words,
)
from allocations.orders.api import pdf_answer
from allocations.orders.rules import ALLOWED, AWAITING, HOW_WORDS, SENT, UNSENT, WORDS, Act, State
from allocations.orders.schemas import HandOver, OrderFile, OwnNumber
from allocations.procurement.queries import of_order as watch_of
from allocations.receipts import queries as receipts
from allocations.years.pages import banner
from kit.actor import Actor
from kit.clock import now
from kit.errors import NotFound, Refused
from kit.forms import errors_of, read_form, version_in
from kit.http import AnyRequest, Do, Form, may
from kit.i18n import _
from kit.idempotency import once
from kit.ids import new_id
from kit.pages import page, redirect

Typed = dict[str, str]
WRITE, SEND = [may("order.write")], [may("order.send")]


class Day(msgspec.Struct):
    """A day that a form may leave empty."""

    expected_on: date | None = None


class OrderPages(Controller):
    path = "/orders"
    guards = [may("order.read")]

    @get("/{number:str}")
    async def order(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], do: Do = ""
    ) -> Template:
        return await _order(request, who, number, do=do)

    @get("/{number:str}/pdf", media_type="application/pdf")
    async def pdf(self, who: NamedDependency[Actor], number: FromPath[str]) -> Response[bytes]:
        return pdf_answer(await queries.one(who, number))

    @post("/{number:str}/send", guards=SEND)
    async def send(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Template | Redirect:
        return await _act(
            request, who, number, "send", data,
            lambda: operations.send(who, number, version=version_in(data)), words.sent_words,
        )  # fmt: skip

    @post("/{number:str}/hand-over", guards=SEND)
    async def hand_over(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Template | Redirect:
        before = await queries.one(who, number)

        async def run() -> OrderFile:
            said = read_form(data, HandOver)
            version = version_in(data)
            return await handing.hand_over(who, number, how=said.how, confirmation=said.confirmation, version=version)

        return await _act(
            request, who, number, "hand-over", data, run,
            lambda file: words.handed_over_words(file, was=before.order.state),
        )  # fmt: skip

    @post("/{number:str}/own-number", guards=WRITE)
    async def own_number(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Template | Redirect:
        async def run() -> OrderFile:
            own = read_form(data, OwnNumber).external_number
            return await numbering.give_own_number(who, number, own=own, version=version_in(data))

        return await _act(request, who, number, "own-number", data, run, words.numbered_words)

    @post("/{number:str}/recall", guards=SEND)
    async def recall(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Template | Redirect:
        by_hand = bool((await queries.one(who, number)).order.sent_how)
        return await _act(
            request, who, number, "recall", data, lambda: operations.recall(who, number),
            lambda file: words.recalled_words(file, by_hand=by_hand),
        )  # fmt: skip

    @post("/{number:str}/cancel", guards=WRITE)
    async def cancel(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Template | Redirect:
        before = await queries.one(who, number)
        return await _act(
            request, who, number, "cancel", data,
            lambda: cancelling.cancel(who, number, reason=data.get("reason", ""), version=version_in(data)),
            lambda file: words.cancelled_words(file, was=before.order.state, message_left=_has_it(before)),
        )  # fmt: skip

    @post("/{number:str}/close", guards=WRITE)
    async def close(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Template | Redirect:
        before = await queries.one(who, number)
        return await _act(
            request, who, number, "close", data,
            lambda: closing.close(who, number, reason=data.get("close_reason", ""), version=version_in(data)),
            lambda file: words.closed_words(file, message_left=_has_it(before)),
        )  # fmt: skip

    @post("/{number:str}/promise", guards=WRITE)
    async def promise(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str]
    ) -> Template | Redirect:
        """No line ticked: all that are awaited."""
        form = await request.form()
        typed: Typed = {key: value for key, value in form.items() if isinstance(value, str)}
        lines = [
            int(text)
            for text in form.getall("line", [])
            if isinstance(text, str) and text.isdecimal() and len(text) < 7
        ]

        async def run() -> OrderFile:
            day = read_form(typed, Day).expected_on
            return await operations.promise(
                who, number, expected_on=day, lines=lines or None, version=version_in(typed)
            )

        return await _act(
            request, who, number, "promise", typed | {"lines": " ".join(map(str, lines))}, run,
            lambda file: words.promised_words(file, read_form(typed, Day).expected_on),
        )  # fmt: skip


async def _act(
    request: AnyRequest,
    who: Actor,
    number: str,
    action: str,
    typed: Typed,
    run: Callable[[], Awaitable[OrderFile]],
    done: Callable[[OrderFile], str],
) -> Template | Redirect:
    """The order's page again: with what was done, or with what was typed and why not."""
    try:
        file = await once(who, typed.get("idempotency_key") or None, ("/orders", number, action, typed), run, OrderFile)
    except NotFound:
        raise
    except Refused as refused:
        return await _order(request, who, number, do=action, typed=typed, refused=refused)
    return redirect(f"/orders/{number}", flash=done(file))


async def _order(
    request: AnyRequest,
    who: Actor,
    number: str,
    *,
    do: str = "",
    typed: Typed | None = None,
    refused: Refused | None = None,
) -> Template:
    file = await queries.one(who, number)
    order = file.order
    watched = order.state in UNSENT and who.may("procurement.read") and who.may("order.write")
    closed = await banner(who, order.year)
    may_write, open_ = who.may("order.write"), order.state in AWAITING
    unsent, may_send = order.state in UNSENT and closed is None, who.may("order.send")
    draft = unsent and order.state is not State.to_authorise and not file.needs_authorisation
    by_hand = file.mail in ("none", "failed")
    offered = {
        "send": draft and may_send,
        "hand-over": (draft or open_ and by_hand) and may_send,
        "recall": order.state is State.sent
        and closed is None
        and not order.revision
        and (file.mail == "waiting" or by_hand and bool(order.sent_how))
        and may_send,
        "receive": open_ and who.may("receipt.write"),
        "promise": (open_ or unsent) and may_write,
        "own-number": (open_ or closed is None and (unsent or order.state in SENT)) and may_write,
        "cancel": order.state in ALLOWED[Act.cancel]
        and closed is None
        and not any(line.received for line in file.lines)
        and may_write,
        "close": order.state in ALLOWED[Act.close] and (order.state not in UNSENT or closed is not None) and may_write,
    }
    return page(
        request,
        "orders/one.html",
        title=_("Bon de commande {number}").format(number=number),
        answer=words.answer(order),
        breadcrumb=[(_("Bons de commande"), "/orders"), (number, "")],
        # Two forms of the page ask for a reason, each in a field of its own.
        errors={
            "close_reason" if (do, name) == ("close", "reason") else name: sentence
            for name, sentence in errors_of(refused).items()
        },
        status=refused.status if refused else 200,
        file=file,
        order=order,
        places=documents.by_place(file.lines if order.state is State.closed else documents.printed(file)),
        offered=offered,
        watch=await watch_of(who, number) if watched else None,
        do=do if offered.get(do) else "",
        closed=closed,
        ways=[(how.value, _(word)) for how, word in HOW_WORDS.items()],
        typed=typed or {},
        mail=words.mail_words(file),
        seconds_left=max(0, int((file.leaves_at - now()).total_seconds())) if file.leaves_at else None,
        receipts=await receipts.of_order(who, number) if order.sent_at else [],
        events=words.history(file.timeline),
        state_word=_(WORDS[order.state]),
        tone="warning" if order.late else words.TONES[order.state],
        fees=documents.fees_cents(file),
        rate=documents.rate,
        conditions=_(documents.CONDITIONS),
        words=words,
        idempotency_key=new_id(),
    )


def _has_it(file: OrderFile) -> bool:
    """Whether the supplier has the order in hand."""
    return file.mail == "sent" or bool(file.order.sent_how)
