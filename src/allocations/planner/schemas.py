"""What crosses HTTP and the command line about best mixes. Amounts are cents, in the measure's tax basis."""

from typing import Annotated

import msgspec
from msgspec import Meta

from allocations.planner.choosing import Reason
from allocations.selections.schemas import NewLine


class NewPlanBasket(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A mix to put in a basket of its own, as a proposal gives it."""

    measure: Annotated[str, Meta(max_length=20)]
    year: Annotated[str, Meta(max_length=9)]
    title: Annotated[str, Meta(max_length=200)] = ""
    lines: Annotated[list[NewLine], Meta(min_length=1, max_length=100)]


class GapOut(msgspec.Struct):
    """Units that a school still has to choose in a category: orders and baskets handed on are counted as come."""

    category: str
    category_name: str
    missing: int


class ProposedLine(msgspec.Struct):
    """So many of a bundle (slug) or of a product (code); `choices`: as in a basket's line."""

    bundle: str | None
    product: str | None
    name: str
    choices: list[str] | None
    quantity: int


class Effect(msgspec.Struct):
    """What a proposal does to a category: units missing before and after."""

    category: str
    category_name: str
    before: int
    after: int
    sentence: str


class ProposalOut(msgspec.Struct):
    """A mix, priced as the basket that it would make. `reason`: why it is shown; `sentence` and `why` say both in words."""

    reason: Reason
    lines: list[ProposedLine]
    charged_cents: int
    left_cents: int
    lifted: int
    closed: int
    pupils_served: int
    effects: list[Effect]
    sentence: str
    why: str


class PlanOut(msgspec.Struct):
    """Up to three proposals, best first. `proven`: nothing is better, else the best found in the time given (`sentence` says it)."""

    school: str
    measure: str
    year: str
    tax_basis: str
    free_cents: int
    gaps: list[GapOut]
    proposals: list[ProposalOut]
    proven: bool
    sentence: str
