"""What a command says of an import of the catalogue."""

from catalog.imports.schemas import CatalogueImported
from kit.i18n import _, n_


def told(result: CatalogueImported, *, dry_run: bool) -> str:
    """Its counts, its refusals with their places, its notes."""
    lines = [_("Essai : rien n'a été écrit.")] if dry_run else []
    counts = (
        (result.read, n_("{n} entrée lue", "{n} entrées lues", result.read)),
        (result.created, n_("{n} créée", "{n} créées", result.created)),
        (result.changed, n_("{n} modifiée", "{n} modifiées", result.changed)),
        (result.unchanged, n_("{n} inchangée", "{n} inchangées", result.unchanged)),
        (result.closed, n_("{n} fermée", "{n} fermées", result.closed)),
        (len(result.refused), n_("{n} refusée", "{n} refusées", len(result.refused))),
    )
    lines.append(", ".join(sentence.format(n=n) for n, sentence in counts) + ".")
    for refusal in result.refused:
        place = _("{file}, ligne {line}") if refusal.file else _("Ligne {line}")
        shown = f" ({refusal.value})" if refusal.value else ""
        lines.append(
            _("{place}, {column}{shown} : {reason}").format(
                place=place.format(file=refusal.file, line=refusal.line),
                column=refusal.column,
                shown=shown,
                reason=refusal.reason,
            )
        )
    return "\n".join([*lines, *result.notes])
