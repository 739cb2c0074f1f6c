"""Files that go with a thing: a photo of what arrived broken, a supplier's reply, an invoice. Kept in the database.

What a file is, its content says, never its name or its sender; what is served is always a download under a name of ours.
"""

import hashlib
import re
import unicodedata
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
import puremagic
from litestar import Response

from kit.actor import Actor
from kit.clock import now
from kit.database import execute, fetch_as, fetch_one, fetch_value
from kit.errors import Invalid, NotFound, Refused
from kit.i18n import _, lazy

LARGEST = 10 << 20
MOST = 20

# What a desk sends and reads back: documents, pictures, tables. No page, no program, no archive of anything else.
_KINDS = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
}
_TEXTS = (".txt", ".csv", ".tsv")

_COLUMNS = "id, name, media_type, size, sha256, at, actor_name"


class NotAccepted(Refused):
    sentence = lazy(
        "« {name} » n'est ni un PDF, ni une image (PNG, JPEG, WebP), ni un document ou un tableur : il n'a pas été joint."
    )


class TooMany(Refused):
    sentence = lazy("Il y a déjà {most} fichiers joints ici : retirez-en un d'abord.")


class Attachment(msgspec.Struct):
    """A file that goes with something. `size` in bytes; `sha256` of its content, in hexadecimal."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    at: datetime
    actor_name: str


class Content(msgspec.Struct):
    """An attachment's name, type and bytes."""

    name: str
    media_type: str
    content: bytes


async def attach(
    who: Actor, *, kind: str, subject: str, board: str, school: str | None = None, name: str, content: bytes
) -> Attachment:
    """Keep a file with the thing of this kind and number; the same content twice is kept once.

    Call inside the transaction of the operation that has found the thing, checked the right, and records the event. `school`
    None: only the board reads it. Raises Invalid (empty, over 10 MiB), NotAccepted, TooMany.
    """
    shown = file_name(name)
    media_type = kind_of(shown, content)
    digest = hashlib.sha256(content).hexdigest()
    # Two senders of one thing's files take turns, or the same file would be kept twice.
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7110041))", f"{kind} {subject}")
    known = await listing(kind, subject)
    if same := next((one for one in known if one.sha256 == digest), None):
        return same
    if len(known) >= MOST:
        raise TooMany(most=MOST)
    key = await fetch_value(
        "INSERT INTO attachment (about_kind, about, board, school, name, media_type, size, sha256, content, at, actor, actor_name)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
        kind, subject, board, school, shown, media_type, len(content), digest, content, now(), who.key, who.name,
    )  # fmt: skip
    return next(one for one in await listing(kind, subject) if one.id == key)


async def listing(kind: str, subject: str) -> list[Attachment]:
    """What goes with a thing, oldest first, as far as the caller's scope reads it. Call in a transaction."""
    return await fetch_as(
        Attachment,
        f"SELECT {_COLUMNS} FROM attachment WHERE about_kind = $1 AND about = $2 AND removed_at IS NULL ORDER BY at, id",
        kind,
        subject,
    )


async def content_of(kind: str, subject: str, attachment: UUID) -> Content:
    """The bytes of a thing's attachment. Raises NotFound, also for another thing's. Call in a transaction."""
    row = await fetch_one(
        "SELECT name, media_type, content FROM attachment"
        " WHERE id = $3 AND about_kind = $1 AND about = $2 AND removed_at IS NULL",
        kind, subject, attachment,
    )  # fmt: skip
    if row is None:
        raise NotFound()
    return Content(**row)


async def remove(kind: str, subject: str, attachment: UUID) -> str:
    """Take a thing's attachment out of sight; it stays in the database. Its name. Raises NotFound."""
    name = await fetch_value(
        "UPDATE attachment SET removed_at = $4 WHERE id = $3 AND about_kind = $1 AND about = $2 AND removed_at IS NULL"
        " RETURNING name",
        kind, subject, attachment, now(),
    )  # fmt: skip
    if name is None:
        raise NotFound()
    return str(name)


def download(found: Content) -> Response[Any]:
    """An attachment as an answer: always a download, never shown by the browser as a page of ours."""
    name = file_name(found.name)  # again: what is stored is only as clean as what stored it
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return Response(
        found.content,
        media_type=found.media_type,
        headers={
            "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        },
    )


def file_name(given: str) -> str:
    """The last part of a path, without what a file system or a header could take for more than a name; at most 120 signs."""
    last = re.split(r"[/\\]", given)[-1]
    plain = re.sub(r'[\x00-\x1f\x7f"<>:|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]', "", last).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[: 119 - len(ending)]}.{ending}" if dot and stem and len(ending) <= 8 else plain[:120] or _("fichier")


def with_ending(name: str, media_type: str) -> str:
    """The name, with an ending that says what the content is."""
    endings = [ending for ending, known in _KINDS.items() if known == media_type] or list(_TEXTS)
    return name if name.lower().endswith(tuple(endings)) else f"{name}{endings[0]}"


def kind_of(name: str, content: bytes) -> str:
    """The media type that the content has. Raises Invalid (empty, too large), NotAccepted."""
    if not content:
        raise Invalid({"file": _("Le fichier « {name} » est vide.").format(name=name)})
    if len(content) > LARGEST:
        raise Invalid({"file": _("Le fichier « {name} » dépasse 10 Mio.").format(name=name)})
    ending = f".{name.rpartition('.')[2].lower()}"
    if ending in _TEXTS and _is_text(content):
        return "text/plain"
    try:
        found = puremagic.magic_string(content, filename=name)
    except (puremagic.PureError, ValueError):
        found = []
    # An office file is a ZIP: its ending chooses among what the content can be; a PDF is a PDF whatever it is called.
    endings = [match.extension for match in found]
    if ending in _KINDS and any(_KINDS.get(other) == _KINDS[ending] for other in endings):
        return _KINDS[ending]
    if (media_type := next((_KINDS[other] for other in endings[:1] if other in _KINDS), None)) is not None:
        return media_type
    raise NotAccepted(name=name)


def _is_text(content: bytes) -> bool:
    try:
        return "\x00" not in content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
