"""The slip that goes with goods sent back to their supplier. Its accessible form is the return itself, on its page or by the API."""

from collections.abc import Mapping, Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table

from allocations.orders.documents import THIN
from allocations.returns.rules import KIND_WORDS, Kind
from allocations.returns.schemas import ReturnLineOut, ReturnOut
from kit import documents
from kit.documents import paragraph, table_style
from kit.i18n import _, date_long, lazy, number, use_language

ASKED: Mapping[Kind, str] = {
    Kind.replacement: lazy("Remplacez ces biens par des biens neufs, livrés au même endroit, sans nouvelle facture."),
    Kind.credit: lazy("Envoyez une note de crédit qui porte les numéros du bon de retour et du bon de commande."),
}
WIDTHS = [13 * mm, 69 * mm, 19 * mm, 38 * mm, 40 * mm]


def return_slip(found: ReturnOut) -> bytes:
    """Letter PDF, always in French: it is an act of the public administration."""
    with use_language("fr"):
        return documents.build(
            lambda: _story(found),
            title=_("Bon de retour {number}").format(number=found.number),
            author=found.board_name,
            foot=_("{number} · {board}").format(number=found.number, board=found.board_name),
        )


def _story(found: ReturnOut) -> Sequence[Flowable]:
    facts = [
        (_("Fournisseur"), found.supplier_name),
        (_("Bon de commande"), found.order),
        (_("Date du retour"), date_long(found.returned_on)),
        (_("Autorisation du fournisseur (RMA)"), found.rma or _("À obtenir avant l'expédition")),
        (_("Demande"), _(KIND_WORDS[found.kind])),
        (_("Raison"), found.reason),
        (_("Préparé par"), found.person_name),
    ]
    table = Table(
        [[paragraph(label, "cell_bold"), paragraph(value, "cell")] for label, value in facts],
        colWidths=[58 * mm, 121 * mm],
    )
    table.setStyle(THIN)
    story: list[Flowable] = [
        paragraph(_("Bon de retour {number}").format(number=found.number), "title"),
        table,
        paragraph(_("Biens retournés"), "heading"),
        _lines(found.lines),
        Spacer(1, 4 * mm),
        paragraph(_(ASKED[found.kind])),
        Spacer(1, 12 * mm),
        paragraph(_("Remis au transporteur par : ____________________    Date : ______________")),
    ]
    return story


def _lines(lines: Sequence[ReturnLineOut]) -> Flowable:
    headings = (_("Ligne"), _("Article"), _("Quantité"), _("Étiquette"), _("N° de série"))
    rows = [[paragraph(text, "cell_bold_right" if text == headings[2] else "cell_bold") for text in headings]]
    for line in lines:
        where = _("{description}\n{school}").format(description=line.description, school=line.school_name)
        rows.append(
            [
                paragraph(number(line.position), "cell"),
                paragraph(where, "cell"),
                paragraph(number(line.quantity), "cell_right"),
                paragraph(line.tag or "—", "cell"),
                paragraph(line.serial or "—", "cell"),
            ]
        )
    total = sum(line.quantity for line in lines)
    rows.append(
        [
            paragraph("", "cell"),
            paragraph(_("Total"), "cell_bold"),
            paragraph(number(total), "cell_bold_right"),
            paragraph(""),
            paragraph(""),
        ]
    )
    table = Table(rows, colWidths=WIDTHS, repeatRows=1)
    table.setStyle(table_style())
    return table
