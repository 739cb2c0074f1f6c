"""Hostile strings in every text that somebody wrote, seen on every page and in every CSV, workbook, PDF and mail.

Every text column that is not a code, a key or a word of ours is filled: a new column is filled at once.
"""

import csv
import io
import re
import zipfile
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser

import httpx
import pytest
from pypdf import PdfReader

from app.mail import _message
from kit.actor import system
from kit.database import execute, fetch, transaction
from tests.app.examples import request_of
from tests.app.routes import routes
from tests.app.walking import rightful, send, undone
from tests.app.world import World, make_world

TEXTS = {
    "markup": "\"'><img src=x onerror=alert(1)><script>alert(1)</script></title></textarea><a href=javascript:alert(1)>{{1234*5678}}",
    "formula": "=HYPERLINK(\"http://piege.example\",\"clic\")",
    "controls": "+\u202ea\u200bé\u0301🦜漢字عربي\r\nBcc: piege@exemple.ca\r\n\r\n%0d%0a\x07\x1b[31m ${1234*5678} %(name)s {name}",
    "one long word": "＝" + "w" * 2_000,
}  # fmt: skip
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
ACTIONS = (b"/JavaScript", b"/Launch", b"/SubmitForm", b"/URI (javascript")
HEADERS = {
    "from",
    "to",
    "date",
    "message-id",
    "subject",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
}
NAMED = re.compile(
    r"(?:attachment|inline); filename=\"[^\"\x00-\x1f\x7f]*\"(?:; filename\*=UTF-8''[\w.~%!$&+^`|-]*)?", re.ASCII
)
NUMBER = re.compile(r"-\d+(?:,\d+)?", re.ASCII)  # no text of TEXTS is one
WORKED_OUT = str(1234 * 5678)

# Columns that hold codes, keys and words of ours, by name. Whatever is not here, somebody wrote.
OURS = {
    "actor", "about_kind", "about", "answer_key", "app_name", "board", "body_kind", "building", "bundle", "category", "code",
    "decision", "described_by", "email", "email_key", "formula", "from_year", "holder", "key", "kind", "label_code", "language",
    "level", "measure", "migration", "mode", "month", "number", "once_key", "password_hash", "price_source", "purpose", "reach",
    "recipient", "record", "region", "request", "request_hash", "right", "role", "run_key", "school", "sent_how", "slug", "source",
    "state", "status", "subject_kind", "tag", "tax", "tax_basis", "theme", "unit", "what", "without_headcount", "year", "prefix",
    "held_from", "cancelled_by", "rank_of", "rest", "digest",
    "address", "municipality", "ownership", "step", "orders_by", "format", "step_role", "measure_kind",
    "priority", "voided_because", "expected_source", "action", "body_of", "serial", "credit_for", "outcome", "media_type", "sha256",
}  # fmt: skip
OURS_IN = {
    ("order_grouping", "delivery"), ("rest_ending", "rule"), ("commitment_choice", "choice"),
    ("event", "subject"), ("order_revision", "content"),
    ("job_run", "name"), ("job_run", "error"), ("migration", "name"), ("number_series", "series"),
    ("tax_rebate", "body"), ("ledger_entry", "about"), ("import_change", "record"),
    ("supplier_order_line", "unknown"), ("supplier_file", "hash"),
}  # fmt: skip
# Words whose text is a person's after all, though their name is in OURS.
WRITTEN = {("supplier", "address_1"), ("outbox", "subject"), ("ticket", "subject")}
_TEXT_COLUMNS = """
SELECT t.relname, c.attname, CASE WHEN c.atttypmod > 4 THEN c.atttypmod - 4 ELSE 100000 END
FROM pg_attribute c JOIN pg_class t ON t.oid = c.attrelid
WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r' AND c.attnum > 0 AND NOT c.attisdropped
    AND c.attgenerated = '' AND c.atttypid IN ('text'::regtype, 'varchar'::regtype)
    AND has_column_privilege(t.oid, c.attnum, 'UPDATE')
ORDER BY 1, 2
"""


@pytest.fixture(scope="module", params=list(TEXTS))
async def world(request: pytest.FixtureRequest, pool: None) -> AsyncIterator[World]:
    """The network of the walk, whose people wrote the hostile text wherever they may; then every column of text."""
    text = TEXTS[request.param]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.app.world.SECRET", "".join(filter(str.isprintable, text))[:70])
        async with undone():
            made = await make_world()
            await fill(text)
            yield made


async def fill(text: str) -> None:
    """Put the text wherever somebody may have written, but for what nobody may change any more."""
    async with transaction(system()):
        for table, column, room in await fetch(_TEXT_COLUMNS):
            if (table, column) in WRITTEN or not (column in OURS or (table, column) in OURS_IN):
                end = " || ' ' || ctid" if room > 30 else ""  # some are unique
                await execute(f'UPDATE "{table}" SET "{column}" = left($1, {max(room - 20, 1)}){end}', text)


async def test_it_stays_a_text_wherever_it_is_read(world: World) -> None:
    faults = []
    for route in routes():
        if not route.reads and route.name != "printLabels":
            continue
        asked = await request_of(route, world)
        async with undone():
            answer = await send(route, asked, None if route.public else rightful(route, world))
        faults += [(str(route), fault) for fault in faults_of(answer)]
    assert faults == []


async def test_no_mail_has_another_reader_or_another_header(world: World) -> None:
    async with transaction(system()):
        rows = await fetch("SELECT * FROM outbox")
    assert rows
    for row in rows:
        try:
            message = message_from_bytes(_message(row, row["body"]), policy=default)
        except ValueError:  # refused for good: `message.failed` says so
            assert {"\r", "\n"} & set(row["subject"])
            continue
        assert {name.lower() for name in message} <= HEADERS
        assert len(message.keys()) == len(set(message.keys()))
        assert [each.addr_spec for each in message["to"].addresses] == [row["recipient"]]


def faults_of(answer: httpx.Response) -> list[str]:
    """What of the answer is markup, a formula, an action or a header that somebody's text made."""
    # A file bears the name that somebody gave it, between its quotes.
    kept = {name: value for name, value in answer.headers.items() if not NAMED.fullmatch(value)}
    found = [value for value in kept.values() if "piege" in value or "\n" in value]
    if answer.status_code >= 500:
        found.append(f"{answer.status_code} {answer.text[:200]}")
    match answer.headers.get("content-type", "").partition(";")[0]:
        case "text/html":
            page = Tags()
            page.feed(answer.text)
            found += page.hostile
            found += [WORKED_OUT] if WORKED_OUT in answer.text else []
        case "text/csv":
            rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";")
            found += [
                cell[:80]
                for row in rows
                for cell in row
                if cell.lstrip().startswith(FORMULA_SIGNS) and not NUMBER.fullmatch(cell)
            ]
        case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
            with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
                found += ["a formula"] if b"<f>" in book.read("xl/worksheets/sheet1.xml") else []
        case "application/pdf":
            pdf = PdfReader(io.BytesIO(answer.content))
            found += [WORKED_OUT for page in pdf.pages if WORKED_OUT in page.extract_text()]
            found += [str(name) for name in ACTIONS if name in answer.content]
    return found


class Tags(HTMLParser):
    """What somebody's text would add to a page: a script, an image, a handler of an event, an address that runs."""

    def __init__(self) -> None:
        super().__init__()
        self.hostile: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        runs = any(
            name.startswith("on") or value.strip().lower().startswith("javascript:") for name, value in given.items()
        )
        ours = tag != "script" or "src" in given or given.get("type") == "application/json"
        if runs or not ours or given.get("src") == "x":
            self.hostile.append(self.get_starttag_text() or tag)
