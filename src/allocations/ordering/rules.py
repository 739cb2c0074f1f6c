"""Who submits a school's baskets. Pure."""

from enum import StrEnum

from kit.errors import Forbidden, Invalid
from kit.i18n import _, lazy


class By(StrEnum):
    school = "school"
    board = "board"


class BoardOrders(Forbidden):
    sentence = lazy("Votre organisme commande pour l'école {school} : c'est lui qui compose et soumet ses paniers.")


def decided(*, own: str | None, default: str | None) -> By:
    """The school's own exception, else its board's default, else the school: as when nobody has decided."""
    return By(own) if own in tuple(By) else By(default or By.school)


def check_reason(reason: str) -> str:
    if not (given := reason.strip()):
        raise Invalid({"reason": _("Écrivez pourquoi : l'école le lira.")})
    return given
