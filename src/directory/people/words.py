"""Events of somebody's access in words, and browsers by their name."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from kit.i18n import _, date_long, lazy

EVENTS: Mapping[str, str] = {
    "person.added": lazy("Compte créé."),
    "person.joined": lazy("Invitation acceptée."),
    "person.role_granted": lazy("Rôle donné : {role}."),
    "person.role_revoked": lazy("Rôle terminé : {role}."),
    "person.role_dated": lazy("Dates du rôle changées : {role}."),
    "person.deactivated": lazy("Accès fermé."),
    "person.reactivated": lazy("Accès rouvert."),
}
STATES = {"active": lazy("Actif"), "coming": lazy("À venir"), "closed": lazy("Fermé")}
TONES = {"active": "met", "coming": "on_order", "closed": "exempt"}


def person_url(email: str) -> str:
    """The address of somebody's record."""
    return f"/people/{quote(email, safe='@')}"


def days(from_day: Any, until_day: Any) -> str:
    """« du 1er septembre 2026 au 30 juin 2027 »."""
    if from_day and until_day:
        return _("du {first} au {last}").format(first=date_long(from_day), last=date_long(until_day))
    if from_day:
        return _("à partir du {first}").format(first=date_long(from_day))
    if until_day:
        return _("jusqu'au {last}").format(last=date_long(until_day))
    return _("sans date de fin")


# The first that is in the text: browsers name those that they descend from after themselves.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
             ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
_SYSTEMS = (("iPad", "iPad"), ("iPhone", "iPhone"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


def device(user_agent: str) -> str:
    """« Firefox, Windows », as far as the browser's own words tell."""
    found = [next((name for mark, name in known if mark in user_agent), None) for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name) or _("Navigateur inconnu")
