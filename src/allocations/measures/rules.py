"""How much money a rule gives a school, and which schools it is for. Pure; each result comes with its arithmetic in a sentence."""

import re
from collections.abc import Set
from datetime import date
from typing import Literal

import msgspec

from kit.errors import Invalid, Refused
from kit.i18n import _, date_long, lazy, money, n_, number


class NoRule(Refused):
    """The measure has no rule for that year."""

    sentence = lazy("La mesure {measure} n'a pas de règle de calcul pour {year}. Le ministère doit l'inscrire.")


class HeldByBoard(Refused):
    """The measure gives its money to boards, not to schools."""

    sentence = lazy("La mesure {measure} est tenue par les organismes : elle ne donne pas d'enveloppe aux écoles.")


class Rule(msgspec.Struct, frozen=True):
    """A measure's formula for a school year; cents in the measure's tax basis.

    `without_headcount`: what stands for a missing headcount (`floor`: the floor amount; `none`: no envelope).
    """

    formula: Literal["max_floor_per_pupil"]
    floor_cents: int
    per_pupil_cents: int
    without_headcount: Literal["floor", "none"]
    levels: frozenset[str]
    minimum_pupils: int | None = None


class Share(msgspec.Struct, frozen=True):
    """What a school gets, in cents, with its arithmetic; None cents: no envelope, and the sentence says why."""

    cents: int | None
    sentence: str


def covers(rule: Rule, levels: Set[str]) -> bool:
    """Whether the rule is for a school that gives these levels. Its size is asked by `share_of`, which says so aloud."""
    return bool(rule.levels & levels)


def share_of(rule: Rule, *, pupils: int | None, counted_on: date | None) -> Share:
    """max(floor, per pupil × pupils) of a school with this headcount. Missing is not zero: the rule says what stands for it."""
    if pupils is None or counted_on is None:
        return _without_headcount(rule)
    counted = n_("{n} élève au {day}", "{n} élèves au {day}", pupils).format(
        n=number(pupils), day=date_long(counted_on)
    )
    if rule.minimum_pupils is not None and pupils < rule.minimum_pupils:
        sentence = _("{counted}, sous le minimum de {n} de la règle : aucune enveloppe.")
        return Share(None, sentence.format(counted=counted, n=number(rule.minimum_pupils)))
    by_pupil = rule.per_pupil_cents * pupils
    arithmetic = f"{counted} × {money(rule.per_pupil_cents)} = {money(by_pupil)}"
    if by_pupil >= rule.floor_cents:
        return Share(by_pupil, f"{arithmetic}.")
    sentence = _("{arithmetic}, moins que le montant minimal : {floor}.")
    return Share(rule.floor_cents, sentence.format(arithmetic=arithmetic, floor=money(rule.floor_cents)))


def check_year(year: str) -> str:
    """A school year written `2026-2027`, or Invalid."""
    if (found := re.fullmatch(r"(\d{4})-(\d{4})", year)) and int(found[2]) == int(found[1]) + 1:
        return year
    raise Invalid(
        {"year": _("L'année scolaire s'écrit comme 2026-2027; « {year} » n'en est pas une.").format(year=year)}
    )


def _without_headcount(rule: Rule) -> Share:
    if rule.without_headcount == "floor":
        sentence = _("Effectif non connu : le montant minimal, {floor}.").format(floor=money(rule.floor_cents))
        return Share(rule.floor_cents, sentence)
    return Share(None, _("Effectif non connu : aucune enveloppe selon la règle."))
