"""What a school lacks, all rules together, in one or two sentences: what its own people read first. Pure."""

from collections.abc import Sequence

from inventory.floor.rules import Status, overall
from inventory.floor.schemas import RuleStatus
from kit.i18n import _, date_long, n_, number


def lack_words(rules: Sequence[RuleStatus], *, yours: bool = True) -> str:
    """« Il manque 6 appareils à votre école pour atteindre le plancher. 4 sont attendus le 12 mars 2027. »

    `yours`: said to the school's own people.
    """
    status = overall(rule.status for rule in rules)
    if status is None:
        return _("Aucune règle du plancher ne vise cette école.")
    if status is Status.below:
        return _below([rule for rule in rules if rule.status is Status.below], yours=yours)
    if status is Status.on_order:
        return _on_order([rule for rule in rules if rule.status is Status.on_order])
    if status is Status.met:
        return _("Le plancher est atteint dans toutes les catégories.")
    return next(rule.sentence for rule in rules if rule.status is status)


def _below(rules: Sequence[RuleStatus], *, yours: bool) -> str:
    said = (
        _("Il manque {items} à votre école pour atteindre le plancher.")
        if yours
        else _("Il manque {items} à cette école pour atteindre le plancher.")
    )
    first = said.format(items=_listed([rule.missing for rule in rules]))
    awaited = _awaited(rules)
    return f"{first} {awaited}" if awaited else first


def _awaited(rules: Sequence[RuleStatus]) -> str:
    """« 4 sont attendus le 12 mars 2027. »; '' where nothing is on order."""
    coming = sum(rule.on_order for rule in rules)
    if not coming:
        return ""
    days = {rule.expected for rule in rules if rule.on_order}
    if None in days:
        return n_("{n} est attendu.", "{n} sont attendus.", coming).format(n=number(coming))
    last = max(day for day in days if day)
    said = (
        n_("{n} est attendu le {day}.", "{n} sont attendus le {day}.", coming)
        if len(days) == 1
        else n_("{n} est attendu d'ici le {day}.", "{n} sont attendus d'ici le {day}.", coming)
    )
    return said.format(n=number(coming), day=date_long(last))


def _on_order(rules: Sequence[RuleStatus]) -> str:
    days = [rule.expected for rule in rules]
    if any(day is None for day in days):
        return _("En voie d'atteindre le plancher, si la livraison arrive : aucune date n'est promise.")
    return _("En voie d'atteindre le plancher le {day}, si la livraison arrive.").format(
        day=date_long(max(day for day in days if day))
    )


def _listed(items: Sequence[str]) -> str:
    if len(items) < 2:
        return items[0]
    return _("{items} et {last}").format(items=", ".join(items[:-1]), last=items[-1])
