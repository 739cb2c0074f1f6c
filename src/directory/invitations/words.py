"""States of an invitation in words."""

from kit.i18n import _, lazy

INVITATION_STATES = {
    "waiting": lazy("En attente"),
    "expired": lazy("Lien échu"),
    "void": lazy("À renvoyer"),
    "accepted": lazy("Acceptée"),
    "withdrawn": lazy("Retirée"),
}
INVITATION_TONES = {
    "waiting": "on_order",
    "expired": "warning",
    "void": "warning",
    "accepted": "met",
    "withdrawn": "exempt",
}


def sender(name: str, *, person: object) -> str:
    """Who invites, as the invited read it; nobody is the system."""
    return name if person is not None else _("L'exploitation du service")
