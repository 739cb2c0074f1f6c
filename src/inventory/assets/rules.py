"""The life of an asset as a checked machine, what counts for the floor, and what a tag and a serial number may be."""

import re
import tomllib
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, date_long, lazy


class State(StrEnum):
    received = "received"
    in_service = "in_service"
    on_loan = "on_loan"
    out_of_service = "out_of_service"
    in_repair = "in_repair"
    lost = "lost"
    stolen = "stolen"
    returned = "returned"
    void = "void"
    retired = "retired"


STATE_WORDS: Mapping[State, str] = {
    State.received: lazy("reçu"),
    State.in_service: lazy("en service"),
    State.on_loan: lazy("prêté"),
    State.out_of_service: lazy("hors service"),
    State.in_repair: lazy("en réparation"),
    State.lost: lazy("perdu"),
    State.stolen: lazy("volé"),
    State.returned: lazy("retourné au fournisseur"),
    State.void: lazy("inscrit par erreur"),
    State.retired: lazy("retiré"),
}

WORKS = frozenset({State.in_service, State.on_loan})
HERE = frozenset({State.received, State.in_service, State.on_loan, State.out_of_service, State.in_repair})
# The record stays as it is, and its serial may come again.
OVER = frozenset({State.returned, State.void, State.retired})


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A step from some states to one. `what` names its event, `words` end the sentence « on ne peut pas le … »."""

    what: str
    words: str
    start: frozenset[State]
    to: State
    needs_reason: bool = False


PUT_INTO_SERVICE = Move(
    what="asset.put_into_service",
    words=lazy("mettre en service"),
    start=frozenset({State.received}),
    to=State.in_service,
)
LEND = Move(what="asset.lent", words=lazy("prêter"), start=frozenset({State.in_service}), to=State.on_loan)
TAKE_BACK = Move(
    what="asset.taken_back", words=lazy("reprendre"), start=frozenset({State.on_loan}), to=State.in_service
)
TAKE_OUT_OF_SERVICE = Move(
    what="asset.taken_out_of_service",
    words=lazy("mettre hors service"),
    start=WORKS,
    to=State.out_of_service,
    needs_reason=True,
)
SEND_TO_REPAIR = Move(
    what="asset.sent_to_repair",
    words=lazy("envoyer en réparation"),
    start=WORKS | {State.out_of_service},
    to=State.in_repair,
    needs_reason=True,
)
RETURN_TO_SERVICE = Move(
    what="asset.returned_to_service",
    words=lazy("remettre en service"),
    start=frozenset({State.out_of_service, State.in_repair}),
    to=State.in_service,
)
REPORT_LOST = Move(what="asset.lost", words=lazy("déclarer perdu"), start=HERE, to=State.lost, needs_reason=True)
REPORT_STOLEN = Move(
    what="asset.stolen", words=lazy("déclarer volé"), start=HERE | {State.lost}, to=State.stolen, needs_reason=True
)
# What was lost comes back to be looked at, not straight into the floor's count.
FIND = Move(
    what="asset.found",
    words=lazy("déclarer retrouvé"),
    start=frozenset({State.lost, State.stolen}),
    to=State.out_of_service,
)
RETIRE = Move(
    what="asset.retired",
    words=lazy("retirer"),
    start=HERE | {State.lost, State.stolen},
    to=State.retired,
    needs_reason=True,
)

# Both belong to a receipt: what sends goods back, or undoes their receipt, asks for them (`operations.leave`).
RETURN_TO_SUPPLIER = Move(
    what="asset.returned_to_supplier",
    words=lazy("retourner au fournisseur"),
    start=HERE - {State.on_loan},
    to=State.returned,
    needs_reason=True,
)
VOID = Move(
    what="asset.voided",
    words=lazy("annuler"),
    start=frozenset({State.received, State.in_service}),
    to=State.void,
    needs_reason=True,
)
COME_BACK = Move(
    what="asset.return_cancelled",
    words=lazy("reprendre"),
    start=frozenset({State.returned}),
    to=State.out_of_service,
    needs_reason=True,
)

MOVES: tuple[Move, ...] = (
    PUT_INTO_SERVICE,
    LEND,
    TAKE_BACK,
    TAKE_OUT_OF_SERVICE,
    SEND_TO_REPAIR,
    RETURN_TO_SERVICE,
    REPORT_LOST,
    REPORT_STOLEN,
    FIND,
    RETIRE,
)


class MoveRefused(Conflict):
    """The asset's state does not allow the move."""


class Retired(Conflict):
    """An asset that is retired, returned or void keeps its record as it is. Figures: `tag`, `state`."""

    def __init__(self, *, tag: str, state: State) -> None:
        sentence = _("Le bien {tag} est {state} : sa fiche ne change plus.")
        super().__init__(sentence.format(tag=tag, state=_(STATE_WORDS[state])), tag=tag)


class SerialTaken(Conflict):
    """The database's last word on a race for one serial; whoever lost it gets the sentences of `SerialsRefused`."""

    sentence = lazy("Ce numéro de série vient d'être inscrit par quelqu'un d'autre. Vérifiez-le, puis réessayez.")


class SerialsRefused(Invalid):
    """Some serials of a list cannot be taken. `positions` maps a unit's place in the list (from 1) to one sentence."""

    def __init__(self, positions: Mapping[int, str]) -> None:
        self.positions = dict(positions)
        super().__init__({f"units.{position - 1}.serial": text for position, text in self.positions.items()})


def check_move(move: Move, state: State, tag: str) -> None:
    """Raise MoveRefused unless `move` may start from `state`."""
    if state not in move.start:
        raise MoveRefused(
            _("Le bien {tag} est {state} : on ne peut pas le {verb}.").format(
                tag=tag, state=_(STATE_WORDS[state]), verb=_(move.words)
            )
        )


def moves_from(state: State) -> list[Move]:
    """What a person may do with an asset in this state, by itself."""
    return [move for move in MOVES if state in move.start]


def check_reason(why: str) -> str:
    """The reason, trimmed; Invalid when there is none."""
    if not (why := why.strip()):
        raise Invalid({"why": _("Dites pourquoi en une phrase : elle sera lue dans l'historique du bien.")})
    return why


def counts_for_floor(state: State, useful_until: date | None, on: date) -> bool:
    """Whether an asset counts: it works and its useful life is not over (the last day still counts; NULL never ends)."""
    return state in WORKS and (useful_until is None or useful_until >= on)


def floor_sentence(state: State, useful_until: date | None, on: date) -> str:
    """Why an asset counts for its school's floor, or why it does not."""
    if counts_for_floor(state, useful_until, on):
        return _("Compte pour le plancher de l'école.")
    if state is State.received:
        return _("Ne compte pas encore pour le plancher : reçu, pas encore mis en service.")
    if state not in WORKS:
        return _("Ne compte pas pour le plancher : {state}.").format(state=_(STATE_WORDS[state]))
    assert useful_until is not None
    return _("Ne compte pas pour le plancher : vie utile terminée le {day}.").format(day=date_long(useful_until))


def series(board: str) -> str:
    """The name of a board's series of tags."""
    return f"asset:{board}"


def tag(board: str, number: int) -> str:
    """`711-004217`: what a person reads on the label. A board's code is told by its first three digits."""
    return f"{board[:3]}-{number:06d}"


def _bare(text: str) -> str:
    """Letters and digits alone, without accents or case."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


# What is no serial by its words (data), and by its shape: zeros alone, one sign over and over, signs that are neither letter nor digit.
_JUNK = frozenset(
    map(_bare, tomllib.loads(Path(__file__).with_name("junk_serials.toml").read_text("utf-8"))["junk"])
) | {""}
_SHAPELESS = re.compile(r"0+|x+|(.)\1{3,}", re.IGNORECASE)
_SPREADSHEET = re.compile(r"[+-]?\d+([.,]\d+)?E[+-]?\d+", re.IGNORECASE)
SHORTEST_SERIAL = 4
LONGEST_SERIAL = 120


def serial_number(typed: str | None) -> str | None:
    """The serial as it is kept (trimmed, single spaces) or None where the unit has none. Raises Refused for what is none."""
    if typed is None:
        return None
    kept = " ".join(typed.split())
    if not kept:
        raise Refused(_("Le numéro de série est vide. Laissez la case sans valeur si l'appareil n'en a pas."))
    if "E+" in kept.upper() and _SPREADSHEET.fullmatch(kept):
        raise Refused(
            _(
                "« {serial} » est un nombre qu'un tableur a arrondi : ses chiffres sont perdus. Lisez-le sur l'appareil."
            ).format(serial=kept)
        )
    if _bare(kept) in _JUNK or _SHAPELESS.fullmatch(kept):
        raise Refused(
            _("« {serial} » n'est pas un numéro de série. Lisez-le sur l'appareil, ou laissez la case vide.").format(
                serial=kept
            )
        )
    if len(kept) > LONGEST_SERIAL or not kept.isprintable():
        raise Refused(_("Ce numéro de série n'est pas lisible : 120 caractères au plus, sans signe de commande."))
    return kept


def scanned_serial(read: str, *, not_these: Collection[str] = ()) -> str:
    """A serial as a scanner, a file or a list gives it: what `serial_number` takes, and what a device really bears.

    `not_these`: what the product's box bears beside (model, code, GTIN), which is scanned by mistake. Raises Refused.
    """
    kept = serial_number(read) or ""
    if " " in kept:
        raise Refused(
            _("« {serial} » contient une espace : deux codes lus ensemble? Un code par ligne.").format(serial=kept)
        )
    if len(kept) < SHORTEST_SERIAL:
        raise Refused(
            _("« {serial} » est trop court pour un numéro de série. Lisez-le de nouveau.").format(serial=kept)
        )
    if _bare(kept) in {_bare(other) for other in not_these if other}:
        raise Refused(
            _("« {serial} » est le code du produit, pas le numéro de série de l'appareil.").format(serial=kept)
        )
    return kept
