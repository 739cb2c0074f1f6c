"""Purchase orders: the list, grouping approved baskets, one order with what may be done to it."""

from collections.abc import Awaitable, Callable
from datetime import date

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from allocations.orders import closing, counts, documents, operations, queries, words
from allocations.orders.api import pdf_answer
from allocations.orders.grouping import baskets, groups
from allocations.orders.rules import WORDS, State
from allocations.orders.schemas import OrderFile, OrderOut
from allocations.receipts import queries as receipts
from kit.actor import Actor
from kit.clock import now
from kit.errors import Invalid, NotFound, Refused
from kit.forms import errors_of, read_form, version_in
from kit.http import After, AnyRequest, Do, Form, StateQuery, may
from kit.i18n import _, n_, number
from kit.idempotency import once
from kit.ids import new_id
from kit.pages import page, redirect
from kit.paging import DEFAULT_LIMIT

Typed = dict[str, str]
WRITE, SEND = [may("order.write")], [may("order.send")]


class Day(msgspec.Struct):
    """A day that a form may leave empty."""

    expected_on: date | None = None
    requested_on: date | None = None


class OrderPages(Controller):
    path = "/orders"
    guards = [may("order.read")]

    @get()
    async def orders(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        state_: StateQuery = "",
        late: FromQuery[bool] = False,
        after: After = None,
    ) -> Template:
        found = await queries.list_orders(who, state=_state(state_), late=late, limit=DEFAULT_LIMIT, after=after)
        waiting = (await counts.to_order(who)).n if who.may("order.write") else 0
        return page(
            request,
            "orders/list.html",
            title=_("Bons de commande"),
            orders=found.items,
            following=found.next,
            after=after,
            asked={"state": state_, "late": "true" if late else ""},
            states=[(state.value, _(WORDS[state])) for state in State],
            waiting=waiting,
            may_write=who.may("order.write"),
            words=words,
            tones=words.TONES,
        )

    @get("/build", guards=WRITE)
    async def grouping(self, request: AnyRequest, who: NamedDependency[Actor]) -> Template:
        """All that waits is ticked at first."""
        return await _build(request, who, chosen=None, typed={})

    @post("/build", guards=WRITE)
    async def build(self, request: AnyRequest, who: NamedDependency[Actor]) -> Template | Redirect:
        """What was previewed is made; what was ticked otherwise since is previewed again first."""
        form = await request.form()
        typed: Typed = {key: value for key, value in form.items() if isinstance(value, str)}
        chosen = [value for value in form.getall("selection", []) if isinstance(value, str)]
        if typed.get("do") != "create" or (chosen and sorted(chosen) != sorted(typed.get("seen", "").split())):
            return await _build(request, who, chosen=chosen, typed=typed)
        try:
            if not chosen:
                raise Invalid({"selection": _("Cochez au moins un panier à commander.")})
            wanted = read_form(typed, Day).requested_on
            made = await once(
                who,
                typed.get("idempotency_key") or None,
                ("/orders/build", chosen, wanted),
                lambda: operations.build(who, selections=chosen, requested_on=wanted),
                list[OrderOut],
            )
        except Refused as refused:
            return await _build(request, who, chosen=chosen, typed=typed, refused=refused)
        said = n_(
            "{n} bon de commande créé. Vérifiez-le, puis envoyez-le au fournisseur.",
            "{n} bons de commande créés. Vérifiez-les, puis envoyez-les aux fournisseurs.",
            len(made),
        ).format(n=number(len(made)))
        return redirect(f"/orders/{made[0].number}" if len(made) == 1 else "/orders?state=draft", flash=said)

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

    @post("/{number:str}/recall", guards=SEND)
    async def recall(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Template | Redirect:
        return await _act(
            request, who, number, "recall", data, lambda: operations.recall(who, number), words.recalled_words
        )

    @post("/{number:str}/cancel", guards=WRITE)
    async def cancel(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Template | Redirect:
        before = await queries.one(who, number)
        return await _act(
            request, who, number, "cancel", data,
            lambda: operations.cancel(who, number, reason=data.get("reason", ""), version=version_in(data)),
            lambda file: words.cancelled_words(file, was=before.order.state, message_left=before.mail == "sent"),
        )  # fmt: skip

    @post("/{number:str}/close", guards=WRITE)
    async def close(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], data: Form
    ) -> Template | Redirect:
        before = await queries.one(who, number)
        rest = before.charged_cents - sum(line.spent_cents for line in before.lines)
        return await _act(
            request, who, number, "close", data,
            lambda: closing.close(who, number, reason=data.get("close_reason", ""), version=version_in(data)),
            lambda file: words.closed_words(file, freed_cents=rest, message_left=before.mail == "sent"),
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
    may_write, open_ = who.may("order.write"), order.state in (State.sent, State.part_received)
    offered = {
        "send": order.state is State.draft and who.may("order.send"),
        "recall": order.state is State.sent and file.mail == "waiting" and who.may("order.send"),
        "receive": open_ and who.may("receipt.write"),
        "promise": (open_ or order.state is State.draft) and may_write,
        "cancel": order.state in (State.draft, State.sent) and order.outstanding == order.units and may_write,
        "close": open_ and may_write,
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
        places=documents.by_place(file.lines),
        offered=offered,
        do=do if offered.get(do) else "",
        typed=typed or {},
        mail=words.mail_words(file),
        seconds_left=max(0, int((file.leaves_at - now()).total_seconds())) if file.leaves_at else None,
        receipts=await receipts.of_order(who, number) if order.sent_at else [],
        events=words.history(file.timeline),
        state_word=_(WORDS[order.state]),
        tone="warning" if order.late else words.TONES[order.state],
        rate=documents.rate,
        conditions=_(documents.CONDITIONS),
        words=words,
        idempotency_key=new_id(),
    )


async def _build(
    request: AnyRequest, who: Actor, *, chosen: list[str] | None, typed: Typed, refused: Refused | None = None
) -> Template:
    """`chosen` None: everything. A basket that somebody else has ordered meanwhile is no longer offered."""
    items = (await queries.preview(who)).items
    rows = baskets(items)
    ticked = {row.number for row in rows if chosen is None or row.number in chosen}
    return page(
        request,
        "orders/build.html",
        title=_("Regrouper les paniers"),
        breadcrumb=[(_("Bons de commande"), "/orders"), (_("Regrouper les paniers"), "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        rows=rows,
        ticked=ticked,
        groups=groups(items, ticked),
        again=typed.get("do") == "create" and refused is None,
        typed=typed,
        words=words,
        idempotency_key=new_id(),
    )


def _state(text: str) -> State | None:
    try:
        return State(text) if text else None
    except ValueError:
        raise Invalid({"state": _("« {text} » n'est pas un état de bon de commande.").format(text=text[:40])}) from None
