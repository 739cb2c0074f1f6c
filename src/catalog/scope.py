"""Whose rows of the catalogue: shared ones are the ministry's; a board also has its own, which no other board sees."""

from kit.actor import Actor, Scope
from kit.errors import Forbidden
from kit.i18n import _
from kit.policies import OWN_BOARD

SHARED_OR_OWN = f"board IS NULL OR board = {OWN_BOARD}"


def owner_for(who: Actor, board: str | None = None) -> str | None:
    """The board whose own row `who` may write (None: a shared one). Raises Forbidden.

    The ministry writes what is shared, a board its own; only the service may name a board that it does not act for.
    """
    if who.scope is Scope.board:
        who.must("supplier.write")
        if board is not None and board != who.board:
            raise Forbidden()
        return who.board
    who.must("catalogue.write")
    if board is not None and who.scope is not Scope.system:
        raise Forbidden(_("Les prix, les fournisseurs et les contrats d'un organisme sont inscrits par lui."))
    return board


def check_writes(who: Actor, board: str | None) -> None:
    """Raise Forbidden unless `who` may change a row of this owner (None: a shared one)."""
    if who.scope is Scope.board and board != who.board:
        who.must("supplier.write")
        raise Forbidden(_("Cette fiche est commune à tout le réseau : seul le ministère la change."))
    owner_for(who, board)


def writes(who: Actor, board: str | None) -> bool:
    """Whether `who` may change a row of this owner (None: a shared one)."""
    try:
        check_writes(who, board)
    except Forbidden:
        return False
    return True


def own_code(code: str, board: str | None) -> bool:
    """Whether a code is one that its owner may give: a board's own begin with its number, so that no two boards collide."""
    return board is None or code.startswith(f"{board[:3]}-")


def own_code_words(board: str) -> str:
    """Which codes a board may give."""
    return _("Le code d'une fiche propre à votre organisme commence par « {prefix} ».").format(prefix=f"{board[:3]}-")


def seen(who: Actor, alias: str) -> str:
    """SQL: whether `who` may read a row of a table under this alias, as the policy says once more."""
    if who.scope in (Scope.system, Scope.ministry):
        return "true"
    return f"({alias}.board IS NULL OR {alias}.board = current_setting('app.board', true))"
