"""What pages say of orders: states, promised days, the trail, and what a desk is told after it pressed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from allocations.orders.amendments import SENTENCES as CHANGES
from allocations.orders.rules import (
    CANCELLED_WORDS,
    HOW_WORDS,
    SENT,
    UNSENT,
    CancelledBy,
    How,
    State,
)
from allocations.orders.schemas import OrderFile, OrderOut
from kit.clock import today
from kit.events import EventOut
from kit.history import Told, tell
from kit.i18n import _, again, date_long, lazy, money, n_, number

TONES: Mapping[State, str] = {
    State.draft: "not_assessable",
    State.to_authorise: "not_assessable",
    State.authorised: "not_assessable",
    State.sent: "on_order",
    State.acknowledged: "on_order",
    State.part_received: "on_order",
    State.on_hold: "warning",
    State.received: "met",
    State.closed: "exempt",
    State.cancelled: "exempt",
}

EVENTS: Mapping[str, str] = {
    "order.drafted": lazy("Ébauche créée."),
    "order.asked": lazy("Autorisation demandée."),
    "order.authorised": lazy("Autorisé."),
    "order.sent_back": lazy("Redevenu une ébauche."),
    "order.acknowledged": lazy("Confirmé par le fournisseur."),
    "order.held": lazy("Mis en attente."),
    "order.resumed": lazy("Repris."),
    "order.amended": lazy("Modifié."),
    "order.justified": lazy("Achat hors contrat justifié et attesté."),
    "order.attached": lazy("Fichier joint."),
    "order.resent": lazy("Envoyé de nouveau."),
    "order.sent": lazy("Envoyé au fournisseur."),
    "order.recalled": lazy("Envoi annulé."),
    "order.cancelled": lazy("Annulé."),
    "order.kept": lazy("Gardé après la fin de son exercice."),
    "order.closed": lazy("Reste abandonné : le bon est clos."),
    "order.ended": lazy("Tout est reçu et facturé : le bon est clos."),
    "order.reopened": lazy("Rouvert : une facture qui le terminait est annulée."),
    "order.dated": lazy("Date promise inscrite."),
    "order.received": lazy("Biens reçus."),
    "order.receipt_undone": lazy("Réception annulée."),
    "order.issue_reported": lazy("Biens endommagés, en trop ou autres que commandés : non reçus."),
    "order.issue_settled": lazy("Biens mis de côté : réglé."),
    "order.issue_photographed": lazy("Photo jointe."),
    "order.returned": lazy("Biens retournés au fournisseur."),
    "order.return_authorised": lazy("Autorisation de retour inscrite."),
    "order.return_settled": lazy("Retour réglé."),
    "order.return_cancelled": lazy("Retour annulé."),
    "order.handed_over": lazy("Remise inscrite."),
    "order.explained": lazy("Raison d'achat inscrite, devant les seuils de la loi."),
    "order.numbered": lazy("Numéro interne inscrit."),
}


def units(n: int) -> str:
    """`4 unités`."""
    return n_("{n} unité", "{n} unités", n).format(n=number(n))


def late_words(promised: date) -> str:
    """`en retard de 9 jours`."""
    days = (today() - promised).days
    return n_("en retard de {n} jour", "en retard de {n} jours", days).format(n=number(days))


def answer(order: OrderOut) -> str:
    """The one sentence of an order."""
    if order.state is State.draft:
        return _("Ébauche : rien n'est envoyé, l'argent reste réservé.")
    if order.state is State.to_authorise:
        return _("À autoriser par une autre personne que {name} : rien n'est envoyé, l'argent reste réservé.").format(
            name=order.asked_by_name
        )
    if order.state is State.authorised:
        return _("Autorisé par {name} : il peut être envoyé.").format(name=order.authorised_by_name)
    if order.state is State.on_hold:
        return _("En attente : {reason}").format(reason=order.hold_reason)
    if order.state is State.cancelled:
        return _("{cancelled} : {reason}").format(cancelled=cancelled_by(order), reason=order.cancel_reason)
    if order.state is State.received:
        return n_("L'unité commandée est reçue.", "Les {n} unités commandées sont reçues.", order.units).format(
            n=number(order.units)
        )
    if order.state is State.closed:
        return _("Clos : ce qui n'était pas reçu est abandonné, et son argent est libre.")
    awaited = n_("Il reste {n} unité à recevoir", "Il reste {n} unités à recevoir", order.outstanding).format(
        n=number(order.outstanding)
    )
    if order.expected_on is None:
        return _("{awaited}, sans date promise.").format(awaited=awaited)
    if order.late:
        return _("{awaited}, {late}.").format(awaited=awaited, late=late_words(order.expected_on))
    return _("{awaited}, au plus tôt le {day}.").format(awaited=awaited, day=date_long(order.expected_on))


def cancelled_by(order: OrderOut) -> str:
    """« Annulé par le regroupement »"""
    return _(CANCELLED_WORDS[CancelledBy(order.cancelled_by or "us")])


def sent_words(file: OrderFile) -> str:
    """« BC-711-2026-00042 envoyé. 11 762,26 $ engagés sur 9 enveloppes. »"""
    return n_(
        "{number} envoyé. {amount} engagés sur {n} enveloppe.",
        "{number} envoyé. {amount} engagés sur {n} enveloppes.",
        file.envelopes,
    ).format(number=file.order.number, amount=money(file.charged_cents), n=number(file.envelopes))


def how_words(how: str) -> str:
    """`par téléphone`; '' where a message carries it."""
    return _(HOW_WORDS[How(how)]) if how else ""


def handed_over_words(file: OrderFile, *, was: State) -> str:
    """What handing an order over changed."""
    if was in UNSENT:
        return sent_words(file)
    return _("{number} : remise inscrite, {how}.").format(number=file.order.number, how=how_words(file.order.sent_how))


def numbered_words(file: OrderFile) -> str:
    order = file.order
    if not order.external_number:
        return _("{number} : plus de numéro interne.").format(number=order.number)
    return _("{number} porte chez vous le numéro {own}.").format(number=order.number, own=order.external_number)


def recalled_words(file: OrderFile, *, by_hand: bool) -> str:
    amount = money(file.charged_cents)
    if by_hand:
        said = _("Envoi annulé. {amount} sont de nouveau réservés. Si le fournisseur a le bon en main, avisez-le.")
        return said.format(amount=amount)
    return _("Envoi annulé : le courriel ne partira pas. {amount} sont de nouveau réservés.").format(amount=amount)


def cancelled_words(file: OrderFile, *, was: State, message_left: bool) -> str:
    """What became of the money and of the baskets, and who must still be told."""
    number_ = file.order.number
    if was in UNSENT:
        return _("{number} annulé. Ses paniers attendent de nouveau d'être commandés.").format(number=number_)
    said = _("{number} annulé. {amount} désengagés; ses paniers attendent de nouveau d'être commandés.").format(
        number=number_, amount=money(file.charged_cents)
    )
    if message_left and not file.order.sent_how and file.order.cancelled_by != CancelledBy.supplier:
        said += " " + _("Un courriel avise le fournisseur.")
    elif message_left:
        said += " " + _("Avisez le fournisseur : il a reçu le bon.")
    return said


def closed_words(file: OrderFile, *, message_left: bool) -> str:
    """What became of the rest's money, and who must still be told."""
    freed_cents = sum((event.after or {})["freed_cents"] for event in file.timeline if event.what == "order.closed")
    said = _("{number} clos. {amount} sont libres de nouveau.").format(
        number=file.order.number, amount=money(freed_cents)
    )
    return said + (" " + _("Avisez le fournisseur : il a reçu le bon.") if message_left else "")


def moved_words(freed_cents: int) -> str:
    """« 420,07 $ désengagés. »; what a revision asks more (negative) is committed; '' where nothing moves."""
    if freed_cents > 0:
        return n_("{amount} désengagé.", "{amount} désengagés.", freed_cents // 100).format(amount=money(freed_cents))
    if freed_cents < 0:
        return n_("{amount} engagé de plus.", "{amount} engagés de plus.", -freed_cents // 100).format(
            amount=money(-freed_cents)
        )
    return ""


def promised_words(file: OrderFile, day: date | None) -> str:
    if day is None:
        return _("{number} : plus de date promise.").format(number=file.order.number)
    return _("{number} : livraison promise le {day}.").format(number=file.order.number, day=date_long(day))


def mail_words(file: OrderFile) -> tuple[str, str] | None:
    """What became of the message of a sent order: kind of notice and sentence. None: nothing to say (it waits, or is not sent)."""
    if file.order.state not in SENT or file.order.sent_how:
        return None
    if file.mail == "failed":
        return "warning", _("Le fournisseur n'a pas reçu le courriel. L'engagement demeure.")
    if file.mail == "none":
        return "warning", _("Aucun courriel : imprimez le bon, remettez-le, puis inscrivez comment.")
    return None


def history(events: Sequence[EventOut]) -> list[Told]:
    """The trail of an order, with the figures that matter."""
    return [
        replace(told, sentence=_sentence(event.what, event.after or {}) or told.sentence)
        for event, told in zip(events, tell(events, sentences=EVENTS, labels={}), strict=True)
    ]


def _sentence(what: str, after: Mapping[str, Any]) -> str | None:
    if what == "order.received" and "receipt" in after:
        return _("Reçu : {units}, bon de réception {number}.").format(
            units=units(after["units"]), number=after["receipt"]
        )
    if what in ("order.sent", "order.handed_over") and after.get("how"):
        said = _("Remis au fournisseur {how}.").format(how=how_words(after["how"]))
        confirmed = after.get("confirmation")
        return said + (" " + _("Confirmation {number}.").format(number=confirmed) if confirmed else "")
    if what == "order.acknowledged" and after.get("on"):
        on, confirmed = date_long(date.fromisoformat(after["on"])), after.get("confirmation")
        if not confirmed:
            return _("Confirmé par le fournisseur le {day}.").format(day=on)
        return _("Confirmé par le fournisseur le {day}, numéro {number}.").format(day=on, number=confirmed)
    if what == "order.amended":
        changes = (again(each, CHANGES) for each in after["changes"])
        parts = [_("Révision {n}.").format(n=after["revision"]), *changes, moved_words(after["freed_cents"])]
        return " ".join(parts).strip()
    if what == "order.resent":
        return _("Envoyé de nouveau, à {address}.").format(address=after["email"])
    if what == "order.cancelled" and after.get("by"):
        return _("{cancelled}.").format(cancelled=_(CANCELLED_WORDS[CancelledBy(after["by"])]))
    if what == "order.numbered":
        own = after.get("external_number")
        return _("Numéro interne : {own}.").format(own=own) if own else _("Numéro interne retiré.")
    if what == "order.dated":
        lines = after.get("lines")
        day = date_long(date.fromisoformat(after["expected_on"])) if after.get("expected_on") else None
        if not lines:
            return _("Livraison promise le {day}.").format(day=day) if day else _("Date promise retirée.")
        which = ", ".join(str(line) for line in lines)
        if day is None:
            return n_(
                "Date promise retirée, ligne {which}.", "Date promise retirée, lignes {which}.", len(lines)
            ).format(which=which)
        return n_(
            "Livraison promise le {day}, ligne {which}.", "Livraison promise le {day}, lignes {which}.", len(lines)
        ).format(day=day, which=which)
    return None
