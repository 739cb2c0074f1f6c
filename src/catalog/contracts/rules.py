"""What a contract binds to. Pure."""

from collections.abc import Collection
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
