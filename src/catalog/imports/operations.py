"""Loading a catalogue: entries matched by their codes; what is wrong is refused in a sentence, the rest applies."""

from collections.abc import Sequence
from typing import Any, BinaryIO, NamedTuple

import msgspec

from catalog.bundles.parts import Parts, parts, wrong_part
from catalog.bundles.rules import cycle_words, nested_in, waves
from catalog.imports import records
from catalog.imports.contracts import load_contracts
from catalog.imports.loading import Load, check_owner, owner_of
from catalog.imports.prices import load_prices
from catalog.imports.reading import Entry, read_catalogue
from catalog.imports.records import KINDS, Kind, Known
from catalog.imports.rules import BadValue, complete
from catalog.imports.schemas import CatalogueImported
from catalog.imports.sheets import read_sheet
from catalog.products.prices import lock_catalogue
from catalog.suppliers.rules import faults as supplier_faults
from kit.actor import Actor, Scope, system
from kit.database import transaction
from kit.events import Change, record_all
from kit.i18n import _
from kit.ids import new_id


class File(NamedTuple):
    """A file to load, by the name that refusals call it."""

    name: str
    content: bytes


class _DryRun(Exception):
    pass


async def import_catalogue(who: Actor, files: Sequence[File], *, dry_run: bool = False) -> CatalogueImported:
    """Load catalogue files, all in one transaction. A key that an entry leaves out keeps what is recorded; "" clears it.

    A second run changes nothing. A price from another day ends the one before it; no amount is rewritten. `dry_run` does the
    same, then takes it all back. Raises Unreadable (nothing changes), Forbidden.
    """
    who.must("catalogue.write")
    load = Load(who, several=len(files) > 1)
    for file in files:
        entries, remarks = read_catalogue(file.name, file.content)
        load.result.notes += remarks
        load.result.read += len(entries)
        for entry in entries:
            load.entries.setdefault(entry.section, []).append(entry)
    try:
        async with transaction(system()):  # every school reads the catalogue: the system writes it for the ministry
            await lock_catalogue()
            categories = await records.categories()
            await _load_kind(load, KINDS["suppliers"], {})
            await load_contracts(load)
            await _load_kind(load, KINDS["products"], {"category": categories})
            await load_prices(load)
            await _load_kind(load, KINDS["trainings"], {"category": categories})
            await _load_kind(load, KINDS["bundles"], {"category": categories})
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    load.result.refused.sort(key=lambda refusal: (refusal.file, refusal.line))
    return load.result


async def _load_kind(load: Load, kind: Kind, references: dict[str, list[str]]) -> None:
    wanted: dict[str, tuple[Entry, dict[str, Any]]] = {}
    for entry, given in load.parsed(kind.section):
        key = given.get(kind.key)
        if key is None:
            load.refuse(entry, kind.key, "", _("« {key} » manque dans cette entrée; ajoutez-le.").format(key=kind.key))
        elif key in wanted:
            first = wanted[key][0].line
            load.refuse(entry, kind.key, key, _("Ce code est déjà à la ligne {line}.").format(line=first))
        else:
            wanted[key] = (entry, given)
    if kind.table != "bundle":
        await _apply(load, kind, wanted, references)
        return
    nested = {slug: set(nested_in(given.get("lines", []))) for slug, (_entry, given) in wanted.items()}
    groups, inside_itself = waves(nested)
    for slug in inside_itself:  # each holds another of them
        load.refuse(wanted[slug][0], "lines", slug, cycle_words(slug))
    for group in groups:  # what others hold is written first: they point at that very edition
        await _apply(load, kind, {slug: wanted[slug] for slug in group}, references)


async def _apply(
    load: Load, kind: Kind, wanted: dict[str, tuple[Entry, dict[str, Any]]], references: dict[str, list[str]]
) -> None:
    if kind.table == "bundle":
        known_parts = await parts([given for _entry, given in wanted.values()])
    now = await records.known(kind, list(wanted))
    created, changed, events = {}, {}, []
    for key, (entry, given) in wanted.items():
        try:
            values = now[key].values | given if key in now else complete(kind.section, given)
            if kind.table == "supplier":
                values["board"] = owner_of(load.who, values["board"])
                _check_supplier(load, values, now.get(key))
            _check_references(values, references)
            if kind.table == "bundle":
                _check_parts(values, known_parts)
        except BadValue as bad:
            load.refuse(entry, bad.column, bad.value, bad.reason)
            continue
        outcome, before, after = _difference(now.get(key), values)
        load.count(outcome)
        if outcome == "unchanged":
            continue
        events.append(
            Change(f"{kind.table}.{outcome}", kind.table, key, values.get("board"), before=before, after=after)
        )
        if key in now:
            changed[now[key].id] = values
        else:
            created[new_id()] = values
    await records.write(kind, created=created, changed=changed)
    await record_all(load.who, events)


def _difference(now: Known | None, values: dict[str, Any]) -> tuple[str, dict[str, Any] | None, dict[str, Any]]:
    if now is None:
        return "created", None, values
    before = {name: value for name, value in now.values.items() if value != values[name]}
    after = {name: values[name] for name in before}
    if "closed_on" in before and before["closed_on"] is None:
        return "closed", before, after
    return ("changed" if before else "unchanged"), before, after


def _check_supplier(load: Load, values: dict[str, Any], now: Known | None) -> None:
    if now is not None and now.values == values:
        return
    was = now.values["board"] if now else None
    check_owner(load.who, values["code"], board=values["board"], was=was, new=now is None)
    if fault := next(iter(supplier_faults(values).items()), None):
        raise BadValue(fault[0], values[fault[0]], fault[1])


def _check_references(values: dict[str, Any], references: dict[str, list[str]]) -> None:
    for column, allowed in references.items():
        if values[column] not in allowed:
            reason = _("Catégorie inconnue. Catégories : {codes}.").format(codes=", ".join(allowed))
            raise BadValue(column, values[column], reason)


def _check_parts(values: dict[str, Any], known: Parts) -> None:
    if wrong := wrong_part(values, known):
        raise BadValue(*wrong)


async def import_sheet(who: Actor, kind: str, file: BinaryIO, name: str, *, dry_run: bool = False) -> CatalogueImported:
    """Load a table (CSV, XLSX) of one kind of record, all in one transaction, as `import_catalogue` does.

    A board loads its own suppliers, contracts and prices. Raises Unreadable and MissingColumns (nothing changes), Forbidden.
    """
    if kind in ("products", "trainings", "bundles") or who.scope is not Scope.board:
        who.must("catalogue.write")
    else:
        who.must("supplier.write")
    read = read_sheet(kind, file, name)
    load = Load(who, several=False, entries={kind: read.entries})
    load.result.notes += read.remarks
    load.result.read = len(read.entries) + len(read.refused)
    load.result.refused += read.refused
    try:
        async with transaction(system()):
            await lock_catalogue()
            match kind:
                case "suppliers":
                    await _load_kind(load, KINDS[kind], {})
                case "contracts":
                    await load_contracts(load)
                case "products":
                    await _load_kind(load, KINDS[kind], {"category": await records.categories()})
                case "prices":
                    await load_prices(load)
                case "trainings" | "bundles":
                    await _load_kind(load, KINDS[kind], {"category": await records.categories()})
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    load.result.refused = [
        msgspec.structs.replace(refusal, column=read.headings.get(refusal.column, refusal.column))
        for refusal in sorted(load.result.refused, key=lambda refusal: refusal.line)
    ]
    return load.result
