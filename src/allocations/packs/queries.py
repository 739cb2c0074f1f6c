"""Reading what a pack holds: whose it is, its figures, the tables that the caller may read, the files one at a time."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from allocations.accounts import rules as account_rules
from allocations.accounts.queries import LINES, RIGHT
from allocations.accounts.schemas import Line
from allocations.orders import documents as order_documents
from allocations.orders import queries as orders
from allocations.packs.money_sql import ATTACHMENTS, SENDINGS, SENT
from allocations.packs.sheets import SHEETS, Sheet
from kit import attachments
from kit.actor import Actor, Scope
from kit.clock import MONTREAL
from kit.database import connection, fetch, fetch_one
from kit.errors import NotFound
from kit.filters import Where, visible
from kit.i18n import name_sql

_ABOUT = """
SELECT e.id, e.board, b.name AS board_name, e.school, coalesce(s.name, '') AS school_name, m.code AS measure, m.name AS measure_name,
       m.tax_basis, e.year, coalesce(y.state, 'open') AS year_state,
       greatest(e.made_at, (SELECT max(at) FROM ledger_entry l WHERE l.envelope = e.id)) AS changed_at
FROM envelope e JOIN measure m ON m.id = e.measure JOIN board b ON b.code = e.board LEFT JOIN school s ON s.code = e.school
LEFT JOIN school_year y ON y.code = e.year WHERE {where}
"""


# Files that belong to one school, and the right that reads them; an order's and an invoice's are their reader's who reads all of it.
_PARTS = {"selection": "selection.read", "receipt_issue": "order.read"}


class About(msgspec.Struct):
    """Whose envelope a pack is of; `changed_at`: when its money last moved."""

    id: UUID
    board: str
    board_name: str
    school: str | None
    school_name: str
    measure: str
    measure_name: str
    tax_basis: str
    year: str
    year_state: str
    changed_at: datetime

    @property
    def place(self) -> str:
        return self.school or self.board

    @property
    def as_of(self) -> date:
        """The day of the figures, in Québec."""
        return self.changed_at.astimezone(MONTREAL).date()


class File(msgspec.Struct):
    """A file that goes with a basket, an order, an invoice… Its name is what somebody gave."""

    kind: str
    about: str
    name: str
    media_type: str
    content: bytes


async def about(who: Actor, envelope: UUID) -> About:
    """Raises NotFound, also for another's envelope. Call in a transaction."""
    where = visible(who, RIGHT, board="e.board", school="e.school")
    where.add("e.id = {}", envelope)
    if (row := await fetch_one(_ABOUT.format(where=where), *where.args)) is None:
        raise NotFound()
    return About(**row)


async def figures(found: About) -> Line:
    """The envelope's accounts, that add up twice. Raises Unbalanced."""
    where = Where()
    where.add("e.id = {}", found.id)
    sql = LINES.format(
        where=where, measure_name=name_sql("m"), place="coalesce(e.school, '')", school_name="s.name"
    )  # fmt: skip
    (row,) = await fetch(sql, *where.args)
    return account_rules.check(found.year, Line(**row))


def reader(who: Actor, found: About) -> Actor:
    """Who reads, narrowed to the envelope's school where what they read of orders is that of schools."""
    if orders.own_schools(who) is None or found.school is None:
        return who
    rights = who.rights | who.school_rights.get(found.school, frozenset())
    return replace(
        who, rights=frozenset(), school_rights={found.school: rights},
        schools=(found.school,) if who.scope is Scope.school else who.schools,
    )  # fmt: skip


def readable(who: Actor, found: About, sheet: Sheet) -> bool:
    """Whether `who` reads a table of the pack: by its right, in the envelope's school or, `whole`, in all."""
    return _whole(who, sheet.right) if sheet.whole else _may(who, sheet.right, found)


def _may(who: Actor, right: str, found: About) -> bool:
    """Whether the right is held where the envelope is; one held in another school is none here."""
    return who.may(right, school=found.school) if found.school else right in who.rights


def _whole(who: Actor, right: str) -> bool:
    return who.scope is not Scope.school and right in who.rights


def sheets_of(who: Actor, found: About) -> tuple[list[Sheet], list[Sheet]]:
    """The tables that the caller reads, and those that they do not."""
    mine = [sheet for sheet in SHEETS if readable(who, found, sheet)]
    return mine, [sheet for sheet in SHEETS if sheet not in mine]


async def table(sheet: Sheet, found: About) -> tuple[list[str], list[Any]]:
    """The columns and rows of a table, whole."""
    statement = await connection().prepare(sheet.sql)
    return [column.name for column in statement.get_attributes()], await statement.fetch(found.id)


async def order_papers(who: Actor, found: About) -> AsyncIterator[tuple[str, bytes]]:
    """Each sending of each order, name and PDF as it left; for who reads a part of the order, that part as it stands. One at a time."""
    if not _may(who, "order.read", found):
        return
    whole = _whole(who, "order.read")  # the database shows sendings to nobody else
    for row in await fetch(SENDINGS if whole else f"{SENT} ORDER BY o.number", found.id):
        if not whole or row["revision"] is None:
            file = await orders.one(who, row["number"])
            name = order_documents.revision_name(row["number"], file.order.revision)
            yield name, order_documents.purchase_order(file, as_of=found.as_of)
            continue
        kept = await fetch_one(
            'SELECT pdf, pdf_english FROM order_revision WHERE "order" = $1 AND revision = $2',
            row["id"],
            row["revision"],
        )
        assert kept is not None
        yield order_documents.revision_name(row["number"], row["revision"]), bytes(kept["pdf"])
        if row["english"]:
            english = order_documents.revision_name(row["number"], row["revision"], language="en")
            yield english, bytes(kept["pdf_english"])


async def files(who: Actor, found: About) -> AsyncIterator[File]:
    """The attached files that the caller reads, one at a time."""
    kinds = ["account", *(kind for kind, right in _PARTS.items() if _may(who, right, found))]
    kinds += [kind for kind in ("order", "invoice") if _whole(who, f"{kind}.read")]
    for row in await fetch(ATTACHMENTS, found.id, kinds):
        kept = await attachments.content_of(row["about_kind"], row["about"], row["id"])
        yield File(row["about_kind"], row["about"], kept.name, kept.media_type, kept.content)
