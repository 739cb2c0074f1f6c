"""The words of the messages to a supplier, in the language of the moment, which the caller sets to French."""

from collections.abc import Sequence

from allocations.orders.schemas import OrderFile
from kit.i18n import _, date_long, money


def subject(file: OrderFile) -> str:
    """« Bon de commande BC-711-2026-00042 (4500-0118), révision 1, CSS … »"""
    order = file.order
    if order.revision:
        return _("Bon de commande {number}, révision {revision}, {board}").format(
            number=_numbers(file), revision=order.revision, board=order.board_name
        )
    return _("Bon de commande {number}, {board}").format(number=_numbers(file), board=order.board_name)


def covering_text(file: OrderFile, *, changes: Sequence[str] = ()) -> str:
    """The text of the message that carries the order, or its revision with what changed."""
    order = file.order
    wanted = _("Livraison souhaitée : {day}.\n").format(day=date_long(order.requested_on)) if order.requested_on else ""
    if order.revision:
        return _(
            "Bonjour,\n\nVeuillez trouver ci-joint la révision {revision} du bon de commande {number} de {board}. Elle remplace ce que"
            " vous avez reçu; le montant est maintenant de {total} taxes comprises.\n\nCe qui change :\n{changes}\n\nConfirmez-nous"
            " cette révision. Si une livraison est déjà partie, écrivez-nous sans attendre.\n\n{sender}\n{board}\n"
        ).format(
            revision=order.revision, number=order.number, board=order.board_name, total=money(order.total_cents),
            changes="\n".join(f"- {change}" for change in changes) or "-", sender=order.sent_by_name,
        )  # fmt: skip
    return _(
        "Bonjour,\n\nVeuillez trouver ci-joint le bon de commande {number} de {board}, au montant de {total} taxes comprises.\n"
        "{wanted}\nIndiquez le numéro {numbers} sur le bordereau de livraison et sur la facture. Chaque ligne dit où livrer.\n\n"
        "{sender}\n{board}\n"
    ).format(
        number=order.number,
        numbers=_("{number} (le nôtre : {own})").format(number=order.number, own=order.external_number)
        if order.external_number
        else order.number,
        board=order.board_name,
        total=money(order.total_cents),
        wanted=wanted,
        sender=order.sent_by_name,
    )


def cancelled_subject(file: OrderFile) -> str:
    return _("Annulation du bon de commande {number}, {board}").format(
        number=_numbers(file), board=file.order.board_name
    )


def cancelled_text(file: OrderFile, *, sender: str) -> str:
    return _(
        "Bonjour,\n\nLe bon de commande {number} de {board} est annulé. Ne livrez rien et ne facturez rien sous ce numéro; si une"
        " livraison est déjà partie, écrivez-nous sans attendre.\n\nRaison : {reason}\n\n{sender}\n{board}\n"
    ).format(number=_numbers(file), board=file.order.board_name, reason=file.order.cancel_reason, sender=sender)


def _numbers(file: OrderFile) -> str:
    order = file.order
    return order.number + (f" ({order.external_number})" if order.external_number else "")
