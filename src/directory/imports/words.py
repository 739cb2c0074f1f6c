"""What pages say of imports: lists, states, and the records that they change."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from directory.imports import rules
from directory.imports.schemas import BatchDetail, BatchOut, ChangeOut, Look, Use
from directory.words import FIELDS, LEVEL_WORDS
from kit.actor import by_whom
from kit.i18n import _, date_long, date_time, lazy, n_, number

_DAY = re.compile(r"\d{4}-\d\d-\d\d")

STATES: Mapping[str, str] = {
    "staged": lazy("à appliquer"),
    "applied": lazy("appliqué"),
    "undone": lazy("annulé"),
    "stale": lazy("périmé"),
    "dropped": lazy("écarté"),
}
TONES: Mapping[str, str] = {
    "staged": "warning", "applied": "met", "undone": "exempt", "stale": "not_assessable", "dropped": "exempt",
}  # fmt: skip

ACTIONS: Mapping[str, str] = {
    "create": lazy("création"),
    "change": lazy("modification"),
    "close": lazy("fermeture"),
    "reopen": lazy("réouverture"),
}

RECORDS: Mapping[str, str] = {
    "board": lazy("Organismes"),
    "school": lazy("Écoles et centres"),
    "building": lazy("Immeubles"),
    "link": lazy("Immeubles d'une école"),
    "headcount": lazy("Effectifs"),
}

# What somebody did since: the kind of thing, as the trail names it.
_USES: Mapping[str, str] = {
    "asset": lazy("un bien"),
    "envelope": lazy("une enveloppe"),
    "selection": lazy("un panier"),
    "order": lazy("un bon de commande"),
    "ticket": lazy("un billet"),
    "role": lazy("un rôle donné"),
    "person": lazy("un rôle donné"),
    "invitation": lazy("une invitation"),
    "headcount": lazy("un effectif"),
    "school": lazy("une exemption ou un signalement"),
    "edited": lazy("une fiche changée"),
}

_LABELS: Mapping[str, str] = {
    **FIELDS,
    "kind": lazy("Type"),
    "address_2": lazy("Adresse, suite"),
    "municipality": lazy("Code de municipalité"),
    "website": lazy("Site Web"),
    "ownership": lazy("Propriété"),
    "longitude": lazy("Longitude"),
    "latitude": lazy("Latitude"),
    **LEVEL_WORDS,
    "opened_on": lazy("Depuis le"),
    "closed_on": lazy("Fermeture"),
    "imse": lazy("IMSE"),
    "imse_rank": lazy("Rang décile IMSE"),
    "sfr": lazy("SFR"),
    "sfr_rank": lazy("Rang décile SFR"),
}


class Field(NamedTuple):
    """A field of a change; `before` is None where the record is new."""

    label: str
    before: str | None
    after: str | None


def list_title(kind: str) -> str:
    """`Liste des écoles et des centres`."""
    title = _(rules.list_kind(kind).title)
    return title[:1].upper() + title[1:]


def batch_title(batch: BatchOut) -> str:
    """`Liste des écoles et des centres du 5 décembre 2022`."""
    return _("{title} du {day}").format(title=list_title(batch.kind), day=date_long(batch.listed_on))


def answer(batch: BatchDetail, found: Look) -> str:
    """Where the batch stands, in a sentence."""
    if batch.state == "stale" or found.stale:
        return _(rules.StaleBatch.sentence).format(number=batch.number)
    if batch.state == "staged":
        if not batch.changes:
            return _("Cette liste ne change rien au réseau.")
        return n_(
            "{n} changement attend votre accord; rien n'est encore fait.",
            "{n} changements attendent votre accord; rien n'est encore fait.",
            batch.changes,
        ).format(n=number(batch.changes))
    when = {"by": by_whom(batch.applied_by), "at": date_time(batch.applied_at) if batch.applied_at else ""}
    if batch.state == "undone":
        return _("Annulé le {at} par {by} : le réseau est comme avant.").format(**when)
    return n_(
        "Appliqué le {at} par {by} : {n} changement.", "Appliqué le {at} par {by} : {n} changements.", batch.changes
    ).format(n=number(batch.changes), **when)


def closing(batch: BatchDetail, found: Look) -> str:
    """What a list that closes much would close."""
    return n_(
        "Cette liste ferme {n} fiche sur {open} ouvertes ({records}) : plus de {percent} %.",
        "Cette liste ferme {n} fiches sur {open} ouvertes ({records}) : plus de {percent} %.",
        batch.counts["closed"],
    ).format(
        n=number(batch.counts["closed"]),
        open=number(found.open_before),
        percent=rules.MOST_CLOSED_PERCENT,
        records=_(RECORDS[rules.list_kind(batch.kind).record]).lower(),
    )


def subject(change: ChangeOut) -> str:
    """The record's name with its code; of a link, the school and its building."""
    code, *rest = change.key.split("/")
    name = f"{change.name} ({code})" if change.name else code
    if change.record == "link":
        return _("{school}, immeuble {building}").format(school=name, building=rest[0])
    return ", ".join((name, rest[0], *(_level(level) for level in rest[1:]))) if rest else name


def fields(change: ChangeOut) -> list[Field]:
    """The fields that differ, in words, in the order of a record; of a new record, those that say something."""
    before, after = change.before or {}, change.after or {}
    new = change.action == "create"
    return [
        Field(_(label)[:1].upper() + _(label)[1:], None if new else _shown(before.get(name)), _shown(after.get(name)))
        for name, label in _LABELS.items()
        if name in after and not (new and after[name] in (None, "", False))
    ]


def tallied(found: Look) -> list[tuple[str, str, dict[str, int]]]:
    """(record, its word, action → how many) for each kind of record that a batch changes."""
    by_record: dict[str, dict[str, int]] = {}
    for tally in found.tallies:
        by_record.setdefault(tally.record, {})[tally.action] = tally.n
    return [(record, _(word), by_record[record]) for record, word in RECORDS.items() if record in by_record]


def kinds() -> Iterable[tuple[str, str]]:
    """(kind, title) of each list that can be imported."""
    return [(kind, list_title(kind)) for kind in rules.KINDS]


def _level(code: str) -> str:
    return _(LEVEL_WORDS[code]) if code in LEVEL_WORDS else _("tous les ordres")


def _shown(value: object) -> str | None:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date_long(date.fromisoformat(value))
    return None if value in (None, "") else str(value)


def use_words(uses: Sequence[Use]) -> str:
    """Where and by what a batch has been used since: the first of them, and how many more."""
    said = "; ".join(map(_use, uses))
    others = uses[0].n - len(uses)
    if others:
        more = n_("{n} autre fiche", "{n} autres fiches", others).format(n=number(others))
        return _("{uses}, et {more}.").format(uses=said, more=more)
    return _("{uses}.").format(uses=said)


def _use(use: Use) -> str:
    where = f"{use.name} ({use.key.partition('/')[0]})" if use.name else use.key
    what = _(_USES.get(use.by_kind, lazy("une autre fiche")))
    if use.at is None:
        return _("{where} : {what}").format(where=where, what=what)
    return _("{where} : {what}, le {day}").format(where=where, what=what, day=date_long(use.at))
