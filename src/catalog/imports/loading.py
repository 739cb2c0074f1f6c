"""What the loaders of an import share: its entries, its answer, and who may write which record."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from catalog.imports.reading import Entry
from catalog.imports.rules import BadValue, parse
from catalog.imports.schemas import CatalogueImported
from catalog.scope import check_writes, own_code, own_code_words, owner_for
from kit.actor import Actor, Scope
from kit.errors import Forbidden
from kit.i18n import _
from kit.tabular import Refusal


@dataclass(slots=True)
class Load:
    """An import that runs. `several`: refusals name their file."""

    who: Actor
    several: bool
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    result: CatalogueImported = field(default_factory=CatalogueImported)

    def refuse(self, entry: Entry, column: str, value: object, reason: str) -> None:
        self.result.refused.append(
            Refusal(
                line=entry.line_of(column),
                column=column,
                value=str(value)[:120],
                reason=reason,
                file=entry.file if self.several else "",
            )
        )

    def count(self, outcome: str) -> None:
        setattr(self.result, outcome, getattr(self.result, outcome) + 1)

    def parsed(self, section: str) -> Iterator[tuple[Entry, dict[str, Any]]]:
        """The entries of a section that read right; the others are refused, unknown keys are named in a note."""
        for entry in self.entries.get(section, []):
            try:
                given, unknown = parse(section, entry.values)
            except BadValue as bad:
                self.refuse(entry, bad.column, bad.value, bad.reason)
                continue
            for key in unknown:
                note = _("[[{section}]] : clé « {key} » inconnue, laissée de côté.").format(section=section, key=key)
                if note not in self.result.notes:
                    self.result.notes.append(note)
            yield entry, given


def owner_of(who: Actor, board: str | None) -> str | None:
    """Whose record an entry is that names this board (or none: a board's own by itself). Raises BadValue."""
    try:
        return owner_for(who, board)
    except Forbidden as refused:
        raise BadValue("board", board or "", refused.detail) from None


def check_owner(who: Actor, code: str, *, board: str | None, was: str | None, new: bool) -> None:
    """Whether `who` may write a record of this owner; a record never changes hands. Raises BadValue."""
    if new:
        if not own_code(code, board):
            raise BadValue("code", code, own_code_words(board or ""))
        return
    if was != board:
        if was is not None and who.scope is Scope.board:  # nothing is said of what another board has
            raise BadValue("code", code, own_code_words(board or ""))
        raise BadValue("board", board or "", _("Cette fiche ne change pas de propriétaire; donnez un autre code."))
    try:
        check_writes(who, was)
    except Forbidden as refused:
        raise BadValue("board", board or "", refused.detail) from None
