"""Importing lists of the network: send one, look at what it changes, apply it, take it back."""

import hashlib
from datetime import date
from typing import Any, BinaryIO, cast

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody
from litestar.response import Redirect, Template

from directory.imports import operations, queries, words
from directory.imports.rules import KINDS, BatchClosed, SourceFile
from directory.imports.schemas import ImportAnswer
from kit.actor import Actor
from kit.encodings import Unreadable
from kit.errors import Invalid, NotFound, Refused
from kit.exports import csv_answer
from kit.forms import errors_of, read_form
from kit.http import After, AnyRequest, Form, may
from kit.i18n import _, n_, number
from kit.idempotency import once
from kit.ids import new_id
from kit.pages import page, redirect
from kit.tabular import LARGEST

SHOWN = 50  # refused lines on the page; the file has them all


class Sent(msgspec.Struct):
    """The form that sends a list, as it was typed."""

    files: list[UploadFile] = []
    kind: str = ""
    as_of: str = ""
    partial: str = ""
    idempotency_key: str = ""


class Dated(msgspec.Struct):
    """What the form may say of a list's date."""

    as_of: date | None = None


class ImportPages(Controller):
    path = "/imports"
    guards = [may(queries.RIGHT)]

    @get()
    async def imports(self, request: AnyRequest, who: NamedDependency[Actor], after: After = None) -> Template:
        found = await queries.batches(who, after=after)
        return page(
            request,
            "imports/list.html",
            title=_("Importations"),
            batches=found.items,
            following=found.next,
            after=after,
            words=words,
        )

    @get("/new")
    async def new(self, request: AnyRequest, who: NamedDependency[Actor]) -> Template:
        return _new(request, Sent())

    @post("/new", request_max_body_size=LARGEST)
    async def send(
        self, request: AnyRequest, who: NamedDependency[Actor], data: MultipartBody[dict[str, Any]]
    ) -> Template | Redirect:
        """Read a list: staged for a look, or applied at once where it can close nothing."""
        sent = _sent(data)
        try:
            made = await _import(who, sent)
        except Unreadable as refused:
            return _new(request, sent, Invalid({"files": refused.detail}))
        except Refused as refused:
            return _new(request, sent, refused)
        read = n_("{n} ligne lue.", "{n} lignes lues.", made.read).format(n=number(made.read))
        if made.state == "staged":
            said = _("{read} Rien n'est encore changé : regardez, puis appliquez.")
        else:
            said = _("{read} La liste est appliquée.")
        return redirect(f"/imports/{made.batch}", flash=said.format(read=read))

    @get("/{number:int}")
    async def batch(
        self,
        request: AnyRequest,
        who: NamedDependency[Actor],
        number: FromPath[int],
        record: FromQuery[str] = "",
        action: FromQuery[str] = "",
        after: After = None,
    ) -> Template:
        return await _batch(request, who, number, record=record, action=action, after=after)

    @post("/{number:int}/accept")
    async def accept(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[int], data: Form
    ) -> Template | Redirect:
        """A list that closes much asks for the number of closings, typed: the look that `--accept` alone does not replace."""
        try:
            await _confirmed(who, number, data.get("confirm", ""))
            done = await operations.accept(who, number)
        except BatchClosed:  # a second press, or Back: what the first one did
            return redirect(f"/imports/{number}")
        except Refused as refused:
            if isinstance(refused, NotFound):
                raise
            return await _batch(request, who, number, typed=data, refused=refused)
        return redirect(f"/imports/{number}", flash=_("Lot {number} appliqué.").format(number=done.batch))

    @post("/{number:int}/undo")
    async def undo(
        self, request: AnyRequest, who: NamedDependency[Actor], number: FromPath[int]
    ) -> Template | Redirect:
        try:
            await operations.undo(who, number)
        except BatchClosed:
            return redirect(f"/imports/{number}")
        except Refused as refused:
            if isinstance(refused, NotFound):
                raise
            return await _batch(request, who, number, refused=refused)
        return redirect(
            f"/imports/{number}", flash=_("Lot {number} annulé : le réseau est comme avant.").format(number=number)
        )

    @get("/{number:int}/refused.csv", media_type="text/csv")
    async def refused_lines(self, who: NamedDependency[Actor], number: FromPath[int]) -> Response[Any]:
        """All the lines refused, to be mended by whoever publishes the list."""
        found = await queries.one(who, number)
        headings = (_("Fichier"), _("Ligne"), _("Colonne"), _("Valeur"), _("Raison"))
        only = found.files[0] if len(found.files) == 1 else ""
        rows = [(line.file or only, line.line, line.column, line.value, line.reason) for line in found.lines_refused]
        return csv_answer(f"lignes-refusees-lot-{number}", headings, rows)


def _sent(parts: dict[str, Any]) -> Sent:
    """The form out of its parts: one of a name as it is, several as a list, a field of files left empty as an empty text."""
    files = parts.get("files") or []
    found = [file for file in (files if isinstance(files, list) else [files]) if isinstance(file, UploadFile)]
    typed = {name: parts[name] for name in ("kind", "as_of", "partial", "idempotency_key") if name in parts}
    return Sent(files=found, **{name: text for name, text in typed.items() if isinstance(text, str)})


async def _import(who: Actor, sent: Sent) -> ImportAnswer:
    errors = {}
    if sent.kind not in KINDS:
        errors["kind"] = _("Choisissez ce que la liste contient.")
    sources = [SourceFile(file.filename, cast(BinaryIO, file.file)) for file in sent.files]
    if not sources:
        errors["files"] = _("Choisissez au moins un fichier.")
    try:
        dated = read_form({"as_of": sent.as_of}, Dated)
    except Invalid as refused:
        errors |= refused.errors
    if errors:
        raise Invalid(errors)
    prints = [hashlib.file_digest(cast(Any, source.file), "sha256").hexdigest() for source in sources]
    # Of the content too: Back, another file of the same name, is another list.
    key = sent.idempotency_key and hashlib.sha256(" ".join([sent.idempotency_key, *prints]).encode()).hexdigest()
    return await once(
        who,
        key or None,
        ("/imports/new", sent.kind, [source.name for source in sources], dated.as_of, sent.partial),
        lambda: operations.import_list(who, sent.kind, sources, partial=bool(sent.partial), as_of=dated.as_of),
        ImportAnswer,
    )


async def _confirmed(who: Actor, batch: int, typed: str) -> None:
    if (await queries.look(who, batch)).closes_much:
        closed = (await queries.one(who, batch)).counts["closed"]
        if "".join(typed.split()) != str(closed):
            raise Invalid(
                {"confirm": _("Tapez {n}, le nombre de fermetures, pour confirmer.").format(n=number(closed))}
            )


def _new(request: AnyRequest, sent: Sent, refused: Refused | None = None) -> Template:
    return page(
        request,
        "imports/new.html",
        title=_("Importer une liste"),
        breadcrumb=[(_("Importations"), "/imports"), (_("Importer une liste"), "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        sent=sent,
        kinds=words.kinds(),
        idempotency_key=sent.idempotency_key or new_id(),
    )


async def _batch(
    request: AnyRequest,
    who: Actor,
    batch: int,
    *,
    record: str = "",
    action: str = "",
    after: str | None = None,
    typed: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> Template:
    if action and action not in words.ACTIONS:
        raise Invalid({"action": _("« {text} » n'est pas un genre de changement.").format(text=action)})
    if record and record not in words.RECORDS:
        raise Invalid({"record": _("« {text} » n'est pas un genre de fiche.").format(text=record)})
    found, looked = await queries.one(who, batch), await queries.look(who, batch)
    changes = await queries.changes(who, batch, record=record or None, action=action or None, after=after)
    return page(
        request,
        "imports/one.html",
        title=words.batch_title(found),
        answer=words.answer(found, looked),
        breadcrumb=[(_("Importations"), "/imports"), (_("Lot {number}").format(number=batch), "")],
        errors=errors_of(refused),
        status=refused.status if refused else 200,
        batch=found,
        look=looked,
        words=words,
        changes=changes.items,
        following=changes.next,
        after=after,
        asked={"record": record, "action": action},
        refused_shown=found.lines_refused[:SHOWN],
        typed=typed or {},
    )
