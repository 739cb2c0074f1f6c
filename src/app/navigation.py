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


def elsewhere(who: Actor | None) -> list[tuple[str, str]]:
    """(label, address) of what a person may see that the header has no room for: their menu holds it."""
    if who is None:
        return []
    found = [
        ("envelope.read", _("Enveloppes"), "/envelopes"),
        ("envelope.read", _("Exercices"), "/years"),
        ("flag.read", _("Signalements"), "/flags"),
        ("catalogue.read", _("Catalogue"), "/catalogue"),
        ("network.read", _("Écoles et centres"), "/schools"),
        ("person.read", _("Personnes"), "/people"),
    ]
    shown = {address for _label, address, _current in navigation(who, "")}
    return [(label, address) for right, label, address in found if who.may(right) and address not in shown]


def _current(address: str, path: str) -> bool:
    return path == address if address == "/" else path == address or path.startswith(f"{address}/")
