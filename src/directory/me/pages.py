"""« Mon compte » : language, colours, password, sessions, tokens, one's own data; and for which board one acts."""

from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from directory.me import queries as own
from directory.people import operations, queries
from directory.people.cookies import BOARD_COOKIE, SESSION_COOKIE, remember
from directory.people.limits import TooManyTries
from directory.people.rules import TOKEN_DAYS, WrongPassword
from kit.actor import Actor
from kit.clock import today
from kit.errors import Invalid, Refused
from kit.http import AnyRequest, Form, signed_in
from kit.i18n import _, n_, number, set_language
from kit.pages import page, redirect


class MePages(Controller):
    """One's own account; each form changes what is the person's own."""

    path = "/me"
    guards = [signed_in]

    @get()
    async def account(self, request: AnyRequest, who: NamedDependency[Actor]) -> Template:
        return await _account(request, who)

    @post("/preferences")
    async def preferences(self, request: AnyRequest, who: NamedDependency[Actor], data: Form) -> Template | Redirect:
        try:
            await operations.prefer(who, language=data.get("language"), theme=data.get("theme"))
        except Invalid as refused:
            return await _account(request, who, refused=refused)
        set_language(data.get("language", who.language))  # the sentence is in the language just chosen
        return redirect("/me", flash=_("Vos préférences sont enregistrées."))

    @post("/board")
    async def board(self, request: AnyRequest, who: NamedDependency[Actor], data: Form) -> Template | Redirect:
        """Act for another board where a role is held; empty: the province, or the first board."""
        chosen = data.get("board", "")
        if chosen and chosen not in dict(await queries.boards(who)):
            refused = Invalid({"board": _("Vous n'avez aucun rôle dans cet organisme. Choisissez-en un de la liste.")})
            return await _account(request, who, refused=refused)
        answered = redirect("/")
        if not chosen:
            answered.delete_cookie(BOARD_COOKIE)
            return answered
        return remember(answered, BOARD_COOKIE, chosen)

    @post("/password")
    async def password(self, request: AnyRequest, who: NamedDependency[Actor], data: Form) -> Template | Redirect:
        try:
            if data.get("password") != data.get("again"):
                raise Invalid({"again": _("Les deux nouveaux mots de passe diffèrent. Tapez-les de nouveau.")})
            await operations.set_password(
                who,
                data.get("password", ""),
                current=data.get("current", ""),
                keep=request.cookies.get(SESSION_COOKIE),
            )
        except (Invalid, WrongPassword, TooManyTries) as refused:
            return await _account(request, who, refused=refused)
        return redirect(
            "/me", flash=_("Votre mot de passe est changé. Vos autres connexions et vos jetons ont pris fin.")
        )

    @post("/sessions/end")
    async def end_sessions(self, request: AnyRequest, who: NamedDependency[Actor]) -> Redirect:
        ended = await operations.end_other_sessions(who, keep=request.cookies.get(SESSION_COOKIE))
        sentence = n_("{n} autre connexion a pris fin.", "{n} autres connexions ont pris fin.", ended)
        return redirect("/me", flash=sentence.format(n=number(ended)))

    @get("/data")
    async def data(self, who: NamedDependency[Actor]) -> Response[bytes]:
        """« Télécharger mes données » : a file of JSON, to be kept or read by another program."""
        found = msgspec.json.format(msgspec.json.encode(await own.own_data(who)), indent=2)
        name = _("mes-donnees-{day}.json").format(day=today().isoformat())
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(found, media_type="application/json", headers=headers)

    @post("/tokens")
    async def create_token(self, request: AnyRequest, who: NamedDependency[Actor], data: Form) -> Template:
        """The answer shows the token this once: it is not kept, so no page can show it after a redirect."""
        try:
            days = data.get("days", "")
            if not (days.isascii() and days.isdigit() and len(days) < 5):
                raise Invalid({"days": _("Un jeton dure de 1 à {most} jours.").format(most=TOKEN_DAYS)})
            token, details = await operations.create_token(
                who,
                email=who.email,
                name=data.get("name", ""),
                scopes=["read", "write"] if data.get("write") else ["read"],
                days=int(days),
            )
        except Invalid as refused:
            return await _account(request, who, refused=refused, typed=data)
        return await _account(request, who, token=token, token_name=details.name)

    @post("/tokens/{token:uuid}/revoke")
    async def revoke_token(self, who: NamedDependency[Actor], token: FromPath[UUID]) -> Redirect:
        gone = await operations.revoke_token(who, token)
        return redirect("/me", flash=_("Le jeton « {name} » ne sert plus.").format(name=gone.name))


async def _account(
    request: AnyRequest,
    who: Actor,
    *,
    refused: Refused | None = None,
    typed: dict[str, str] | None = None,
    token: str = "",
    token_name: str = "",
) -> Template:
    errors = refused.errors if isinstance(refused, Invalid) else {"": refused.detail} if refused else None
    names = {role.code: role.name for role in await queries.roles(who)}
    return page(
        request,
        "me/account.html",
        title=_("Mon compte"),
        errors=errors,
        status=refused.status if refused else 200,
        roles=[names[role] for role in who.roles],
        boards=await queries.boards(who),
        sessions=await own.sessions(who, current=request.cookies.get(SESSION_COOKIE, "")),
        tokens=[kept for kept in await queries.tokens(who) if kept.active],
        typed=typed or {},
        token=token,
        token_name=token_name,
    )
