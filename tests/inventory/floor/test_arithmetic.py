"""The requirement reckoned aloud."""

from uuid import UUID

import pytest

from inventory.floor.arithmetic import required_words
from inventory.floor.rules import Status, Unit
from inventory.floor.schemas import RuleStatus
from kit.i18n import NBSP


def rule(unit: Unit, required: int | None, **facts: int | None) -> RuleStatus:
    given = {"quantity": 1, "per_pupils": None, "pupils": None, "buildings": 0} | facts
    return RuleStatus(
        rule=UUID(int=0),
        category="flotte-appareils",
        category_name="Flotte",
        unit=unit,
        headcount_on=None,
        required=required,
        counted=0,
        not_counted_out_of_service=0,
        not_counted_past_life=0,
        gap=None,
        on_order=0,
        expected=None,
        late=0,
        left=0,
        status=Status.met,
        exempt_until=None,
        sentence="",
        **given,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (rule(Unit.pupils, 12, pupils=144, per_pupils=12), "144 ÷ 12 = 12"),
        (rule(Unit.pupils, 29, pupils=144, per_pupils=5), "144 ÷ 5 = 28,8 → 29"),
        (rule(Unit.pupils, 48, pupils=142, per_pupils=3), "142 ÷ 3 = 47,33 → 48"),
        (rule(Unit.pupils, 1, pupils=1, per_pupils=300), "1 ÷ 300 = 0,003 → 1"),  # never shown as nothing
        (rule(Unit.pupils, 58, pupils=144, per_pupils=5, quantity=2), "144 × 2 ÷ 5 = 57,6 → 58"),
        (rule(Unit.pupils, 144, pupils=144, per_pupils=1), "144"),
        (rule(Unit.pupils, 288, pupils=144, per_pupils=1, quantity=2), "144 × 2 = 288"),
        (rule(Unit.pupils, 3, per_pupils=5, quantity=3), "3 : le minimum, faute d'effectif connu"),
        (rule(Unit.pupils, None, per_pupils=5), "inconnu"),
        (rule(Unit.building, 2, buildings=2), "2 immeubles × 1 = 2"),
        (rule(Unit.building, 3, buildings=1, quantity=3), "1 immeuble × 3 = 3"),
        (rule(Unit.school, 2, quantity=2), "2"),
    ],
)
def test_a_requirement_is_reckoned_as_on_paper(given: RuleStatus, said: str) -> None:
    assert required_words(given).replace(NBSP, " ") == said
