"""What crosses HTTP and the command line about measures."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from allocations.measures.formulas import Formula, NoHeadcount, RankOf
from kit.money import MILLION

Cents = Annotated[int, Meta(ge=0, le=10**13)]
Millionths = Annotated[int, Meta(ge=0, le=100 * MILLION)]
Level = Literal["preschool", "primary", "secondary", "adult", "vocational"]
Rest = Literal["lost", "carried", "recovered"]


class RuleOut(msgspec.Struct):
    """How envelopes of a school year are computed. Cents in the measure's tax basis; `example`: ours, not the ministry's.

    `max_floor_per_pupil`: max(floor, base + per pupil × pupils × weight), at most the cap; `pro_rata`: the base each, then the
    rest of the year's total by weighted pupils, between floor and cap. `weights` by deprivation rank `rank_of` ('' for none),
    in millionths of a pupil; `unranked_ppm` where no rank is published. `own_share_ppm`: the board's own part.
    """

    year: str
    formula: str
    base_cents: int
    floor_cents: int
    per_pupil_cents: int
    cap_cents: int | None
    rank_of: str
    weights: dict[str, int]
    unranked_ppm: int | None
    own_share_ppm: int
    without_headcount: str
    minimum_pupils: int | None
    levels: list[str]
    example: bool
    note: str
    version: int


class MeasureYearOut(msgspec.Struct):
    """A measure in a school year: its total for the province (null: not known), the days that end it, what becomes of the rest."""

    year: str
    total_cents: int | None
    last_commit_on: date | None
    last_spend_on: date | None
    rest: str
    version: int


class MeasureOut(msgspec.Struct):
    """A funding measure: what it may pay for, what an envelope is charged (`tax_basis`), its years and rules, newest first."""

    code: str
    name: str
    programme: str
    kind: str
    mode: str
    holder: str
    tax_basis: str
    example: bool
    from_day: date | None
    until_day: date | None
    version: int
    categories: list[str]
    years: list[MeasureYearOut]
    rules: list[RuleOut]


class MeasureIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the ministry writes of a measure. `programme`: the plan it belongs to. `categories`: codes of what it may pay for."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    name_en: Annotated[str, Meta(max_length=200)] = ""
    programme: Annotated[str, Meta(max_length=120)] = ""
    kind: Literal["investment", "operating"]
    mode: Literal["a_priori", "a_posteriori"] = "a_priori"
    holder: Literal["school", "board"] = "school"
    tax_basis: Literal["net", "with_tax", "before_tax"] = "net"
    from_day: date | None = None
    until_day: date | None = None
    categories: list[str] = []


class MeasureYearIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a measure is in a school year. A day that is null bounds nothing."""

    total_cents: Annotated[int, Meta(ge=1, le=10**13)] | None = None
    last_commit_on: date | None = None
    last_spend_on: date | None = None
    rest: Rest


class AllocationRuleIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A rule as the ministry writes it; fields as `RuleOut` says."""

    formula: Formula = "max_floor_per_pupil"
    base_cents: Cents = 0
    floor_cents: Cents = 0
    per_pupil_cents: Cents = 0
    cap_cents: Cents | None = None
    rank_of: RankOf = ""
    weights: dict[str, Millionths] = {}
    unranked_ppm: Millionths | None = None
    own_share_ppm: Annotated[int, Meta(ge=0, lt=MILLION)] = 0
    without_headcount: NoHeadcount = "floor"
    minimum_pupils: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    levels: Annotated[list[Level], Meta(min_length=1)]
    note: Annotated[str, Meta(max_length=500)] = ""
