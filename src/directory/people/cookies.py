"""The two cookies of a signed-in browser: the session's token, and the board that is acted for."""

from litestar.response import Redirect

from directory.people.rules import SESSION_LIFE
from kit.settings import settings

SESSION_COOKIE = "session"
BOARD_COOKIE = "board"


def remember(answered: Redirect, name: str, value: str) -> Redirect:
    """Closed to scripts, kept as long as a session may last."""
    answered.set_cookie(
        name,
        value,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings().cookies_over_https_only,
    )
    return answered


def signed_in(answered: Redirect, token: str) -> Redirect:
    """With a new session; the board chosen by whoever was here before is forgotten."""
    remember(answered, SESSION_COOKIE, token)
    answered.delete_cookie(BOARD_COOKIE)
    return answered


def signed_out(answered: Redirect) -> Redirect:
    answered.delete_cookie(SESSION_COOKIE)
    answered.delete_cookie(BOARD_COOKIE)
    return answered
