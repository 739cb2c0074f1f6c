"""Invitations sent from « Personnes »; and the page that a link opens: an account made, or a role accepted with the one there is."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from directory.invitations import accepting, operations, queries
from directory.invitations.accepting import SignInFirst, SomebodyElses
from directory.invitations.mails import line
from directory.invitations.schemas import InvitationOut, Joining, Opened
from directory.people.cookies import BOARD_COOKIE, remember, signed_in
from directory.people.forms import as_field, grants_of, roles_to_give
from directory.people.limits import TooManyTries
from directory.people.links import UNTOLD, LinkOver
from directory.sign_in.pages import over
from kit.actor import Actor
from kit.errors import Invalid, Refused
from kit.forms import errors_of, read_form
from kit.http import AnyRequest, Form, actor, client_address, may
from kit.i18n import LANGUAGES, _
from kit.idempotency import once
from kit.ids import new_id
from kit.pages import page, redirect

BY_LINK = {"public": "whoever holds the link reads the mailbox that it was sent to"}


class InvitationPages(Controller):
    """What an administration does with invitations; the list shows those that wait."""

    path = "/people"
    guards = [may("person.write")]

    @get("/invite")
    async def invite_form(self, request: AnyRequest, who: NamedDependency[Actor]) -> Template:
        return await _invite(request, who, typed={"language": "fr"})

    @post("/invite")
    async def invite(self, request: AnyRequest, who: NamedDependency[Actor], data: Form) -> Template | Redirect:
        try:
            language = data.get("language", "")
            await once(
                who,
                data.get("idempotency_key") or None,
                ("/people/invite", data),
                lambda: _send(who, data, language=language if language in LANGUAGES else "fr"),
                InvitationOut,
            )
        except Refused as refused:
            return await _invite(request, who, typed=data, refused=as_field(refused, data))
        sentence = _("L'invitation part à l'instant vers {email}.").format(email=data.get("email", "").strip())
        return redirect("/people#invitations", flash=sentence)

    @post("/invitations/{invitation:uuid}/resend")
    async def resend(self, who: NamedDependency[Actor], invitation: FromPath[UUID]) -> Redirect:
        sent = await operations.resend(who, invitation)
        return redirect(
            "/people#invitations", flash=_("L'invitation part de nouveau vers {email}.").format(email=sent.email)
        )

    @post("/invitations/{invitation:uuid}/withdraw")
    async def withdraw(self, who: NamedDependency[Actor], invitation: FromPath[UUID]) -> Redirect:
        gone = await operations.withdraw(who, invitation)
        return redirect(
            "/people#invitations", flash=_("L'invitation de {email} ne sert plus.").format(email=gone.email)
        )


async def _send(who: Actor, typed: dict[str, str], *, language: str) -> InvitationOut:
    grants = await grants_of(who, typed)
    return await operations.invite(who, email=typed.get("email", ""), grants=grants, language=language)


async def _invite(
    request: AnyRequest, who: Actor, *, typed: dict[str, str], refused: Refused | None = None
) -> Template:
    return page(
        request,
        "people/invite.html",
        title=_("Inviter une personne"),
        breadcrumb=[(_("Personnes"), "/people"), (_("Inviter une personne"), "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        typed=typed,
        roles=await roles_to_give(who),
        idempotency_key=typed.get("idempotency_key") or new_id(),
    )


@get("/invitation/{token:str}", opt=BY_LINK, response_headers=UNTOLD)
async def invitation(request: AnyRequest, token: FromPath[str]) -> Template:
    try:
        return _page(request, token, await queries.open_link(token, address=client_address(request)))
    except (LinkOver, TooManyTries) as refused:
        return over(request, refused)


@post("/invitation/{token:str}", opt=BY_LINK, response_headers=UNTOLD)
async def accept_invitation(request: AnyRequest, token: FromPath[str], data: Form) -> Template | Redirect:
    """By whoever is signed in, with that account; by nobody, with a new one."""
    try:
        offer = await queries.open_link(token, address=client_address(request))
        try:
            if (who := actor(request)) is not None:
                return await _with_account(request, who, token, offer)
            return await _with_new_account(request, token, data)
        except (Invalid, SignInFirst, SomebodyElses) as refused:
            return _page(request, token, offer, typed=data, refused=refused)
    except (LinkOver, TooManyTries) as refused:
        return over(request, refused)


async def _with_account(request: AnyRequest, who: Actor, token: str, offer: Opened) -> Redirect:
    roles = await accepting.accept(who, token, address=client_address(request))
    answered = redirect(
        "/", flash=_("Invitation acceptée : {roles}.").format(roles="; ".join(map(line, roles)) or offer.place)
    )
    board = next((role.board for role in offer.roles), None)
    return remember(answered, BOARD_COOKIE, board) if board else answered


async def _with_new_account(request: AnyRequest, token: str, data: dict[str, str]) -> Redirect:
    if data.get("password") != data.get("again"):
        raise Invalid({"again": _("Les deux mots de passe diffèrent. Tapez-les de nouveau.")})
    chosen = read_form(data, Joining)
    session = await accepting.join(
        token,
        name=chosen.name,
        password=data.get("password", ""),  # with the spaces that were typed
        language=chosen.language,
        address=client_address(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    if session is None:
        return redirect(
            "/sign-in", flash=_("Votre compte est prêt. Votre rôle commence plus tard : connectez-vous ce jour-là.")
        )
    return signed_in(redirect("/", flash=_("Bienvenue. Votre compte est prêt.")), session)


def _page(
    request: AnyRequest,
    token: str,
    offer: Opened,
    *,
    typed: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> Template:
    return page(
        request,
        "invitations/one.html",
        title=_("Invitation"),
        answer=_("{name} vous invite, pour : {place}.").format(name=offer.invited_by, place=offer.place),
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        token=token,
        offer=offer,
        lines=[line(role) for role in offer.roles],
        step=_step(actor(request), offer),
        typed=typed or {"language": offer.language},
    )


def _step(who: Actor | None, offer: Opened) -> str:
    """What is to be done: `join`, `sign_in`, `accept`, or, signed in as `somebody_else`, to sign out."""
    if who is not None:
        return "accept" if who.email == offer.email else "somebody_else"
    return "join" if offer.account == "new" else "sign_in"
