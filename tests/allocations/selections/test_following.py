"""Where an ordered basket stands: as far as the slowest of its orders."""

from datetime import date

import pytest

from allocations.selections.following import Order, step_of, words_of
from kit.i18n import NBSP

MARCH = date(2027, 3, 12)


def order(*, sent: bool = True, awaited: int = 0, expected_on: date | None = None, idle: int = 0) -> Order:
    return Order("BC-990-2026-00001", sent, awaited, expected_on, idle)


@pytest.mark.parametrize(
    ("orders", "step", "words"),
    [
        ([order(sent=False, awaited=2)], 2, "Regroupé dans un bon de commande : l'organisme l'enverra au fournisseur."),
        ([order(awaited=2)], 3, "Commandé : l'organisme attend la livraison."),
        ([order(awaited=2, expected_on=MARCH), order(idle=1)], 3, "Commandé : livraison attendue le 12 mars 2027."),
        ([order(awaited=2, expected_on=MARCH), order(awaited=1)], 3, "Commandé : l'organisme attend la livraison."),
        ([order(idle=1)], 4, "Reçu : 1 appareil reste à mettre en service."),
        ([order(idle=2), order(idle=1)], 4, "Reçu : 3 appareils restent à mettre en service."),
        ([order()], 5, "Tout ce qui devait arriver est reçu."),
    ],
)
def test_a_basket_is_as_far_as_its_slowest_order(orders: list[Order], step: int, words: str) -> None:
    assert step_of(orders) == step
    assert words_of(orders).replace(NBSP, " ") == words
