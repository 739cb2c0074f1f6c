"""What is said of delegations."""

from allocations.approvals.schemas import Stuck
from kit.i18n import _, lazy, n_, number

MEASURE_KINDS = {"investment": lazy("investissement"), "operating": lazy("fonctionnement")}


def stuck_line(one: Stuck) -> str:
    """`711000 : 2 paniers attendent une décision que personne ne peut prendre (Direction d'école).`"""
    sentence = n_(
        "{board} : {n} panier attend une décision que personne ne peut prendre ({role}).",
        "{board} : {n} paniers attendent une décision que personne ne peut prendre ({role}).",
        one.n,
    )
    return sentence.format(board=one.board, n=number(one.n), role=one.role_name or _("qui approuve"))
