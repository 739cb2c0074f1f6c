"""Signing in and out, and a lost password. Whole without JavaScript; nothing here tells whether an address has an account."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect, Template

from directory.people import operations
from directory.people.cookies import SESSION_COOKIE, signed_in, signed_out
from directory.people.first import FIRST_ACCOUNT, FIRST_COMMAND, nobody_yet
from directory.people.limits import TooManyTries
from directory.people.links import UNTOLD, LinkOver
from directory.people.rules import NoRole, WrongPassword
from kit import http
from kit.actor import Actor
from kit.errors import Invalid, Refused
from kit.forms import errors_of
from kit.http import AnyRequest, Form, actor, client_address, local_path
from kit.i18n import _
from kit.pages import page, redirect

Next = Annotated[str, QueryParameter(name="next")]
NOBODY = {"public": "nobody is signed in yet"}


@get("/sign-in", opt=NOBODY)
async def sign_in_form(request: AnyRequest, next_path: Next = "/") -> Template | Redirect:
    if actor(request) is not None:
        return redirect(local_path(next_path))
    return _sign_in_page(request, next_path=next_path, first_day=await nobody_yet())


def _sign_in_page(
    request: AnyRequest, *, next_path: str, email: str = "", refused: Refused | None = None, first_day: bool = False
) -> Template:
    return page(
        request,
        "sign_in/form.html",
        title=_("Connexion"),
        errors={"": refused.detail} if refused else None,
        status=refused.status if refused else 200,
        email=email,
        next_path=local_path(next_path),
        first_day=(_(FIRST_ACCOUNT), FIRST_COMMAND) if first_day else None,
    )


@post("/sign-in", opt=NOBODY)
async def sign_in(request: AnyRequest, data: Form) -> Template | Redirect:
    """A new token whatever cookie came with the form."""
    email, next_path = data.get("email", ""), data.get("next", "/")
    try:
        token = await operations.sign_in(
            email,
            data.get("password", ""),
            address=client_address(request),
            user_agent=request.headers.get("user-agent", ""),
        )
    except (WrongPassword, NoRole, TooManyTries) as refused:
        return _later(_sign_in_page(request, next_path=next_path, email=email[:254], refused=refused), refused)
    if (before := actor(request)) is not None:
        await operations.sign_out(before, request.cookies.get(SESSION_COOKIE, ""))
    return signed_in(redirect(local_path(next_path)), token)


@post("/sign-out", guards=[http.signed_in])
async def sign_out(request: AnyRequest, who: NamedDependency[Actor]) -> Redirect:
    await operations.sign_out(who, request.cookies.get(SESSION_COOKIE, ""))
    return signed_out(redirect("/sign-in", flash=_("Votre connexion a pris fin.")))


def _later(answered: Template, refused: Refused) -> Template:
    if isinstance(refused, TooManyTries):
        answered.headers["Retry-After"] = str(refused.seconds)
    return answered


@get("/sign-in/lost", opt=NOBODY)
async def lost_form(request: AnyRequest, sent: FromQuery[str] = "") -> Template:
    return _lost_page(request, sent=bool(sent))


@post("/sign-in/lost", opt=NOBODY)
async def ask_for_link(request: AnyRequest, data: Form) -> Template | Redirect:
    try:
        if not (email := data.get("email", "").strip()):
            raise Invalid({"email": _("Écrivez le courriel de votre compte.")})
        await operations.ask_for_link(email, address=client_address(request))
    except (Invalid, TooManyTries) as refused:
        return _later(_lost_page(request, email=data.get("email", "")[:254], refused=refused), refused)
    return redirect("/sign-in/lost?sent=1")


def _lost_page(request: AnyRequest, *, sent: bool = False, email: str = "", refused: Refused | None = None) -> Template:
    return page(
        request,
        "sign_in/lost.html",
        title=_("Demande reçue") if sent else _("Mot de passe oublié"),
        breadcrumb=[(_("Connexion"), "/sign-in"), (_("Mot de passe oublié"), "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        sent=sent,
        email=email,
    )


@get("/sign-in/new-password/{token:str}", opt=NOBODY, response_headers=UNTOLD)
async def new_password_form(request: AnyRequest, token: FromPath[str]) -> Template:
    try:
        return _new_password_page(request, token, email=await _of(request, token))
    except (LinkOver, TooManyTries) as refused:
        return over(request, refused)


@post("/sign-in/new-password/{token:str}", opt=NOBODY, response_headers=UNTOLD)
async def set_new_password(request: AnyRequest, token: FromPath[str], data: Form) -> Template | Redirect:
    """Changed, not signed in: the new password is typed once more where passwords are typed."""
    email = ""
    try:
        email = await _of(request, token)
        if data.get("password") != data.get("again"):
            raise Invalid({"again": _("Les deux nouveaux mots de passe diffèrent. Tapez-les de nouveau.")})
        await operations.reset_password(token, data.get("password", ""), address=client_address(request))
    except Invalid as refused:
        return _new_password_page(request, token, email=email, refused=refused)
    except (LinkOver, TooManyTries) as refused:
        return over(request, refused)
    return signed_out(redirect("/sign-in", flash=_("Votre mot de passe est changé. Connectez-vous avec le nouveau.")))


async def _of(request: AnyRequest, token: str) -> str:
    return await operations.check_link(token, address=client_address(request))


def _new_password_page(request: AnyRequest, token: str, *, email: str, refused: Invalid | None = None) -> Template:
    return page(
        request,
        "sign_in/new_password.html",
        title=_("Nouveau mot de passe"),
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        token=token,
        email=email,
    )


def over(request: AnyRequest, refused: Refused) -> Template:
    """A link that is good no more, or whoever tries too many."""
    answered = page(request, "sign_in/over.html", title=_(refused.title), answer=refused.detail, status=refused.status)
    return _later(answered, refused)
