"""The words of a portrait: its columns, its lines, in the order of a published balance."""

from allocations.portraits.schemas import PortraitLine
from kit.i18n import _, lazy

KINDS = {"investment": lazy("Investissement"), "operating": lazy("Fonctionnement")}
BASES = {
    "net": lazy("taxes nettes"),
    "with_tax": lazy("avec taxes"),
    "before_tax": lazy("avant taxes"),
    "mixed": lazy("bases mêlées"),
    "": "",
}
COLUMNS = {
    "budget_cents": lazy("Budget"),
    "carried_cents": lazy("Reports"),
    "available_cents": lazy("Disponible"),
    "spent_cents": lazy("Dépensé"),
    "committed_cents": lazy("Engagé"),
    "reserved_cents": lazy("Réservé"),
    "free_cents": lazy("Libre"),
    "recovered_cents": lazy("Récupéré"),
}
TABLES = {
    "measure": lazy("Par programme et mesure"),
    "region": lazy("Par région"),
    "board": lazy("Par organisme"),
}


def label(line: PortraitLine) -> str:
    """What a line is called: a sum says of what."""
    if line.level == "total":
        return _("Total")
    if line.level == "kind":
        return _("Total, {kind}").format(kind=_(KINDS[line.code]).lower())
    if line.level == "programme":
        return _("Total, {programme}").format(programme=line.name)
    if line.level == "region":
        return line.name or _("Sans région (argent tenu par les organismes)")
    return f"{line.code} · {line.name}" if line.level == "measure" else f"{line.name} ({line.code})"
