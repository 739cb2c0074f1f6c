"""States of an invitation in words."""

from kit.i18n import lazy

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
