"""What a supplier's particulars look like. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from kit.errors import Conflict, Invalid
from kit.i18n import _, lazy

# NEQ: ten digits, the first two of which name the kind of body (11 legal person, 22 sole proprietor, 33 partnership, 88 other);
# 999 is nobody's: the invented suppliers of samples have it.
_NEQ = re.compile(r"(?:11|22|33|88|99(?=9))\d{8}")
_FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "postal_code": (re.compile(r"[A-Z]\d[A-Z] \d[A-Z]\d"), "G0C 2H0"),
    "email": (re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@]{2,}"), "ventes@fournisseur.example"),
    "gst_number": (re.compile(r"\d{9} RT\d{4}"), "123456789 RT0001"),
    "qst_number": (re.compile(r"\d{10} TQ\d{4}"), "1234567890 TQ0001"),
    "portal_address": (re.compile(r"https://\S{1,290}"), "https://portail.example/commandes"),
}


class SupplierExists(Conflict):
    sentence = lazy("Un fournisseur porte déjà le code « {code} ».")


class SupplierClosed(Conflict):
    sentence = lazy("Ce fournisseur est déjà fermé.")


def neq_fault(neq: str) -> str | None:
    """Why a number is no Québec enterprise number, in a sentence; None for a good one or none."""
    if not neq or _NEQ.fullmatch(neq):
        return None
    return _("Un NEQ compte dix chiffres et commence par 11, 22, 33 ou 88.")


def faults(values: Mapping[str, Any]) -> dict[str, str]:
    """One sentence a field that does not look as it must; '' is always accepted, but for the address of a portal."""
    found = {}
    if reason := neq_fault(values.get("neq", "")):
        found["neq"] = reason
    for name, (form, example) in _FORMS.items():
        if (value := values.get(name, "")) and not form.fullmatch(value):
            found[name] = _("La forme attendue est « {example} ».").format(example=example)
    if values.get("orders_by") == "portal" and not values.get("portal_address"):
        found["portal_address"] = _("Donnez l'adresse du portail où les commandes se saisissent.")
    return found


def check(values: Mapping[str, Any]) -> None:
    """Raise Invalid with every fault."""
    if found := faults(values):
        raise Invalid(found)
