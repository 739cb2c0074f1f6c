"""What is said of a basket beside its lines: its title and note, its priority, its day, its envelope, comments, files; and copies."""

from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from allocations.selections import queries, rules
from allocations.selections.operations import draft, editing, place_of, repriced, told
from allocations.selections.schemas import (
    CommentOut,
    CopyOf,
    CopyOut,
    NewComment,
    NewSelection,
    SelectionChange,
    SelectionOut,
)
from kit import attachments
from kit.actor import Actor
from kit.attachments import Attachment, Content
from kit.clock import now, today
from kit.database import execute, fetch, fetch_as, transaction
from kit.errors import Forbidden, Invalid
from kit.i18n import _, name_sql

KIND = "selection"

_CHANGE = "UPDATE selection SET title = $2, note = $3, priority = $4, wanted_by = $5, envelope = $6 WHERE id = $1"

# What a basket holds, as it is offered today: the published edition of a bundle, the product; its building where the school is
# still in it. The choices of a bundle are those of the edition that they were made for.
_LINES = """
SELECT {name} AS name, l.position, l.quantity, l.use, n.id AS bundle, CASE WHEN p.closed_on <= $2 THEN NULL ELSE p.id END AS product,
       CASE WHEN n.id = l.bundle THEN l.choices END AS choices, l.building, g.building IS NOT NULL AS stands
FROM selection_line l LEFT JOIN bundle b ON b.id = l.bundle LEFT JOIN product p ON p.id = l.product
LEFT JOIN bundle n ON n.slug = b.slug AND n.state = 'published' AND (n.closed_on IS NULL OR n.closed_on > $2)
LEFT JOIN school_building g ON g.school = l.school AND g.building = l.building AND g.closed_on IS NULL
WHERE l.selection = $1 ORDER BY l.position, l.id
"""

_COPY = """
INSERT INTO selection_line (selection, board, school, bundle, product, choices, quantity, building, use, position)
SELECT $1, $2, $3, (l->>'bundle')::uuid, (l->>'product')::uuid, CASE WHEN jsonb_typeof(l->'choices') = 'array'
    THEN ARRAY(SELECT jsonb_array_elements_text(l->'choices')) END, (l->>'quantity')::int, l->>'building', l->>'use', n
FROM jsonb_array_elements($4::jsonb) WITH ORDINALITY AS t (l, n)
"""

_COMMENTS = "SELECT id, person_name, at, body FROM selection_comment WHERE selection = $1 ORDER BY at, id"


async def change(who: Actor, number: str, given: SelectionChange, *, version: int | None) -> SelectionOut:
    """Change what a draft says of itself, or move it to the envelope of another measure; what is absent stays.

    Raises NotFound, Forbidden, Stale, WrongState, Invalid (no such envelope).
    """
    async with transaction(who):
        row = await editing(who, number, version)
        before = {name: row[name] for name in ("title", "note", "priority", "wanted_by")}
        after = {name: before[name] if (value := getattr(given, name)) is UNSET else value for name in before}
        after |= {name: after[name].strip() for name in ("title", "note")}
        envelope = row["envelope"]
        if given.measure is not UNSET and (given.measure or "") != row["measure_code"]:
            envelope = (await place_of(who, row["school"], given.measure, row["year"])).envelope
            before["measure"], after["measure"] = row["measure_code"], given.measure or ""
        if after == before:
            return await queries.whole(who, number)
        await execute(
            _CHANGE, row["id"], *(after[name] for name in ("title", "note", "priority", "wanted_by")), envelope
        )
        await repriced(who, await queries.found(who, number))  # another measure may charge on another tax basis
        changed = [name for name in after if after[name] != before[name]]
        await told(
            who,
            "changed",
            row,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
        return await queries.whole(who, number)


async def copy(who: Actor, number: str, wanted: CopyOf) -> CopyOut:
    """A new draft of what a basket holds, whatever became of that one: of last year, refused, ordered and cancelled since.

    What is no longer offered is left out and said, a building that the school has left too. Raises NotFound, Forbidden, Invalid.
    """
    async with transaction(who):
        source = await queries.found(who, number)
        measure = (source["measure_code"] or None) if wanted.measure is UNSET else wanted.measure
        title = source["title"] if wanted.title is None else wanted.title
        new = NewSelection(
            school=source["school"], measure=measure, year=wanted.year, title=title, note=source["note"],
            priority=source["priority"],
        )  # fmt: skip
        made = await draft(who, new)
        row = await queries.found(who, made.number, lock=True)
        lines, left_out = [], []
        for line in await fetch(_LINES.format(name=name_sql("b", "p")), source["id"], today()):
            if line["bundle"] is None and line["product"] is None:
                left_out.append(_("« {name} » n'est plus offert.").format(name=line["name"]))
                continue
            if line["building"] and not line["stands"]:
                sentence = _("« {name} » : l'école n'est plus dans l'immeuble {building}.")
                left_out.append(sentence.format(name=line["name"], building=line["building"]))
            lines.append(_line(line))
        if lines:
            await execute(_COPY, row["id"], row["board"], row["school"], msgspec.json.encode(lines).decode())
            await repriced(who, row)
        await told(who, "copied", row, after={"from": number, "lines": len(lines)})
        return CopyOut(selection=await queries.whole(who, made.number), left_out=left_out)


def _line(line: Any) -> dict[str, Any]:
    kept = {name: line[name] for name in ("quantity", "use", "choices")}
    things = {name: str(line[name]) if line[name] else None for name in ("bundle", "product")}
    return kept | things | {"building": line["building"] if line["stands"] else None}


async def comment(who: Actor, number: str, new: NewComment) -> list[CommentOut]:
    """Write about a basket, in whatever state it is; all that was written, oldest first. Raises NotFound, Forbidden, Invalid."""
    body = new.body.strip()
    if not body:
        raise Invalid({"body": _("Écrivez votre commentaire.")})
    async with transaction(who):
        row = await _followed(who, number)
        await execute(
            "INSERT INTO selection_comment (selection, board, school, person, person_name, at, body)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            row["id"], row["board"], row["school"], who.person, who.name, now(), body,
        )  # fmt: skip
        await told(who, "commented", row)
        return await fetch_as(CommentOut, _COMMENTS, row["id"])


async def comments(who: Actor, number: str) -> list[CommentOut]:
    """What was written about a basket, oldest first. Raises NotFound."""
    async with transaction(who):
        return await fetch_as(CommentOut, _COMMENTS, (await queries.found(who, number))["id"])


async def attach(who: Actor, number: str, name: str, content: bytes) -> Attachment:
    """Keep a file with a basket. Raises NotFound, Forbidden, Invalid, NotAccepted, TooMany."""
    async with transaction(who):
        row = await _followed(who, number)
        kept = await attachments.attach(
            who, kind=KIND, subject=number, board=row["board"], school=row["school"], name=name, content=content
        )
        await told(who, "attached", row, after={"name": kept.name, "sha256": kept.sha256})
        return kept


async def files(who: Actor, number: str) -> list[Attachment]:
    """The files of a basket, oldest first. Raises NotFound."""
    async with transaction(who):
        await queries.found(who, number)
        return await attachments.listing(KIND, number)


async def file(who: Actor, number: str, attachment: UUID) -> Content:
    """A file of a basket. Raises NotFound."""
    async with transaction(who):
        await queries.found(who, number)
        return await attachments.content_of(KIND, number, attachment)


async def _followed(who: Actor, number: str) -> Any:
    """The row of a basket about which `who` may write: whoever composes, decides, orders or holds the envelopes. Raises Forbidden."""
    row = await queries.found(who, number)
    if not any(who.may(right, school=row["school"]) for right in rules.FOLLOW):
        raise Forbidden()
    return row
