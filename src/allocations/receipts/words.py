"""What pages say of receipts: devices by ranges of tags, what was made, what is still awaited."""

from collections.abc import Sequence

from allocations.receipts.schemas import ReceiptOut
from kit.i18n import _, n_, number


def tags_of(receipt: ReceiptOut) -> list[str]:
    """The tags of its devices, in the order of its lines."""
    return [tag for line in receipt.lines for tag in line.tags]


def ranges(tags: Sequence[str]) -> str:
    """`711-004217 à 711-004220, 711-004230`: neighbours together."""
    runs: list[list[str]] = []
    for tag in sorted(tags):
        if runs and _next(runs[-1][-1]) == tag:
            runs[-1].append(tag)
        else:
            runs.append([tag])
    return ", ".join(
        _("{first} à {last}").format(first=run[0], last=run[-1]) if len(run) > 1 else run[0] for run in runs
    )


def _next(tag: str) -> str:
    board, _dash, place = tag.rpartition("-")
    return f"{board}-{int(place) + 1:0{len(place)}}" if place.isdecimal() else ""


def outstanding_words(n: int, *, future: bool = False) -> str:
    """« Il reste 2 unités à recevoir. »"""
    if n == 0:
        return _("Il ne restera rien à recevoir.") if future else _("Il ne reste rien à recevoir.")
    if future:
        return n_("Il restera {n} unité à recevoir.", "Il restera {n} unités à recevoir.", n).format(n=number(n))
    return n_("Il reste {n} unité à recevoir.", "Il reste {n} unités à recevoir.", n).format(n=number(n))


def made_words(receipt: ReceiptOut) -> str:
    """« 4 biens créés : 711-004217 à 711-004220. Il reste 2 unités à recevoir. »"""
    tags = tags_of(receipt)
    made = n_("{n} bien créé : {tags}.", "{n} biens créés : {tags}.", len(tags)).format(
        n=number(len(tags)), tags=ranges(tags)
    )
    return _together(made if tags else "", _untracked(receipt), outstanding_words(receipt.outstanding))


def coming_words(receipt: ReceiptOut) -> str:
    """The same of a rehearsal: the tags are not said, somebody else's receipt may take them first."""
    tags = tags_of(receipt)
    coming = n_("{n} bien sera créé.", "{n} biens seront créés.", len(tags)).format(n=number(len(tags)))
    return _together(coming if tags else "", _untracked(receipt), outstanding_words(receipt.outstanding, future=True))


def _untracked(receipt: ReceiptOut) -> str:
    n = sum(line.quantity for line in receipt.lines) - len(tags_of(receipt))
    if not n:
        return ""
    return n_(
        "{n} unité sans étiquette (article non suivi).", "{n} unités sans étiquette (articles non suivis).", n
    ).format(n=number(n))


def _together(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def awaited_words(outstanding: int, ordered: int) -> str:
    """« À recevoir : 6 unités. Reçues : 0 sur 6. »"""
    awaited = n_("À recevoir : {n} unité.", "À recevoir : {n} unités.", outstanding).format(n=number(outstanding))
    received = ordered - outstanding
    return (
        awaited
        + " "
        + n_("Reçue : {n} sur {all}.", "Reçues : {n} sur {all}.", max(received, ordered)).format(
            n=number(received), all=number(ordered)
        )
    )


def in_service_words(n: int) -> str:
    """What is said after devices were put into service; none is not an error: a second press finds nothing to do."""
    if n == 0:
        return _("Rien à mettre en service : c'est déjà fait.")
    return n_(
        "{n} bien est en service : il compte pour le plancher.",
        "{n} biens sont en service : ils comptent pour le plancher.",
        n,
    ).format(n=number(n))
