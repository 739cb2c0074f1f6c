"""What an import answers, on the command line and over HTTP."""

from datetime import date, datetime

import msgspec

from kit.tabular import Refusal


class ImportAnswer(msgspec.Struct, kw_only=True):
    """`read` counts lines; `created`, `changed`, `unchanged`, `closed` count records of the kind named; `refused` lists lines.

    `state`: staged, applied, or dry_run (then nothing was written and `batch` is null).
    """

    kind: str
    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    refused: list[Refusal] = []
    notes: list[str] = []
    batch: int | None = None
    state: str = "dry_run"
    listed_on: date | None = None


class BatchOut(msgspec.Struct, kw_only=True):
    """An import in the list of imports."""

    number: int
    kind: str
    files: list[str]
    listed_on: date
    partial: bool
    state: str
    counts: dict[str, int]
    refused: int
    made_by: str
    made_at: datetime
    applied_by: str
    applied_at: datetime | None


class BatchDetail(BatchOut, kw_only=True):
    """An import with all that it refused and remarked."""

    lines_refused: list[Refusal]
    notes: list[str]
    changes: int


class ChangeOut(msgspec.Struct, kw_only=True):
    """One record that a batch creates, changes, closes or reopens: the fields that differ, before and after."""

    record: str
    key: str
    action: str
    name: str
    before: dict[str, object] | None
    after: dict[str, object] | None


class Tally(msgspec.Struct):
    """How many records of a kind a batch creates, changes, closes or reopens."""

    record: str
    action: str
    n: int


class Use(msgspec.Struct, kw_only=True):
    """What became of a record since its batch: `by_kind` is what was made or changed there (or `role`, `edited`), `at` when.

    `n`: of how many records this is one.
    """

    record: str
    key: str
    by_kind: str
    at: datetime | None
    name: str
    n: int


class Look(msgspec.Struct, kw_only=True):
    """What to know of a batch before it is applied or taken back.

    `open_before`: records of its kind that are open, `closes_much`: over 10 % of them would close, `stale`: it can no longer be
    applied; all of a staged batch. `later`: the batch that must be taken back before this applied one. `uses`: where what it
    changed has been used since, so that it is taken back no more.
    """

    tallies: list[Tally]
    open_before: int
    closes_much: bool
    stale: bool
    later: int | None
    uses: list[Use]
