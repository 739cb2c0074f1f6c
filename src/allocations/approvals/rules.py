"""Who decides on a purchase: the steps of a delegation, each up to a limit. Pure.

A basket goes up the steps of the most precise delegation of its board (of its kind of money and category, then of its category,
of its kind, of all). Who holds the role of a step agrees; where the cost is within the limit of the step, that decides.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

import msgspec

from kit.errors import Conflict, Forbidden, Invalid
from kit.i18n import _, lazy, money

MOST_STEPS = 6


class Step(msgspec.Struct, frozen=True):
    """A rung: `position` from 1, the role, its limit in cents of the measure's tax basis (None: without limit)."""

    position: int
    role: str
    role_name: str
    limit_cents: int | None


class Ladder(msgspec.Struct, frozen=True):
    """A delegation in force. `measure_kind` '' and `category` None: any."""

    id: UUID
    measure_kind: str
    category: str | None
    steps: list[Step]


class NotYourStep(Forbidden):
    """Figures: `role`, its name."""

    sentence = lazy("Ce panier n'attend pas votre décision : elle revient à {role}.")


class DecidedAlready(Conflict):
    sentence = lazy("Vous avez déjà donné votre accord à ce panier : l'étape suivante revient à une autre personne.")


class DeputyOfAuthor(Forbidden):
    """Figures: `name`."""

    sentence = lazy("{name} a préparé ce panier : qui remplace cette personne ne peut pas l'approuver pour elle.")


class ComingAlready(Conflict):
    """Figures: `day`."""

    sentence = lazy("Une délégation de cette sorte commence déjà le {day} : mettez-y fin d'abord.")


def decides(step: Step, cents: int) -> bool:
    """Whether the agreement of this step is enough."""
    return step.limit_cents is None or cents <= step.limit_cents


def needed(ladder: Ladder, cents: int) -> int:
    """How many steps must agree on so many cents."""
    return next((n for n, step in enumerate(ladder.steps, 1) if decides(step, cents)), len(ladder.steps))


def choose(ladders: Iterable[Ladder], *, kind: str, categories: Collection[str], cents: int) -> Ladder | None:
    """The delegation under which a basket goes; None where nothing is delegated.

    Each category finds its most precise one; where these differ, the one that asks for most steps, then the lowest limit.
    """
    known = list(ladders)
    found = {one.id: one for category in categories if (one := _most_precise(known, kind, category)) is not None}
    return max(found.values(), key=lambda one: (needed(one, cents), -_limit(one), str(one.id)), default=None)


def _most_precise(ladders: Iterable[Ladder], kind: str, category: str) -> Ladder | None:
    fitting = [one for one in ladders if one.measure_kind in ("", kind) and one.category in (None, category)]
    return max(fitting, key=lambda one: (one.category is not None, one.measure_kind != ""), default=None)


def _limit(ladder: Ladder) -> float:
    limit = ladder.steps[0].limit_cents
    return float("inf") if limit is None else limit


def waiting_step(ladder: Ladder, after: int, *, passed_over: Collection[str] = ()) -> Step:
    """The step that follows `after`. A role whose every holder had a hand in the basket (`passed_over`) is left out, never the last."""
    rest = [step for step in ladder.steps if step.position > after]
    return next((step for step in rest if step.role not in passed_over), rest[-1])


def check_steps(steps: Sequence[tuple[str, int | None]]) -> None:
    """Steps of (role, limit) go up: each role once, each limit over the one before, the last without limit. Raises Invalid."""
    if not 1 <= len(steps) <= MOST_STEPS:
        raise Invalid({"steps": _("Une délégation compte de 1 à {most} étapes.").format(most=MOST_STEPS)})
    roles = [role for role, _limit in steps]
    if len(set(roles)) != len(roles):
        raise Invalid({"steps": _("Un rôle n'a qu'une étape dans une délégation.")})
    if steps[-1][1] is not None:
        raise Invalid({"steps": _("La dernière étape n'a pas de limite : sinon, personne ne déciderait au-delà.")})
    before = 0
    for n, (_role, limit) in enumerate(steps[:-1], 1):
        if limit is None:
            raise Invalid({"steps": _("L'étape {n} n'a pas de limite : rien n'irait plus haut.").format(n=n)})
        if limit <= before:
            raise Invalid({"steps": _("La limite de l'étape {n} doit dépasser celle d'avant.").format(n=n)})
        before = limit


def check_from(from_day: date, *, today: date) -> None:
    """What was decided under a delegation stays so: a new one begins today or later. Raises Invalid."""
    if from_day < today:
        raise Invalid({"from_day": _("Une délégation commence aujourd'hui ou plus tard.")})


def over_limit_sentence(limit: int, role: str) -> str:
    """What somebody reads whose agreement does not decide."""
    sentence = _(
        "Votre limite pour ce genre d'achat est de {limit}. Votre accord est noté; la décision revient à {role}."
    )
    return sentence.format(limit=money(limit), role=role)
