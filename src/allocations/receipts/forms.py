"""The form of a receipt: fields of each line by its position, read into what the API takes; refusals brought back to those fields."""

from collections.abc import Mapping, Sequence

from allocations.orders.schemas import OrderLineOut
from allocations.receipts.rules import LineSerialsRefused, LinesRefused
from allocations.receipts.schemas import LONGEST_SERIAL, MOST_UNITS, ReceiptHead, Receive, ReceivedLine
from kit.errors import Invalid, Refused
from kit.forms import errors_of, read_form
from kit.i18n import _, n_, number


def serials_of(text: str) -> list[str]:
    """One code a line, as a scanner types them: empty lines between two codes mean nothing."""
    return [code for line in text.splitlines() if (code := line.strip())]


def read_receipt(typed: Mapping[str, str], lines: Sequence[OrderLineOut]) -> Receive:
    """What these texts say came of the order's lines; where no quantity is typed, as many as there are serials. Raises Invalid."""
    errors: dict[str, str] = {}
    received: list[ReceivedLine] = []
    for line in lines:
        serials = serials_of(typed.get(f"serials-{line.position}", ""))
        text = "".join(typed.get(f"quantity-{line.position}", "").split())
        if error := _unreadable(text, serials, line.position):
            errors.update(error)
            continue
        if quantity := int(text) if text else len(serials):
            received.append(ReceivedLine(position=line.position, quantity=quantity, serials=serials))
        elif serials:
            errors[f"quantity-{line.position}"] = n_(
                "Ligne {position} : {n} numéro de série pour aucune unité reçue.",
                "Ligne {position} : {n} numéros de série pour aucune unité reçue.",
                len(serials),
            ).format(position=line.position, n=number(len(serials)))
    head = ReceiptHead()
    try:
        head = read_form(typed, ReceiptHead)
    except Invalid as refused:
        errors |= refused.errors
    if not received and not errors and lines:
        first = next((line for line in lines if line.outstanding), lines[0]).position
        errors[f"quantity-{first}"] = _(
            "Dites ce qui est arrivé : une quantité ou des numéros de série, pour une ligne au moins."
        )
    if errors:
        raise Invalid(errors)
    return Receive(
        lines=received, received_on=head.received_on, slip=head.slip, note=head.note, in_service=head.in_service
    )


def _unreadable(text: str, serials: Sequence[str], position: int) -> dict[str, str]:
    if text and not (text.isascii() and text.isdigit() and int(text[:9]) <= MOST_UNITS and len(text) < 9):
        return {
            f"quantity-{position}": _("Ligne {position} : « {text} » n'est pas un nombre d'unités.").format(
                position=position, text=text[:20]
            )
        }
    if len(serials) > MOST_UNITS:
        return {
            f"serials-{position}": _("Ligne {position} : trop de numéros de série d'un coup.").format(position=position)
        }
    if too_long := next((serial for serial in serials if len(serial) > LONGEST_SERIAL), None):
        return {
            f"serials-{position}": _(
                "Ligne {position} : « {serial}… » est trop long pour un numéro de série. Un code par ligne."
            ).format(position=position, serial=too_long[:20])
        }
    return {}


def receipt_errors(refused: Refused | None) -> dict[str, str]:
    """A sentence at each field of the form that a refusal is about."""
    if isinstance(refused, LineSerialsRefused):
        return {f"serials-{position}": " ".join(sentences) for position, sentences in refused.by_line.items()}
    if isinstance(refused, LinesRefused):
        return {f"quantity-{position}": sentence for position, sentence in refused.lines.items()}
    return errors_of(refused)
