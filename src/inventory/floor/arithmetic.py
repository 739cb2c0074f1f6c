"""How a rule's requirement is reckoned, as a school would do it on paper. Pure."""

from fractions import Fraction

from inventory.floor.rules import Unit
from inventory.floor.schemas import RuleStatus
from kit.i18n import NBSP, _, n_, number


def required_words(rule: RuleStatus) -> str:
    """« 144 ÷ 5 = 28,8 → 29 », « 2 immeubles × 1 = 2 »; what is not known is said so. One rounding, up."""
    if rule.required is None:
        return _("inconnu")
    if rule.unit is Unit.school:
        return number(rule.required)
    if rule.unit is Unit.building:
        return _("{buildings} × {quantity} = {required}").format(
            buildings=n_("{n} immeuble", "{n} immeubles", rule.buildings).format(n=number(rule.buildings)),
            quantity=number(rule.quantity),
            required=number(rule.required),
        )
    if rule.pupils is None:
        return _("{required} : le minimum, faute d'effectif connu").format(required=number(rule.required))
    return _per_pupils(rule.pupils, rule.quantity, rule.per_pupils or 1, rule.required)


def _per_pupils(pupils: int, quantity: int, per: int, required: int) -> str:
    exact = Fraction(pupils * quantity, per)
    left = [number(pupils)]
    if quantity != 1:
        left += ["×", number(quantity)]
    if per != 1:
        left += ["÷", number(per)]
    steps = NBSP.join(left)
    if exact.denominator == 1:
        return steps if steps == number(required) else f"{steps}{NBSP}= {number(required)}"
    return f"{steps}{NBSP}= {_decimal(exact)} → {number(required)}"


def _decimal(exact: Fraction) -> str:
    """Two decimals at most, and more where those would show a whole number that it is not."""
    for decimals in range(1, 9):
        shown = round(exact, decimals)
        if shown.denominator != 1 and (shown == exact or decimals >= 2):
            return number(float(shown), decimals=decimals)
    return number(float(exact))
