"""What crosses HTTP and the command line about uploads of adjustments."""

from datetime import datetime

import msgspec


class LineOut(msgspec.Struct, kw_only=True):
    """What became of a line, with the status that a request of its own would have had (200, 404, 422).

    `raw`: its cells as they were, one a line. Cents in the measure's tax basis; `applied_cents` is less than `asked_cents` where
    the envelope has not as much free. `school` null: a board's own envelope, or an unknown code.
    """

    line: int
    raw: str
    board: str
    school: str | None
    outcome: str
    status: int
    asked_cents: int | None
    applied_cents: int
    before_cents: int | None
    sentence: str


class UploadOut(msgspec.Struct, kw_only=True):
    """An upload and how many of its lines became what. `state`: `held` until its schools are told, then `released`."""

    number: int
    board: str
    measure: str
    year: str
    file_name: str
    reason: str
    state: str
    made_at: datetime
    made_by_name: str
    released_at: datetime | None
    released_by_name: str
    lines: int
    applied: int
    partial: int
    unchanged: int
    unknown: int
    refused: int
    applied_cents: int


class UploadAnswer(UploadOut, kw_only=True):
    """The answer of an upload: each line. `repeated`: the same file was applied before, and nothing has changed now.

    `number` 0: nothing was written, as in a rehearsal, or as no line names anybody here.
    """

    dry_run: bool
    repeated: bool
    results: list[LineOut]


class Released(msgspec.Struct):
    """How many people were told, and the schools and boards of which nobody could be."""

    upload: UploadOut
    messages: int
    nobody_to_tell: list[str]
