"""What a plan tells a school team. Pure."""

from collections.abc import Mapping, Sequence

from allocations.planner.choosing import Mix, Reason
from allocations.planner.schemas import GapOut, ProposedLine
from kit.i18n import _, lazy, money, n_, number

_WHY: Mapping[Reason, str] = {
    Reason.floor: lazy("Comble le plus de catégories, puis le plus d'unités, au moindre coût."),
    Reason.gap: lazy("Comble le plus d'unités manquantes, même si moins de catégories atteignent leur plancher."),
    Reason.pupils: lazy("Comble autant, et sert le plus d'élèves avec ce qui reste."),
    Reason.other: lazy("La meilleure avec d'autres choix."),
}


def proposal_words(lines: Sequence[ProposedLine], charged: int, closed: int, missing: int) -> str:
    """« 2 × Tablette, 840,13 $ : le plancher sera atteint à la livraison. »"""
    things = _(", ").join(_("{n} × {name}").format(n=number(line.quantity), name=line.name) for line in lines)
    if closed == missing:
        after = _("le plancher sera atteint à la livraison") if missing else _("le plancher est déjà atteint")
    else:
        after = n_("comble {n} unité sur {missing}", "comble {n} unités sur {missing}", closed).format(
            n=number(closed), missing=number(missing)
        )
    return _("{things}, {cost} : {after}.").format(things=things, cost=money(charged), after=after)


def why_words(mix: Mix, best: Mix) -> str:
    """Why a mix is shown, and how it compares with the first."""
    why = _(_WHY[mix.reason])
    if mix.reason is Reason.pupils:
        served = n_(
            "{n} élève servi selon la taille recommandée.", "{n} élèves servis selon la taille recommandée.", mix.serves
        )
        return f"{why} {served.format(n=number(mix.serves))}"
    if mix.reason is Reason.other and mix.cost > best.cost:
        return f"{why} {_('Coûte {more} de plus que la première.').format(more=money(mix.cost - best.cost))}"
    return why


def plan_words(mixes: Sequence[Mix], gaps: Sequence[GapOut], *, proven: bool, seconds: int) -> str:
    """What the search found, in a sentence or two."""
    missing = sum(gap.missing for gap in gaps)
    if not mixes:
        found = (
            _("Aucune combinaison à proposer dans cette enveloppe.")
            if missing
            else _("Le plancher est atteint : rien à combler.")
        )
    elif missing and mixes[0].closed < missing:
        said = n_(
            "Aucune combinaison ne comble tout l'écart. La meilleure en comble {n} sur {missing}.",
            "Aucune combinaison ne comble tout l'écart. La meilleure en comble {n} sur {missing}.",
            mixes[0].closed,
        )
        found = said.format(n=number(mixes[0].closed), missing=number(missing))
    else:
        found = n_("{n} combinaison proposée.", "{n} combinaisons proposées.", len(mixes)).format(n=number(len(mixes)))
    if proven:
        return found
    late = n_("Meilleure trouvée en {n} seconde.", "Meilleure trouvée en {n} secondes.", seconds)
    return f"{found} {late.format(n=number(seconds))}"
