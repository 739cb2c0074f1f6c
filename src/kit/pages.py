"""Rendering a page: the context that every template shares (see `docs/pages.md`), and messages that survive one redirect."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlencode

from litestar import Request
from litestar.response import Redirect, Template
from litestar.utils.empty import value_or_default
from litestar.utils.scope.state import ScopeState

from kit.actor import Actor, Scope
from kit.http import actor
from kit.i18n import current_language
from kit.settings import settings

Nav = Sequence[tuple[str, str, bool]]
Menu = Sequence[tuple[str, str]]
FLASH = "flash"


def _none(who: Actor | None, path: str) -> Nav:
    return ()


def _nothing(who: Actor | None) -> Menu:
    return ()


_navigation: Callable[[Actor | None, str], Nav] = _none
_menu: Callable[[Actor | None], Menu] = _nothing


def use_navigation(navigation: Callable[[Actor | None, str], Nav], menu: Callable[[Actor | None], Menu]) -> None:
    """Set what the header and the person's menu show for whom; the running program does it once."""
    global _navigation, _menu
    _navigation, _menu = navigation, menu


def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    title: str,
    school_name: str | None = None,
    answer: str | None = None,
    breadcrumb: Sequence[tuple[str, str]] = (),
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    **context: Any,
) -> Template:
    """An HTML page. `errors` (field → sentence) makes it a failed form: give `status=422` with it."""
    who = actor(request)
    flashes = _read_flash(request)
    answered = Template(
        template,
        status_code=status,
        context={
            "page": {"title": title, "school_name": school_name, "answer": answer, "breadcrumb": list(breadcrumb)},
            "who": who,
            "nav": list(_navigation(who, request.url.path)),
            "menu": list(_menu(who)),
            "csrf_token": value_or_default(ScopeState.from_scope(request.scope).csrf_token, ""),
            "other_language": None if who else _other_language(request),
            "theme": who.theme if who else "auto",
            "density": "calm" if who is None or who.scope is Scope.school else "dense",
            "errors": dict(errors or {}),
            "status": status,
            "flash": flashes,
            **context,
        },
    )
    if flashes:
        answered.delete_cookie(FLASH)
    return answered


def _other_language(request: Request[Any, Any, Any]) -> tuple[str, str, str]:
    """The link by which somebody without an account reads this page in the other language: code, its own name, address."""
    code, name = ("en", "English") if current_language() == "fr" else ("fr", "Français")
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return code, name, "?" + urlencode([*kept, ("lang", code)])


def redirect(path: str, *, flash: str | None = None, kind: str = "success") -> Redirect:
    """To a page after a form did its work (303), with a sentence that is shown once there."""
    answered = Redirect(path, status_code=303)
    if flash:
        answered.set_cookie(
            FLASH,
            quote(json.dumps([[kind, flash]], ensure_ascii=False)),
            max_age=60,
            httponly=True,
            samesite="lax",
            secure=settings().cookies_over_https_only,
        )
    return answered


def _read_flash(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """Messages left by `redirect`; whatever else the cookie holds is ignored (the template escapes the text)."""
    try:
        found = json.loads(unquote(request.cookies.get(FLASH, "")))
        return [
            (kind, text) for kind, text in found if kind in ("success", "warning", "error") and isinstance(text, str)
        ]
    except (ValueError, TypeError):
        return []
