"""What the figures of the floor say, in the reader's language. Pure: figures in, one sentence or two out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from inventory.floor.rules import Rule, Standing, Status, Unit
from kit.clock import school_year
from kit.i18n import NBSP, _, current_language, date_long, n_, number


@dataclass(frozen=True, slots=True)
class Noun:
    """What a rule counts: 1 robot, 14 robots. Masculine in French: the sentences agree with it."""

    one: str
    many: str
    one_en: str = ""
    many_en: str = ""

    def of(self, n: int) -> str:
        """`6 appareils`, `1 robot`."""
        return f"{number(n)}{NBSP}{self.form(n)}"

    def form(self, n: int) -> str:
        if current_language() == "en" and self.one_en:
            return self.one_en if n == 1 else self.many_en
        return self.one if n < 2 else self.many


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Units that are there and do not work: `in_repair` of `out_of_service`, the oldest since `since`."""

    out_of_service: int = 0
    in_repair: int = 0
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why a school need not meet a rule, until when, decided when."""

    reason: str
    until: date
    decided_on: date


def near(day: date, today: date) -> str:
    """`12 octobre`; with its year outside the school year of `today`."""
    whole = date_long(day)
    if school_year(day) != school_year(today):
        return whole
    return whole.removesuffix(f",{NBSP}{day.year}").removesuffix(f"{NBSP}{day.year}")


def rule_words(rule: Rule, noun: Noun) -> str:
    """The rule itself: « 1 robot par 12 élèves »."""
    if rule.unit is Unit.school:
        return _("{items} par école").format(items=noun.of(rule.quantity))
    if rule.unit is Unit.building:
        return _("{items} par immeuble").format(items=noun.of(rule.quantity))
    per = rule.per_pupils or 1
    return n_("{items} par élève", "{items} par {pupils} élèves", per).format(
        items=noun.of(rule.quantity), pupils=number(per)
    )


def standing_words(
    standing: Standing, *, unit: Unit, noun: Noun, day: date, aside: Aside, exemption: Exemption | None = None
) -> str:
    """How a school stands on a rule, why, and what would lift it."""
    if standing.status is Status.exempt and exemption is not None:
        return _whole(exemption)
    if standing.status is Status.not_assessable:
        return unknown_words(unit)
    if standing.status is Status.met:
        assert standing.required is not None
        return _("Plancher atteint : {items} pour {required} requis.").format(
            items=noun.of(standing.counted), required=number(standing.required)
        )
    if standing.status is Status.on_order:
        return _on_order(standing)
    return _below(standing, noun=noun, day=day, aside=aside)


def unknown_words(unit: Unit) -> str:
    """Why a rule cannot be assessed."""
    if unit is Unit.building:
        return _("Non évaluable : aucun immeuble de l'école n'est connu. Ce n'est ni zéro ni un échec.")
    return _("Non évaluable : l'effectif au 30 septembre n'est pas connu. Ce n'est ni zéro ni un échec.")


def _on_order(standing: Standing) -> str:
    if standing.expected is None:
        return _("En voie d'atteindre le plancher, si la livraison arrive : aucune date n'est promise.")
    return _("En voie d'atteindre le plancher le {day}, si la livraison arrive.").format(
        day=date_long(standing.expected)
    )


def _below(standing: Standing, *, noun: Noun, day: date, aside: Aside) -> str:
    missing = standing.gap or 0
    first, also = "", ""
    days = (day - standing.late_since).days if standing.late_since else 0
    if days and standing.on_order + standing.late >= missing:
        first = n_(
            "Livraison en retard de {n} jour : de nouveau sous le plancher.",
            "Livraison en retard de {n} jours : de nouveau sous le plancher.",
            days,
        ).format(n=number(days))
        second = _("Il manque {items}.")
    else:
        second = _("Sous le plancher : il manque {items}.")
        if days:  # late, and too few to be what put the school below
            also = n_("{late} en retard de {n} jour.", "{late} en retard de {n} jours.", days).format(
                late=number(standing.late), n=number(days)
            )
    sentences = [first, second.format(items=noun.of(missing)), also, _way_out(standing, day=day, aside=aside)]
    return " ".join(sentence for sentence in sentences if sentence)


def _way_out(standing: Standing, *, day: date, aside: Aside) -> str:
    """« 4 sont attendus le 12 mars 2027; restent 2 à choisir, ou 2 à faire revenir de réparation (40 jours). »"""
    back = _back(min(standing.left, aside.out_of_service), day=day, aside=aside)
    if standing.on_order:
        if standing.expected is None:
            awaited = n_(
                "{n} est attendu, sans date promise", "{n} sont attendus, sans date promise", standing.on_order
            )
        else:
            awaited = n_("{n} est attendu le {day}", "{n} sont attendus le {day}", standing.on_order)
        awaited = awaited.format(n=number(standing.on_order), day=standing.expected and date_long(standing.expected))
        chosen = n_("reste {n} à choisir", "restent {n} à choisir", standing.left).format(n=number(standing.left))
        return f"{awaited}; {chosen}{back}."
    if back:
        return _("{n} à choisir{back}.").format(n=number(standing.left), back=back)
    return ""


def _back(n: int, *, day: date, aside: Aside) -> str:
    """« , ou 2 à faire revenir de réparation (40 jours) »"""
    if n == 0:
        return ""
    if aside.in_repair == aside.out_of_service:
        words = _(", ou {n} à faire revenir de réparation").format(n=number(n))
    else:
        words = _(", ou {n} à remettre en service").format(n=number(n))
    days = (day - aside.since).days if aside.since else 0
    return words + (n_(" ({days} jour)", " ({days} jours)", days).format(days=number(days)) if days else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigures:
    """What a list knows of one rule of a school."""

    status: Status
    noun: Noun
    unit: Unit
    category_name: str
    gap: int
    on_order: int
    expected: date | None
    late: int = 0
    aside: Aside = Aside()
    exemption: Exemption | None = None


def reason_words(status: Status, rules: Sequence[RuleFigures], *, since: date, day: date) -> str:
    """Why a school stands as it does: « Sous le plancher depuis le 12 octobre : 2 en réparation, 4 attendus le 12 mars. »"""
    exempt = [rule for rule in rules if rule.status is Status.exempt and rule.exemption]
    start = near(since, day)
    if status is Status.below:
        why = _causes([rule for rule in rules if rule.status is Status.below], day=day)
        text = _("Sous le plancher depuis le {since} : {why}.").format(since=start, why=why)
    elif status is Status.on_order:
        dates = [rule.expected for rule in rules if rule.status is Status.on_order]
        if any(expected is None for expected in dates):
            text = _("En voie d'atteindre le plancher depuis le {since} : aucune date n'est promise.").format(
                since=start
            )
        else:
            last = max(expected for expected in dates if expected)
            text = _("En voie d'atteindre le plancher le {day}, si la livraison arrive.").format(day=near(last, day))
    elif status is Status.not_assessable:
        text = unknown_words(next(rule.unit for rule in rules if rule.status is Status.not_assessable))
    elif status is Status.met:
        text = _("Plancher atteint depuis le {since}.").format(since=start)
    else:  # it may have ended since the scan
        text = "" if exempt else _("Exemptée au dernier balayage.")
        if (
            len(exempt) > 1 and len({rule.exemption for rule in exempt}) == 1
        ):  # one decision for all categories is told once
            return _whole(exempt[0].exemption)
    return " ".join([text, *(_exempt(rule, day) for rule in exempt)]).strip()


def _whole(exemption: Exemption | None) -> str:
    assert exemption is not None
    return _("Exemptée jusqu'au {until} : {reason}. Décision du {decided}.").format(
        until=date_long(exemption.until),
        reason=exemption.reason.rstrip(". "),
        decided=date_long(exemption.decided_on),
    )


def _exempt(rule: RuleFigures, day: date) -> str:
    assert rule.exemption is not None
    return _("{category} : exemptée jusqu'au {until}, {reason}.").format(
        category=rule.category_name, until=near(rule.exemption.until, day), reason=rule.exemption.reason.rstrip(". ")
    )


def _causes(rules: Sequence[RuleFigures], *, day: date) -> str:
    """What stops a school: what does not work, what is awaited, what is late; where nothing of it, what is missing."""
    causes = [cause for rule in rules for cause in _rule_causes(rule, day)]
    return ", ".join(causes) or _("il manque {items}").format(items=", ".join(rule.noun.of(rule.gap) for rule in rules))


def _rule_causes(rule: RuleFigures, day: date) -> list[str]:
    found = []
    if rule.aside.in_repair:
        found.append(_("{n} en réparation").format(n=number(rule.aside.in_repair)))
    if broken := rule.aside.out_of_service - rule.aside.in_repair:
        found.append(_("{n} hors service").format(n=number(broken)))
    if rule.on_order:
        words = n_("{n} attendu", "{n} attendus", rule.on_order).format(n=number(rule.on_order))
        found.append(
            words
            if rule.expected is None
            else _("{awaited} le {day}").format(awaited=words, day=near(rule.expected, day))
        )
    if rule.late:
        found.append(_("{n} en retard de livraison").format(n=number(rule.late)))
    left = rule.gap - rule.aside.out_of_service - rule.on_order - rule.late
    if found and left > 0:
        found.append(_("{n} à choisir").format(n=number(left)))
    return found
