"""What a school reads: the desk's sentences, from figures, in French and in plural."""

from datetime import date

import pytest

from inventory.floor.rules import Delivery, Rule, Status, Unit, assess
from inventory.floor.sentences import (
    Aside,
    Exemption,
    Noun,
    RuleFigures,
    near,
    reason_words,
    rule_words,
    standing_words,
)
from kit.i18n import NBSP, use_language

DAY = date(2026, 11, 24)
DEVICE = Noun("appareil", "appareils", "device", "devices")
ROBOT = Noun("robot", "robots", "robot", "robots")
MARCH = date(2027, 3, 12)


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


def said(
    needed: int | None,
    counted: int,
    *deliveries: Delivery,
    noun: Noun = DEVICE,
    unit: Unit = Unit.pupils,
    aside: Aside = Aside(),
    exemption: Exemption | None = None,
) -> str:
    standing = assess(needed, counted, deliveries, day=DAY, exempt=exemption is not None)
    return plain(standing_words(standing, unit=unit, noun=noun, day=DAY, aside=aside, exemption=exemption))


def repair(n: int, since: date = date(2026, 10, 15)) -> Aside:
    return Aside(out_of_service=n, in_repair=n, since=since)


def test_met() -> None:
    assert said(12, 14, noun=ROBOT) == "Plancher atteint : 14 robots pour 12 requis."
    assert said(1, 1, noun=ROBOT) == "Plancher atteint : 1 robot pour 1 requis."
    assert said(0, 0, noun=ROBOT) == "Plancher atteint : 0 robot pour 0 requis."


def test_below_says_what_comes_what_is_left_and_what_may_return() -> None:
    assert said(29, 23, Delivery(4, MARCH), aside=repair(2)) == (
        "Sous le plancher : il manque 6 appareils. 4 sont attendus le 12 mars 2027; restent 2 à choisir,"
        " ou 2 à faire revenir de réparation (40 jours)."
    )


@pytest.mark.parametrize(
    ("needed", "deliveries", "aside", "words"),
    [
        (1, [], Aside(), "Sous le plancher : il manque 1 appareil."),
        (2, [], Aside(), "Sous le plancher : il manque 2 appareils."),
        (
            2,
            [Delivery(1, MARCH)],
            Aside(),
            "Sous le plancher : il manque 2 appareils. 1 est attendu le 12 mars 2027; reste 1 à choisir.",
        ),
        (
            5,
            [Delivery(2, None)],
            Aside(),
            "Sous le plancher : il manque 5 appareils. 2 sont attendus, sans date promise; restent 3 à choisir.",
        ),
        (
            2,
            [],
            repair(1, date(2026, 11, 23)),
            "Sous le plancher : il manque 2 appareils. 2 à choisir, ou 1 à faire revenir de réparation (1 jour).",
        ),
        (
            2,
            [],
            Aside(out_of_service=3, in_repair=1),
            "Sous le plancher : il manque 2 appareils. 2 à choisir, ou 2 à remettre en service.",
        ),
        (
            1200,
            [],
            Aside(),
            "Sous le plancher : il manque 1 200 appareils.",
        ),
    ],
)
def test_below_in_its_forms(needed: int, deliveries: list[Delivery], aside: Aside, words: str) -> None:
    assert said(needed, 0, *deliveries, aside=aside) == words


def test_late() -> None:
    assert said(6, 0, Delivery(6, date(2026, 11, 15))) == (
        "Livraison en retard de 9 jours : de nouveau sous le plancher. Il manque 6 appareils."
    )
    assert said(1, 0, Delivery(1, date(2026, 11, 23))) == (
        "Livraison en retard de 1 jour : de nouveau sous le plancher. Il manque 1 appareil."
    )
    # a late delivery that would not have covered the gap is not what put the school below
    assert said(6, 0, Delivery(2, date(2026, 11, 15))) == (
        "Sous le plancher : il manque 6 appareils. 2 en retard de 9 jours."
    )


def test_on_order() -> None:
    assert said(1, 0, Delivery(1, date(2027, 2, 20))) == (
        "En voie d'atteindre le plancher le 20 février 2027, si la livraison arrive."
    )
    assert said(1, 0, Delivery(1, None)) == (
        "En voie d'atteindre le plancher, si la livraison arrive : aucune date n'est promise."
    )


def test_not_assessable() -> None:
    assert said(None, 3) == (
        "Non évaluable : l'effectif au 30 septembre n'est pas connu. Ce n'est ni zéro ni un échec."
    )
    assert "aucun immeuble" in said(None, 3, unit=Unit.building)


def test_exempt() -> None:
    exemption = Exemption("École en chantier.", date(2027, 6, 30), date(2026, 9, 1))
    assert said(6, 0, exemption=exemption) == (
        "Exemptée jusqu'au 30 juin 2027 : École en chantier. Décision du 1er septembre 2026."
    )


def test_no_break_spaces_stand_where_typography_wants_them() -> None:
    standing = assess(29, 23, [Delivery(4, MARCH)], day=DAY)
    text = standing_words(standing, unit=Unit.pupils, noun=DEVICE, day=DAY, aside=Aside())
    assert text.startswith(f"Sous le plancher{NBSP}: il manque 6{NBSP}appareils.")
    assert f"12{NBSP}mars{NBSP}2027" in text


def test_english_counts_in_english_nouns() -> None:
    with use_language("en"):
        assert [plain(DEVICE.of(n)) for n in (0, 1, 2)] == ["0 devices", "1 device", "2 devices"]
    assert [plain(DEVICE.of(n)) for n in (0, 1, 2)] == ["0 appareil", "1 appareil", "2 appareils"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule(unit=Unit.pupils, quantity=1, per_pupils=12), "1 robot par 12 élèves"),
        (Rule(unit=Unit.pupils, quantity=2, per_pupils=1), "2 robots par élève"),
        (Rule(unit=Unit.building, quantity=1), "1 robot par immeuble"),
        (Rule(unit=Unit.school, quantity=4), "4 robots par école"),
    ],
)
def test_a_rule_reads_as_a_rule(rule: Rule, words: str) -> None:
    assert plain(rule_words(rule, ROBOT)) == words


def test_a_near_day_is_said_without_its_year() -> None:
    assert plain(near(date(2026, 10, 12), DAY)) == "12 octobre"
    assert plain(near(date(2027, 6, 30), DAY)) == "30 juin"
    assert plain(near(date(2026, 6, 30), DAY)) == "30 juin 2026"
    with use_language("en"):
        assert plain(near(date(2026, 10, 12), DAY)) == "October 12"


def figures(status: Status, **more: object) -> RuleFigures:
    base = {
        "noun": DEVICE,
        "unit": Unit.pupils,
        "category_name": "Flotte d'appareils",
        "gap": 6,
        "on_order": 0,
        "expected": None,
    }
    return RuleFigures(status=status, **(base | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "rules", "words"),
    [
        (
            Status.below,
            [figures(Status.below, on_order=4, expected=MARCH, aside=repair(2))],
            "Sous le plancher depuis le 12 octobre : 2 en réparation, 4 attendus le 12 mars.",
        ),
        (
            Status.below,
            [figures(Status.below, aside=repair(2))],
            "Sous le plancher depuis le 12 octobre : 2 en réparation, 4 à choisir.",
        ),
        (
            Status.below,
            [figures(Status.below), figures(Status.below, noun=ROBOT, gap=1), figures(Status.met, gap=0)],
            "Sous le plancher depuis le 12 octobre : il manque 6 appareils, 1 robot.",
        ),
        (
            Status.below,
            [figures(Status.below, on_order=1, late=2, aside=Aside(out_of_service=3, in_repair=1))],
            "Sous le plancher depuis le 12 octobre : 1 en réparation, 2 hors service, 1 attendu, 2 en retard de livraison.",
        ),
        (
            Status.on_order,
            [figures(Status.on_order, expected=MARCH), figures(Status.on_order, expected=date(2027, 2, 20))],
            "En voie d'atteindre le plancher le 12 mars, si la livraison arrive.",
        ),
        (
            Status.on_order,
            [figures(Status.on_order, expected=MARCH), figures(Status.on_order)],
            "En voie d'atteindre le plancher depuis le 12 octobre : aucune date n'est promise.",
        ),
        (Status.met, [figures(Status.met)], "Plancher atteint depuis le 12 octobre."),
        (
            Status.not_assessable,
            [figures(Status.met), figures(Status.not_assessable)],
            "Non évaluable : l'effectif au 30 septembre n'est pas connu. Ce n'est ni zéro ni un échec.",
        ),
        (
            Status.met,
            [
                figures(Status.met),
                figures(
                    Status.exempt, exemption=Exemption("chantier", date(2027, 6, 30), DAY), category_name="Robotique"
                ),
            ],
            "Plancher atteint depuis le 12 octobre. Robotique : exemptée jusqu'au 30 juin, chantier.",
        ),
        (
            Status.exempt,
            [figures(Status.exempt, exemption=Exemption("chantier", date(2027, 6, 30), DAY))],
            "Flotte d'appareils : exemptée jusqu'au 30 juin, chantier.",
        ),
        (
            Status.exempt,
            [
                figures(Status.exempt, exemption=Exemption("chantier", date(2027, 6, 30), DAY), category_name=name)
                for name in ("Robotique", "Flotte d'appareils")
            ],
            "Exemptée jusqu'au 30 juin 2027 : chantier. Décision du 24 novembre 2026.",
        ),
        (Status.exempt, [figures(Status.exempt)], "Exemptée au dernier balayage."),
    ],
)
def test_the_reason_of_a_list(status: Status, rules: list[RuleFigures], words: str) -> None:
    assert plain(reason_words(status, rules, since=date(2026, 10, 12), day=DAY)) == words
