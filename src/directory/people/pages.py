"""« Personnes » : who has access, invitations that wait, and the record of one person."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from directory.invitations.mails import line
from directory.invitations.queries import pending
from directory.invitations.words import INVITATION_STATES, INVITATION_TONES
from directory.people import operations, queries
from directory.people.forms import as_field, grants_of, roles_to_give
from directory.people.schemas import DaysIn, PersonOut
from directory.people.words import EVENTS, STATES, TONES, days, person_url
from kit.actor import Actor
from kit.errors import NotFound, Refused
from kit.forms import errors_of, read_form
from kit.history import Told, tell
from kit.http import After, AnyRequest, Do, Form, may
from kit.i18n import _, n_, number
from kit.idempotency import once
from kit.ids import new_id
from kit.pages import page, redirect

Typed = dict[str, str]


class PeoplePages(Controller):
    """The list, and the record of one person with what an administration does there."""

    path = "/people"
    guards = [may("person.read")]

    @get()
    async def people(
        self, request: AnyRequest, who: NamedDependency[Actor], q: FromQuery[str] = "", after: After = None
    ) -> Template:
        found = await queries.people(who, q=q, after=after)
        waiting = await pending(who) if not after and not q else []
        return page(
            request,
            "people/list.html",
            title=_("Personnes"),
            answer=_waiting_sentence(len(waiting)) if waiting else None,
            people=found.items,
            following=found.next,
            asked={"q": q},
            after=after,
            invitations=waiting,
            states=STATES,
            tones=TONES,
            invitation_states=INVITATION_STATES,
            invitation_tones=INVITATION_TONES,
            line=line,
            person_url=person_url,
            may_write=_may_write(who),
        )

    @get("/{email:str}")
    async def person(
        self, request: AnyRequest, who: NamedDependency[Actor], email: FromPath[str], do: Do = ""
    ) -> Template:
        return await _person(request, who, email, do=do)

    @post("/{email:str}/roles", guards=[may("person.write")])
    async def grant(
        self, request: AnyRequest, who: NamedDependency[Actor], email: FromPath[str], data: Form
    ) -> Template | Redirect:
        async def give() -> PersonOut:
            return await operations.grant_roles(who, email, await grants_of(who, data))

        return await _done(request, who, email, give, do="grant", typed=data, sentence=_("Le rôle est donné."))

    @post("/{email:str}/roles/{grant:uuid}/days", guards=[may("person.write")])
    async def change_days(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        email: FromPath[str],
        grant: FromPath[UUID],
        data: Form,
    ) -> Template | Redirect:
        async def change() -> PersonOut:
            return await operations.change_days(who, email, grant, read_form(data, DaysIn))

        return await _done(
            request, who, email, change, do=f"days-{grant}", typed=data, sentence=_("Les dates du rôle sont changées.")
        )

    @post("/{email:str}/roles/{grant:uuid}/revoke", guards=[may("person.write")])
    async def revoke(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        email: FromPath[str],
        grant: FromPath[UUID],
        data: Form,
    ) -> Template | Redirect:
        async def end() -> PersonOut:
            return await operations.revoke_role(who, email, grant)

        return await _done(request, who, email, end, typed=data, sentence=_("Le rôle a pris fin."))

    @post("/{email:str}/deactivate", guards=[may("person.write")])
    async def deactivate(
        self, request: AnyRequest, who: NamedDependency[Actor], email: FromPath[str], data: Form
    ) -> Template | Redirect:
        async def close() -> PersonOut:
            return await operations.deactivate(who, email)

        sentence = _(
            "L'accès est fermé : rôles, connexions et jetons ont pris fin. Vous pouvez le rouvrir pendant 30 jours."
        )
        return await _done(request, who, email, close, typed=data, sentence=sentence)

    @post("/{email:str}/reactivate", guards=[may("person.write")])
    async def reactivate(
        self, request: AnyRequest, who: NamedDependency[Actor], email: FromPath[str], data: Form
    ) -> Template | Redirect:
        async def open_again() -> PersonOut:
            return await operations.reactivate(who, email)

        sentence = _("L'accès est rouvert, avec les rôles d'avant. Le mot de passe n'a pas changé.")
        return await _done(request, who, email, open_again, typed=data, sentence=sentence)


def _may_write(who: Actor) -> bool:
    return "person.write" in who.rights


def _waiting_sentence(count: int) -> str:
    return n_("{n} invitation attend une réponse.", "{n} invitations attendent une réponse.", count).format(
        n=number(count)
    )


async def _done(
    request: AnyRequest,
    who: Actor,
    email: str,
    work: Callable[[], Awaitable[PersonOut]],
    *,
    typed: Typed,
    sentence: str,
    do: str = "",
) -> Template | Redirect:
    """Do it, and back to the record; to the list where the person is not seen here any more."""
    key = typed.get("idempotency_key") or None
    try:
        left = await once(who, key, (request.url.path, typed), work, PersonOut)
    except NotFound:
        raise
    except Refused as refused:
        return await _person(request, who, email, do=do, typed=typed, refused=as_field(refused, typed))
    try:
        await queries.person(who, email)
    except NotFound:
        gone = _("{name} n'a plus de rôle ici et quitte la liste.").format(name=left.name)
        return redirect("/people", flash=f"{sentence} {gone}")
    return redirect(person_url(email), flash=sentence)


async def _person(
    request: AnyRequest,
    who: Actor,
    email: str,
    *,
    do: str = "",
    typed: Typed | None = None,
    refused: Refused | None = None,
) -> Template:
    person = await queries.person(who, email)
    return page(
        request,
        "people/one.html",
        title=person.name,
        breadcrumb=[(_("Personnes"), "/people"), (person.name, "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        person=person,
        address=person_url(person.email),
        state=_(STATES[person.state]),
        tone=TONES[person.state],
        days=days,
        roles=await roles_to_give(who),
        events=await _history(who, email),
        do=do,
        typed=typed or {},
        is_self=person.email == who.email,
        may_write=_may_write(who) and person.email != who.email,
        idempotency_key=new_id(),
    )


async def _history(who: Actor, email: str) -> list[Told]:
    events = await queries.history(who, email)
    names: Mapping[str, str] = {role.code: role.name for role in await queries.roles(who)}
    told = tell(events, sentences=EVENTS, labels={})
    return [
        replace(one, sentence=one.sentence.format(role=_role(names, event.after or event.before or {})))
        for one, event in zip(told, events, strict=True)
    ]


def _role(names: Mapping[str, str], held: Mapping[str, str | None]) -> str:
    code = held.get("role") or ""
    place = held.get("school")
    return names.get(code, code) + (f" ({place})" if place else "")
