"""Why a line of an approved basket stays aside when its basket is ordered, and what is said of it. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from kit.i18n import _, lazy, n_, number


class Aside(StrEnum):
    """Why a line of an approved basket stays aside when its basket is ordered; the first that holds is told."""

    year_closed = "year_closed"
    last_day = "last_day"
    product_closed = "product_closed"
    supplier_closed = "supplier_closed"
    contract_ended = "contract_ended"
    price_ended = "price_ended"
    outside_contract = "outside_contract"


ASIDE_WORDS = {
    Aside.year_closed: lazy("exercice fermé"),
    Aside.last_day: lazy("dernier jour d'engagement de la mesure passé"),
    Aside.product_closed: lazy("produit retiré du catalogue"),
    Aside.supplier_closed: lazy("fournisseur fermé"),
    Aside.contract_ended: lazy("contrat terminé"),
    Aside.price_ended: lazy("prix échu"),
    Aside.outside_contract: lazy("contrat obligatoire"),
}

# What to do about it.
ASIDE_ADVICE = {
    Aside.year_closed: lazy("L'exercice est fermé : rien n'y est plus commandé."),
    Aside.last_day: lazy(
        "L'argent de cette mesure devait être engagé plus tôt : demandez au ministère de changer la date."
    ),
    Aside.product_closed: lazy(
        "Ce produit est retiré du catalogue : l'école reprend le panier et en choisit un autre."
    ),
    Aside.supplier_closed: lazy("Ce fournisseur est fermé : reprenez les prix du panier chez un autre."),
    Aside.contract_ended: lazy("Le contrat de ce prix est terminé : reprenez les prix du panier."),
    Aside.price_ended: lazy("Prix échu : confirmez-le au catalogue au même montant, ou reprenez les prix du panier."),
    Aside.outside_contract: lazy("Contrat obligatoire : choisissez-le, ou joignez l'attestation et la justification."),
}


def words(counts: Mapping[Aside, int]) -> str:
    """« 1 ligne reste de côté : prix échu. »; '' where nothing does."""
    total = sum(counts.values())
    if not total:
        return ""
    known = {reason: n for reason, n in ((reason, counts.get(reason, 0)) for reason in Aside) if n}
    why = ", ".join(
        _(ASIDE_WORDS[reason]) + (f" ({number(n)})" if len(known) > 1 else "") for reason, n in known.items()
    )
    sentence = n_("{n} ligne reste de côté : {why}.", "{n} lignes restent de côté : {why}.", total)
    return sentence.format(n=number(total), why=why)


def outcome(selections: int, orders: int, counts: Mapping[Aside, int]) -> str:
    """« 14 paniers deviennent 3 bons de commande. 1 ligne reste de côté : prix échu. »"""
    if not orders:
        return " ".join([_("Rien à commander."), words(counts)]).strip()
    baskets = n_("{n} panier devient", "{n} paniers deviennent", selections).format(n=number(selections))
    become = n_("{n} bon de commande", "{n} bons de commande", orders).format(n=number(orders))
    return " ".join([f"{baskets} {become}.", words(counts)]).strip()
