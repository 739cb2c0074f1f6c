"""Tickets: the queue, a problem reported, the conversation of one."""

from collections.abc import Awaitable, Callable, Mapping

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from inventory.assets import queries as assets
from inventory.assets.rules import RETURN_TO_SERVICE
from inventory.tickets import operations, queries, rules
from inventory.tickets.rules import State
from inventory.tickets.schemas import Closing, Hold, NewComment, NewTicket, OutOfService, Reopening, TicketOut
from inventory.tickets.words import EVENTS, FIELDS, STATE_TONES, show, state_word
from kit.actor import Actor, Scope
from kit.errors import Invalid, NotFound, Refused
from kit.forms import errors_of, read_form, version_in
from kit.history import tell
from kit.http import After, AnyRequest, Do, Form, StateQuery, may
from kit.i18n import _, date_long, lazy
from kit.idempotency import once
from kit.ids import new_id
from kit.pages import page, redirect

Typed = Mapping[str, str]


async def _take(who: Actor, number: str, typed: Typed) -> TicketOut:
    return await operations.take(who, number, version=version_in(typed))


async def _hold(who: Actor, number: str, typed: Typed) -> TicketOut:
    read = read_form(typed, Hold)
    return await operations.put_on_hold(
        who, number, why=read.why, expected_on=read.expected_on, version=version_in(typed)
    )


async def _comment(who: Actor, number: str, typed: Typed) -> TicketOut:
    read = read_form(typed, NewComment)
    return await operations.comment(who, number, body=read.body, internal=read.internal)


async def _out_of_service(who: Actor, number: str, typed: Typed) -> TicketOut:
    read = read_form(typed, OutOfService)
    return await operations.set_out_of_service(who, number, read.out_of_service, version=version_in(typed))


async def _close(who: Actor, number: str, typed: Typed) -> TicketOut:
    read = read_form(typed, Closing)
    return await operations.close(
        who, number, answer=read.answer, returns_to_service=read.returns_to_service, version=version_in(typed)
    )


async def _reopen(who: Actor, number: str, typed: Typed) -> TicketOut:
    read = read_form(typed, Reopening)
    return await operations.reopen(
        who, number, why=read.why, out_of_service=read.out_of_service, version=version_in(typed)
    )


# What a form of the ticket's page does, and what is said then.
STEPS: Mapping[str, tuple[Callable[[Actor, str, Typed], Awaitable[TicketOut]], str]] = {
    "take": (_take, lazy("Vous répondez au billet {number}.")),
    "hold": (_hold, lazy("Le billet {number} est en attente.")),
    "comment": (_comment, lazy("Votre commentaire est ajouté.")),
    "out-of-service": (_out_of_service, lazy("L'usage de l'appareil est noté.")),
    "close": (_close, lazy("Le billet {number} est fermé. La personne qui l'a ouvert lira votre réponse.")),
    "reopen": (_reopen, lazy("Le billet {number} est rouvert.")),
}


class TicketPages(Controller):
    path = "/tickets"
    guards = [may("ticket.read")]

    @get()
    async def tickets(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        school: FromQuery[str] = "",
        state_: StateQuery = "",
        after: After = None,
    ) -> Template:
        found = await queries.queue(who, school=school or None, state=_state(state_), after=after)
        return page(
            request,
            "tickets/list.html",
            title=_("Billets"),
            tickets=found.items,
            following=found.next,
            after=after,
            asked={"school": school, "state": state_},
            school_name=found.items[0].school_name if school and found.items else school,
            states=[(state.value, state_word(state).capitalize()) for state in State],
            tones=STATE_TONES,
            state_word=state_word,
            may_open=who.may("ticket.open"),
        )

    @get("/new", guards=[may("ticket.open")])
    async def new(self, request: AnyRequest, who: NamedDependency[Actor], asset: FromQuery[str] = "") -> Template:
        return await _new(request, who, tag=asset, typed={})

    @post("/new", guards=[may("ticket.open")])
    async def open_ticket(self, request: AnyRequest, who: NamedDependency[Actor], data: Form) -> Template | Redirect:
        tag = data.get("asset", "").strip().upper()
        try:
            new = read_form({**data, "asset": tag}, NewTicket)
            if not tag:
                raise Invalid({"asset": _("Écrivez l'étiquette de l'appareil, par exemple 711-004217.")})
            ticket = await once(
                who,
                data.get("idempotency_key") or None,
                ("/tickets/new", new),
                lambda: operations.open_ticket(
                    who,
                    new.asset,
                    subject=new.subject,
                    description=new.description,
                    out_of_service=new.out_of_service,
                ),
                TicketOut,
            )
        except NotFound as refused:  # a tag typed wrong is a mistake in a field, not a page that is not there
            return await _new(request, who, tag="", typed=data, refused=Invalid({"asset": refused.detail}))
        except Refused as refused:
            return await _new(request, who, tag=tag, typed=data, refused=refused)
        return redirect(
            f"/tickets/{ticket.number}", flash=_("Merci. Billet {number} ouvert.").format(number=ticket.number)
        )

    @get("/{number:str}")
    async def ticket(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], do: Do = ""
    ) -> Template:
        return await _ticket(request, who, number, do=do)

    @post("/{number:str}/{step:str}")
    async def act(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[str], step: FromPath[str], data: Form
    ) -> Template | Redirect:
        """One of `STEPS`; each asks for its own right."""
        if step not in STEPS:
            raise NotFound()
        run, done = STEPS[step]
        try:
            await once(
                who,
                data.get("idempotency_key") or None,
                ("/tickets", number, step, data),
                lambda: run(who, number, data),
                TicketOut,
            )
        except NotFound:
            raise
        except Refused as refused:
            return await _ticket(request, who, number, do=step, typed=data, refused=refused)
        return redirect(f"/tickets/{number}", flash=_(done).format(number=number))


async def _new(
    request: AnyRequest, who: Actor, *, tag: str, typed: dict[str, str], refused: Refused | None = None
) -> Template:
    return page(
        request,
        "tickets/new.html",
        title=_("Signaler un problème"),
        breadcrumb=[(_("Billets"), "/tickets"), (_("Signaler un problème"), "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        asset=(await assets.by_tags(who, [tag]))[0] if tag else None,
        already=await queries.open_of_asset(who, tag) if tag else [],
        typed=typed,
        idempotency_key=typed.get("idempotency_key") or new_id(),
    )


async def _ticket(
    request: AnyRequest,
    who: Actor,
    number: str,
    *,
    do: str = "",
    typed: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> Template:
    ticket = await queries.one(who, number)
    return page(
        request,
        "tickets/one.html",
        title=ticket.subject,
        answer=_answer(ticket),
        breadcrumb=[(_("Billets"), "/tickets"), (number, "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        ticket=ticket,
        state_word=state_word(ticket.state),
        tone=STATE_TONES[ticket.state],
        events=tell(ticket.timeline, sentences=EVENTS, labels=FIELDS, show=show),
        do=do,
        typed=typed or {},
        may_triage=who.may("ticket.triage", school=ticket.school),
        may_comment=who.may("ticket.comment", school=ticket.school),
        may_note=who.scope is not Scope.school and who.may("ticket.triage", school=ticket.school),
        may_reopen=who.may("ticket.open", school=ticket.school),
        may_hold=ticket.state in rules.HOLD.start,
        is_mine=ticket.assigned_to is not None and ticket.assigned_to == who.person,
        asks_return=ticket.out_of_service and ticket.asset_state in RETURN_TO_SERVICE.start,
        idempotency_key=new_id(),
    )


def _answer(ticket: TicketOut) -> str:
    """How the ticket stands, in a sentence."""
    if ticket.state is State.closed:
        return _("Fermé le {day} : {answer}").format(
            day=date_long(ticket.closed_at or ticket.opened_at), answer=ticket.answer
        )
    if ticket.state is State.waiting and ticket.expected_on:
        return _("En attente jusqu'au {day}.").format(day=date_long(ticket.expected_on))
    if ticket.assigned_name:
        return _("{name} répond à ce billet.").format(name=ticket.assigned_name)
    return _("Personne ne répond encore à ce billet.")


def _state(text: str) -> State | None:
    try:
        return State(text) if text else None
    except ValueError:
        raise Invalid({"state": _("« {text} » n'est pas un état de billet.").format(text=text)}) from None
