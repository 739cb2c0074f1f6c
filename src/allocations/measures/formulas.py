"""How much money a rule gives, to the cent. Pure: a rule and those it is for in, amounts with their arithmetic in a sentence out.

A school is one body; where boards hold the money, a board is one, with the pupils of its schools together.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import date
from typing import Literal

import msgspec

from allocations.measures.parting import pro_rata
from kit.errors import Refused
from kit.i18n import _, date_long, lazy, money, n_, number, percent
from kit.money import MILLION, share

Formula = Literal["max_floor_per_pupil", "pro_rata"]
RankOf = Literal["", "imse", "sfr"]
NoHeadcount = Literal["floor", "none"]


class FloorsOverTotal(Refused):
    """What the rule promises to everybody is more than there is. Figures: `floors_cents`, `total_cents`."""

    def __init__(self, *, floors: int, total: int) -> None:
        sentence = _(
            "Les montants de base et les montants minimaux font {floors}, plus que le total de la mesure, {total}."
            " Changez la règle ou le total."
        )
        super().__init__(
            sentence.format(floors=money(floors), total=money(total)), floors_cents=floors, total_cents=total
        )


class NoTotal(Refused):
    sentence = lazy(
        "La règle de la mesure {measure} partage un total, mais l'année {year} n'en a pas. Inscrivez-le d'abord."
    )


class Rule(msgspec.Struct, frozen=True):
    """A measure's formula for a school year; cents in the measure's tax basis, weights and shares in millionths.

    `without_headcount`: what stands for a missing headcount (`floor`: the floor amount; `none`: no envelope).
    `weights` by deprivation rank (a rank that is not there: 1), `unranked_ppm` where no rank is published.
    """

    formula: Formula
    floor_cents: int
    per_pupil_cents: int
    without_headcount: NoHeadcount
    levels: frozenset[str]
    minimum_pupils: int | None = None
    base_cents: int = 0
    cap_cents: int | None = None
    rank_of: RankOf = ""
    weights: Mapping[int, int] = {}
    unranked_ppm: int = MILLION
    own_share_ppm: int = 0

    @property
    def least_cents(self) -> int:
        return max(self.floor_cents, self.base_cents)

    @property
    def needs_pupils(self) -> bool:
        return self.formula == "pro_rata" or self.per_pupil_cents > 0 or self.minimum_pupils is not None


class Body(msgspec.Struct, frozen=True):
    """A school, or a board with its schools. `points`: its pupils by their weight, in millionths of a pupil.

    `uncounted`: schools of the board whose headcount is not known, whom its pupils leave out.
    """

    pupils: int | None
    counted_on: date | None
    points: int
    rank: int | None = None
    schools: int | None = None
    uncounted: int = 0


class Share(msgspec.Struct, frozen=True):
    """What a body gets, in cents, with its arithmetic; None cents: no envelope, and the sentence says why.

    `own_cents` of them are the board's own part, the rest is given.
    """

    cents: int | None
    sentence: str
    own_cents: int = 0


def covers(rule: Rule, levels: Set[str]) -> bool:
    """Whether the rule is for a school that gives these levels. Its size is asked by `shares`, which says so aloud."""
    return bool(rule.levels & levels)


def weight_of(rule: Rule, rank: int | None) -> int:
    """What a pupil of a school of this rank counts for, in millionths."""
    if not rule.rank_of:
        return MILLION
    return rule.unranked_ppm if rank is None else rule.weights.get(rank, MILLION)


def own_part(rule: Rule, cents: int) -> int:
    """The board's own part of an amount, half up to the cent; the given part is the rest, so that the two always add up."""
    return share(cents, rule.own_share_ppm)


def shares(rule: Rule, bodies: Sequence[Body], *, total: int | None = None) -> tuple[list[Share], int]:
    """What each body gets, and what of `total` the caps leave to nobody (`pro_rata` alone). Raises FloorsOverTotal."""
    if rule.formula == "max_floor_per_pupil":
        amounts = [_amount(rule, body) for body in bodies]
        return [_said(rule, body, cents) for body, cents in zip(bodies, amounts, strict=True)], 0
    assert total is not None
    given = [body for body in bodies if not _left_out(rule, body)]
    if (floors := rule.least_cents * len(given)) > total:
        raise FloorsOverTotal(floors=floors, total=total)
    lows, highs = [rule.least_cents - rule.base_cents] * len(given), [_room(rule, body) for body in given]
    to_part = total - rule.base_cents * len(given)
    points = [body.points if body.pupils is not None else 0 for body in given]
    parts, left = pro_rata(to_part, points, lows, highs)
    free = [i for i, part in enumerate(parts) if part not in (lows[i], highs[i])]
    # What a bound holds gets its bound; the others share what these leave, and only they are parted as their sentence says.
    among_free = sum(parts[i] for i in free), sum(points[i] for i in free)
    parted = dict.fromkeys(free, among_free)
    said = iter([(parts[i] + rule.base_cents, parted.get(i, (to_part, sum(points)))) for i in range(len(given))])
    found = []
    for body in bodies:
        cents, (of_cents, of_points) = (None, (0, 0)) if _left_out(rule, body) else next(said)
        found.append(_said(rule, body, cents, total=of_cents, points=of_points))
    return found, left


def _room(rule: Rule, body: Body) -> int | None:
    """How much above the base a body may get: nothing above the floor for one of unknown size."""
    if body.pupils is None:
        return rule.least_cents - rule.base_cents
    return None if rule.cap_cents is None else rule.cap_cents - rule.base_cents


def _left_out(rule: Rule, body: Body) -> bool:
    if body.pupils is None:
        return rule.needs_pupils and rule.without_headcount == "none"
    return rule.minimum_pupils is not None and body.pupils < rule.minimum_pupils


def _amount(rule: Rule, body: Body) -> int | None:
    if _left_out(rule, body):
        return None
    least = rule.least_cents if rule.cap_cents is None else min(rule.least_cents, rule.cap_cents)
    if body.pupils is None:
        return least
    cents = max(rule.floor_cents, _by_pupil(rule, body) + rule.base_cents)
    return cents if rule.cap_cents is None else min(cents, rule.cap_cents)


def _by_pupil(rule: Rule, body: Body) -> int:
    return share(rule.per_pupil_cents, body.points)


def _said(rule: Rule, body: Body, cents: int | None, *, total: int = 0, points: int = 0) -> Share:
    if cents is None or body.pupils is None:
        sentence = _without(rule, body, cents)
    elif rule.formula == "pro_rata":
        sentence = _pro_rata_words(rule, body, cents, total, points)
    else:
        sentence = _per_pupil_words(rule, body, cents)
    if body.uncounted:
        sentence += " " + n_(
            "{n} école sans effectif connu n'y est pas.", "{n} écoles sans effectif connu n'y sont pas.", body.uncounted
        ).format(n=number(body.uncounted))
    if cents is None or not rule.own_share_ppm:
        return Share(cents, sentence)
    own = own_part(rule, cents)
    parts = _("Dont {given} du ministère ({given_percent}) et {own} de l'organisme ({own_percent}).").format(
        given=money(cents - own), given_percent=_percent(MILLION - rule.own_share_ppm),
        own=money(own), own_percent=_percent(rule.own_share_ppm),
    )  # fmt: skip
    return Share(cents, f"{sentence} {parts}", own)


def _without(rule: Rule, body: Body, cents: int | None) -> str:
    if body.pupils is not None:
        sentence = _("{counted}, sous le minimum de {n} de la règle : aucune enveloppe.")
        return sentence.format(counted=_counted(body), n=number(rule.minimum_pupils or 0))
    if cents is None:
        return _("Effectif non connu : aucune enveloppe selon la règle.")
    if rule.needs_pupils:
        return _("Effectif non connu : le montant minimal, {floor}.").format(floor=money(cents))
    return _("Montant de base : {base}.").format(base=money(cents))


def _per_pupil_words(rule: Rule, body: Body, cents: int) -> str:
    """« 144 élèves au 30 septembre 2025 × 29,00 $ = 4 176,00 $, moins que le montant minimal : 5 000,00 $. »"""
    if not rule.per_pupil_cents:
        return _("Montant de base : {base}.").format(base=money(cents))
    reckoned = _by_pupil(rule, body) + rule.base_cents
    terms = f"{_weighted(rule, body)} × {money(rule.per_pupil_cents)} = {money(reckoned)}"
    return _bounded(_with_base(rule, terms), reckoned, cents)


def _pro_rata_words(rule: Rule, body: Body, cents: int, total: int, points: int) -> str:
    part = _("{weighted} sur {all}, de {total} à partager").format(
        weighted=_weighted(rule, body), all=_points(points), total=money(total)
    )
    if cents == rule.least_cents and cents == rule.floor_cents and cents > rule.base_cents:
        return _("{part} : le montant minimal, {cents}.").format(part=part, cents=money(cents))
    if cents == rule.cap_cents:
        return _("{part} : le montant maximal, {cents}.").format(part=part, cents=money(cents))
    return f"{_with_base(rule, part)} = {money(cents)}."


def _with_base(rule: Rule, terms: str) -> str:
    if not rule.base_cents:
        return terms
    return _("{base} de base + {terms}").format(base=money(rule.base_cents), terms=terms)


def _bounded(terms: str, reckoned: int, cents: int) -> str:
    if cents > reckoned:
        return _("{arithmetic}, moins que le montant minimal : {floor}.").format(arithmetic=terms, floor=money(cents))
    if cents < reckoned:
        return _("{arithmetic}, plus que le montant maximal : {cap}.").format(arithmetic=terms, cap=money(cents))
    return f"{terms}."


def _counted(body: Body) -> str:
    assert body.pupils is not None
    if body.counted_on is None:
        return n_("{n} élève", "{n} élèves", body.pupils).format(n=number(body.pupils))
    return n_("{n} élève au {day}", "{n} élèves au {day}", body.pupils).format(
        n=number(body.pupils), day=date_long(body.counted_on)
    )


def _weighted(rule: Rule, body: Body) -> str:
    counted = _counted(body)
    if not rule.rank_of:
        return counted
    if body.schools is not None:
        return _("{counted} (pondérés selon le rang : {points})").format(counted=counted, points=_points(body.points))
    weight = _points(weight_of(rule, body.rank))
    if body.rank is None:
        return _("{counted} × {weight} (sans rang)").format(counted=counted, weight=weight)
    return _("{counted} × {weight} (rang {rank})").format(counted=counted, weight=weight, rank=body.rank)


def _points(ppm: int) -> str:
    """Millionths as a number with the decimals that it has."""
    whole, rest = divmod(ppm, MILLION)
    return number(whole) if not rest else number(ppm / MILLION, decimals=len(f"{rest:06}".rstrip("0")))


def _percent(ppm: int) -> str:
    rest = f"{ppm % 10_000:04}".rstrip("0")
    return percent(ppm / MILLION, decimals=len(rest))
