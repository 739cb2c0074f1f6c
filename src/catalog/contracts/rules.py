"""What a contract binds to. Pure."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, lazy

KINDS = ("group", "call_off", "local", "direct")


class ContractDays(Refused):
    sentence = lazy(
        "Le dernier jour d'un contrat, puis celui de ses options, ne peuvent pas précéder son premier jour."
    )


class ContractClosed(Conflict):
    sentence = lazy("Ce contrat est déjà fermé.")


def check_days(from_day: date, until_day: date | None, options_until: date | None) -> None:
    """The last day, then that of the options, follow the first; options without a last day extend nothing. Raises ContractDays."""
    if until_day is None and options_until is not None:
        raise ContractDays(
            _("Un contrat sans dernier jour n'a pas d'options à compter : donnez-le, ou ôtez leur dernier jour.")
        )
    days = [day for day in (from_day, until_day, options_until) if day is not None]
    if days != sorted(days):
        raise ContractDays()


def outside_contract(mandatory: Collection[UUID], contract: UUID | None) -> bool:
    """Whether something bought under `contract` (None: under none) escapes the contracts that its buyer must use for it."""
    return bool(mandatory) and contract not in mandatory


def check_bound(*, board: str | None, binds_all: bool, boards: Collection[str]) -> None:
    """A board's own contract binds it alone; a shared one binds every board, or those named. Raises Invalid."""
    if board is not None and (binds_all or boards):
        raise Invalid({"boards": _("Le contrat d'un organisme ne lie que lui : n'en nommez pas d'autres.")})
    if binds_all and boards:
        raise Invalid({"boards": _("Ce contrat lie tous les organismes : n'en nommez aucun.")})
    if board is None and not binds_all and not boards:
        raise Invalid({"boards": _("Dites qui ce contrat lie : tous les organismes, ou ceux que vous nommez.")})
