"""What is said of lines that stay aside."""

from allocations.orders.aside import ASIDE_ADVICE, ASIDE_WORDS, Aside, outcome, words


def test_each_reason_has_its_word_and_its_advice() -> None:
    assert set(ASIDE_WORDS) == set(ASIDE_ADVICE) == set(Aside)


def test_the_sentence_of_the_desk() -> None:
    said = outcome(14, 3, {Aside.price_ended: 1})
    assert said == "14 paniers deviennent 3 bons de commande. 1 ligne reste de côté\u00a0: prix échu."


def test_several_reasons_are_counted_each() -> None:
    assert words({Aside.price_ended: 2, Aside.contract_ended: 1}) == (
        "3 lignes restent de côté\u00a0: contrat terminé (1), prix échu (2)."
    )


def test_one_basket_one_order_and_nothing_aside() -> None:
    assert outcome(1, 1, {}) == "1 panier devient 1 bon de commande."


def test_nothing_is_said_to_be_nothing() -> None:
    assert outcome(0, 0, {}) == "Rien à commander."
    assert outcome(0, 0, {Aside.year_closed: 1}) == "Rien à commander. 1 ligne reste de côté\u00a0: exercice fermé."
