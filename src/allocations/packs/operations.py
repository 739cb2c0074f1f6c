"""Taking the accountability pack of an envelope: one ZIP with all that an auditor needs to make its figures again."""

import asyncio
import errno
import hashlib
import tempfile
from decimal import Decimal
from io import BufferedRandom
from uuid import UUID

import msgspec

from allocations.accounts.exports import figure_words
from allocations.accounts.queries import RIGHT
from allocations.accounts.schemas import Line
from allocations.packs import documents, queries
from allocations.packs.queries import About
from allocations.packs.rules import Archive, Entry, NoRoom, archive_name, safe
from allocations.packs.sheets import cell, heading
from kit.actor import Actor
from kit.attachments import with_ending
from kit.database import transaction
from kit.events import record
from kit.exports import csv_file
from kit.i18n import _, lazy, use_language

_KINDS = {
    "selection": lazy("panier"),
    "receipt_issue": lazy("constat"),
    "order": lazy("bon"),
    "invoice": lazy("facture"),
    "account": lazy("comptes"),
}


class Pack(msgspec.Struct):
    """A pack on disk, at its beginning; whoever reads `file` closes it. `size` in bytes, `sha256` of the whole ZIP."""

    name: str
    file: BufferedRandom
    size: int
    sha256: str
    entries: list[Entry]


async def take(who: Actor, envelope: UUID) -> Pack:
    """Make the pack of an envelope as far as `who` reads it, in French, all of it as of one moment; who took it is in the trail.

    On disk, with one file of it at a time in memory: nobody's slow line holds the database, and a pack is whole or not at all.
    The same data gives the same bytes. Raises NotFound, Forbidden, Unbalanced, NoRoom.
    """
    who.must(RIGHT)
    file: BufferedRandom = tempfile.TemporaryFile()
    try:
        async with transaction(who, snapshot=True):
            found = await queries.about(who, envelope)
            with use_language("fr"):  # accounts are an act of the public administration
                with Archive(file) as archive:
                    await _fill(queries.reader(who, found), found, archive)
                size, sha256 = await asyncio.to_thread(_measured, file)
                await record(
                    who, "account.packed", kind="envelope", subject=found.id, board=found.board, school=found.school,
                    after={"measure": found.measure, "year": found.year, "files": len(archive.entries), "bytes": size,
                           "sha256": sha256},
                )  # fmt: skip
    except OSError as error:
        file.close()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom() from error
        raise
    except BaseException:
        file.close()
        raise
    name = archive_name(year=found.year, measure=found.measure, place=found.place)
    return Pack(name, file, size, sha256, archive.entries)


async def _fill(who: Actor, found: About, archive: Archive) -> None:
    line = await queries.figures(found)
    mine, absent = queries.sheets_of(who, found)
    summary = documents.Summary(about=found, line=line, absent=[_(sheet.title) for sheet in absent])
    for sheet in mine:
        columns, rows = await queries.table(sheet, found)
        cells = ([cell(sheet, column, value) for column, value in zip(columns, row, strict=True)] for row in rows)
        await _add(archive, sheet.path, csv_file([heading(column) for column in columns], cells))
        summary.add(sheet, rows)
    await _add(archive, "09-comptes/comptes.csv", _figures(line))
    async for name, content in queries.order_papers(who, found):
        await _add(archive, f"03-commandes/{safe(name)}", content)
    number = 0
    async for kept in queries.files(who, found):
        number += 1
        name = with_ending(safe(kept.name), kept.media_type)
        kind = _(_KINDS[kept.kind])
        await _add(archive, f"10-pieces/{number:04}-{kind}-{safe(kept.about)}-{name}", kept.content)
    summary.attached = number
    await _add(archive, "00-sommaire.pdf", documents.summary(summary))
    await _add(archive, "sommes.pdf", documents.checksums(found, archive.entries))


async def _add(archive: Archive, path: str, content: bytes) -> None:
    await asyncio.to_thread(archive.add, path, content)  # ten megabytes are not hashed and packed between two requests


def _figures(line: Line) -> bytes:
    return csv_file(
        [_("Chiffre"), _("Montant")],
        ([word, Decimal(getattr(line, n)).scaleb(-2)] for n, word in figure_words().items()),
    )


def _measured(file: BufferedRandom) -> tuple[int, str]:
    """Size and SHA-256 of the whole; the file is at its beginning again."""
    file.flush()
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = file.tell()
    file.seek(0)
    return size, digest
