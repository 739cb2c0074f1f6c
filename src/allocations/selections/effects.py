"""What a basket would do to the school's floor. Pure."""

from collections.abc import Iterable, Mapping

from allocations.selections.schemas import FloorEffect
from inventory.floor.schemas import RuleStatus
from kit.i18n import _, number


def floor_effects(units: Mapping[str, int], rules: Iterable[RuleStatus]) -> list[FloorEffect]:
    """Per rule of a category that the basket adds to: what is left to choose, orders counted, before and after delivery."""
    return [_effect(units[rule.category], rule) for rule in rules if units.get(rule.category)]


def _effect(units: int, rule: RuleStatus) -> FloorEffect:
    before = None if rule.gap is None else rule.left
    after = None if before is None else max(before - units, 0)
    return FloorEffect(
        category=rule.category,
        category_name=rule.category_name,
        units=units,
        before=before,
        after=after,
        sentence=effect_words(before, after),
    )


def effect_words(before: int | None, after: int | None) -> str:
    """What becomes of a gap; None: it is not known."""
    if before is None or after is None:
        return _("L'effet sur le plancher n'est pas évaluable : l'effectif n'est pas connu.")
    if before == 0:
        return _("Ne change pas le plancher.")
    if after == 0:
        return _("Fait atteindre le plancher.")
    return _("Ramène l'écart de {before} à {after}.").format(before=number(before), after=number(after))
