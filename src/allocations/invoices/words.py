"""What is said of an invoice's differences, one sentence each: what is wrong, and what to do where no decision can accept it."""

from collections.abc import Mapping

from allocations.invoices.matching import Difference
from kit.i18n import _, again, lazy, money, number

TAXES: Mapping[str, str] = {"gst": lazy("TPS"), "qst": lazy("TVQ")}

KINDS: Mapping[str, str] = {
    "quantity": lazy(
        "Ligne {position} : facturé {found}, reçu {expected}. Attendez la réception, ou refusez la facture."
    ),
    "price_above": lazy("Ligne {position} : {found_money} au lieu de {expected_money}, soit {cents_money} de plus."),
    "price_below": lazy("Ligne {position} : {found_money} au lieu de {expected_money}, soit {cents_money} de moins."),
    "unknown_line": lazy("Ligne {position} de la facture : {found_money} pour un article qui n'est pas au bon."),
    "extra": lazy("Frais non commandés : {found_money}, pour une tolérance de {expected_money}."),
    "line_amount": lazy(
        "Ligne {position} de la facture : le montant imprimé est {found_money}; quantité × prix donne {expected_money}."
    ),
    "sum": lazy(
        "Les lignes totalisent {expected_money}, et la facture imprime {found_money} avant taxes. Corrigez la saisie, ou"
        " refusez la facture."
    ),
    "total": lazy(
        "Montant et taxes font {expected_money}, et la facture imprime un total de {found_money}. Corrigez la saisie, ou"
        " refusez la facture."
    ),
    "tax": lazy("{tax} : {found_money} imprimés; au taux du jour de la facture, {expected_money}."),
    "tax_other_day": lazy(
        "{tax} : {found_money} imprimés, au taux d'un autre jour; au taux du jour de la facture, {expected_money}."
    ),
    "same_amount": lazy(
        "Même fournisseur, même date et même total que la facture {about} : vérifiez qu'elle n'est pas saisie deux fois."
    ),
    "room": lazy(
        "L'enveloppe n'a pas la place : il faut {found_money} de plus et il reste {expected_money}. Ajoutez-y par un virement ou"
        " un ajustement, obtenez une facture corrigée, ou refusez-la."
    ),
    "not_returned": lazy(
        "Ligne {position} : crédité {found}, rendu et non crédité {expected}. Inscrivez le retour, ou refusez la note de crédit."
    ),
    "over_credit": lazy(
        "Ligne {position} : crédité plus que ce qui reste facturé ({found} pour {expected}). Corrigez la saisie, ou refusez la"
        " note de crédit."
    ),
}  # fmt: skip
WHOLE = lazy("La note de crédit rend {found_money} avant taxes, et il reste {expected_money} de la facture.")


def sentence(difference: Difference) -> str:
    """« Ligne 2 : facturé 6, reçu 4. … »"""
    words = KINDS[difference.kind]
    if difference.kind == "price_below" and difference.position == 0:
        words = WHOLE
    in_cents = difference.kind == "over_credit" and difference.about == "cents"
    return _(words).format(
        position=difference.position,
        found=money(difference.found) if in_cents else number(difference.found),
        expected=money(difference.expected) if in_cents else number(difference.expected),
        found_money=money(difference.found),
        expected_money=money(difference.expected),
        cents_money=money(abs(difference.cents)),
        tax=_(TAXES.get(difference.about, "")) if difference.about in TAXES else "",
        about=difference.about,
    )


def anew(kept: str) -> str:
    """Sentences that a decision kept, in the reader's language."""
    return "\n".join(again(line, (*KINDS.values(), WHOLE)) for line in kept.split("\n"))


def sentences(differences: list[Difference]) -> str:
    """All of them, one a line."""
    return "\n".join(map(sentence, differences))
