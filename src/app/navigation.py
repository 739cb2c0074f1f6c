"""The header's links, by what a person may do; six at most."""

from kit.actor import Actor, Scope
from kit.i18n import _

Link = tuple[str, str, bool]


def navigation(who: Actor | None, path: str) -> list[Link]:
    """(label, address, whether it is the current page's) for the header."""
    if who is None:
        return []
    found: list[tuple[str, str]] = [(_("Mon travail"), "/")]
    if who.scope is Scope.school:
        if who.may("selection.approve"):
            found.append((_("À approuver"), "/approvals"))
        found += [
            (_("Catalogue"), "/catalogue"),
            (_("Paniers"), "/selections"),
            (_("Biens"), "/assets"),
            (_("Billets"), "/tickets"),
        ]
    elif who.scope is Scope.board:
        if who.may("selection.approve"):
            found.append((_("À approuver"), "/approvals"))
        found += [
            (_("Bons de commande"), "/orders"),
            (_("Biens"), "/assets"),
            (_("Billets"), "/tickets"),
            (_("Couverture"), "/coverage"),
        ]
        if "person.write" in who.rights:
            found.append((_("Personnes"), "/people"))
    else:
        found += [
            (_("Couverture"), "/coverage"),
            (_("Écoles"), "/schools"),
            (_("Signalements"), "/flags"),
            (_("Catalogue"), "/catalogue"),
        ]
        if who.may("import.write"):
            found.append((_("Importations"), "/imports"))
    return [(label, address, _current(address, path)) for label, address in found[:6]]


def _current(address: str, path: str) -> bool:
    return path == address if address == "/" else path == address or path.startswith(f"{address}/")
