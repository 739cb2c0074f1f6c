import msgspec

from kit.tabular import Refusal


class CatalogueImported(msgspec.Struct):
    """What an import of the catalogue did. Every entry read is created, changed, unchanged, closed or refused.

    `line` of a refusal is that of the entry, or of its wrong key. `batch` is always null: a catalogue applies at once.
    """

    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    refused: list[Refusal] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)
    batch: str | None = None
