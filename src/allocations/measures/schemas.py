"""What crosses HTTP about measures."""

from datetime import date

import msgspec


class RuleOut(msgspec.Struct):
    """How envelopes of a school year are computed. Cents in the measure's tax basis; `example`: ours, not the ministry's."""

    year: str
    formula: str
    floor_cents: int
    per_pupil_cents: int
    without_headcount: str
    minimum_pupils: int | None
    levels: list[str]
    example: bool
    note: str


class MeasureOut(msgspec.Struct):
    """A funding measure: what it may pay for, what an envelope is charged (`tax_basis`), and its rules, newest year first."""

    code: str
    name: str
    kind: str
    mode: str
    holder: str
    tax_basis: str
    example: bool
    from_day: date | None
    until_day: date | None
    version: int
    categories: list[str]
    rules: list[RuleOut]
