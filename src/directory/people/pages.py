"""Signing in and out, and one's own account. Whole without JavaScript."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from directory.people import operations, queries
from directory.people.rules import SESSION_LIFE, TOKEN_DAYS, NoRole, TooManySignIns, WrongPassword
from kit.actor import Actor
from kit.errors import Invalid, Refused
from kit.http import AnyRequest, Form, actor, client_address, local_path, signed_in
from kit.i18n import _, set_language
from kit.pages import page, redirect
from kit.settings import settings

SESSION_COOKIE = "session"
BOARD_COOKIE = "board"
Next = Annotated[str, QueryParameter(name="next")]


def _remember(answered: Redirect, name: str, value: str) -> Redirect:
    answered.set_cookie(
        name,
        value,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings().cookies_over_https_only,
    )
    return answered


@get("/sign-in", opt={"public": "nobody is signed in yet"})
async def sign_in_form(request: AnyRequest, next_path: Next = "/") -> Template | Redirect:
    if actor(request) is not None:
        return redirect(local_path(next_path))
    return _sign_in_page(request, next_path=next_path)


def _sign_in_page(request: AnyRequest, *, next_path: str, email: str = "", refused: Refused | None = None) -> Template:
    return page(
        request,
        "people/sign_in.html",
        title=_("Connexion"),
        errors={"": refused.detail} if refused else None,
        status=refused.status if refused else 200,
        email=email,
        next_path=local_path(next_path),
    )


@post("/sign-in", opt={"public": "nobody is signed in yet"})
async def sign_in(request: AnyRequest, data: Form) -> Template | Redirect:
    """A new token whatever cookie came with the form; the board chosen by whoever was here before is forgotten."""
    email, next_path = data.get("email", ""), data.get("next", "/")
    try:
        token = await operations.sign_in(
            email,
            data.get("password", ""),
            address=client_address(request),
            user_agent=request.headers.get("user-agent", ""),
        )
    except (WrongPassword, NoRole, TooManySignIns) as refused:
        again = _sign_in_page(request, next_path=next_path, email=email[:254], refused=refused)
        if isinstance(refused, TooManySignIns):
            again.headers["Retry-After"] = str(refused.seconds)
        return again
    if (before := actor(request)) is not None:
        await operations.sign_out(before, request.cookies.get(SESSION_COOKIE, ""))
    answered = _remember(redirect(local_path(next_path)), SESSION_COOKIE, token)
    answered.delete_cookie(BOARD_COOKIE)
    return answered


@post("/sign-out", guards=[signed_in])
async def sign_out(request: AnyRequest, who: NamedDependency[Actor]) -> Redirect:
    await operations.sign_out(who, request.cookies.get(SESSION_COOKIE, ""))
    answered = redirect("/sign-in", flash=_("Votre connexion a pris fin."))
    answered.delete_cookie(SESSION_COOKIE)
    answered.delete_cookie(BOARD_COOKIE)
    return answered


class MePages(Controller):
    """« Mon compte » : language, colours, password, tokens; and for which board one acts."""

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
        return _remember(answered, BOARD_COOKIE, chosen)

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
        except (Invalid, WrongPassword, TooManySignIns) as refused:
            return await _account(request, who, refused=refused)
        return redirect(
            "/me", flash=_("Votre mot de passe est changé. Vos autres connexions et vos jetons ont pris fin.")
        )

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
        "people/me.html",
        title=_("Mon compte"),
        errors=errors,
        status=refused.status if refused else 200,
        roles=[names[role] for role in who.roles],
        boards=await queries.boards(who),
        tokens=[kept for kept in await queries.tokens(who) if kept.active],
        typed=typed or {},
        token=token,
        token_name=token_name,
    )
