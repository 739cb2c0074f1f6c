"""What a check finds."""

from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum

import msgspec

from app.logs import told
from kit.i18n import _


class State(StrEnum):
    ok = "ok"
    warning = "warning"
    wrong = "wrong"


class Finding(msgspec.Struct, frozen=True):
    """`what` is seen in the area `about`; `do`: what to do, empty where there is nothing to do."""

    about: str
    state: State
    what: str
    do: str = ""


def ok(about: str, what: str) -> Finding:
    return Finding(about, State.ok, what)


def warning(about: str, what: str, do: str) -> Finding:
    return Finding(about, State.warning, what, do)


def wrong(about: str, what: str, do: str) -> Finding:
    return Finding(about, State.wrong, what, do)


async def found_by(about: str, check: Callable[[], Awaitable[Iterable[Finding]]]) -> list[Finding]:
    """What a check finds; one that breaks is a finding too, and the others go on."""
    try:
        return list(await check())
    except Exception as error:
        what = _("Cette vérification n'a pas pu se faire ({error}).").format(error=told(error))
        return [wrong(about, what, _("Réparez d'abord ce qui est dit plus haut, puis recommencez."))]
