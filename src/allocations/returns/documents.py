"""The slip that goes with goods sent back to their supplier. Its accessible form is the return itself, on its page or by the API."""

from collections.abc import Mapping, Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from allocations.returns.rules import KIND_WORDS, Kind
from allocations.returns.schemas import ReturnLineOut, ReturnOut
from kit import documents
from kit.documents import paragraph, titled_table
from kit.i18n import _, date_long, lazy, number, use_language

ASKED: Mapping[Kind, str] = {
    Kind.replacement: lazy("Remplacez ces biens par des biens neufs, livrés au même endroit, sans nouvelle facture."),
    Kind.credit: lazy("Envoyez une note de crédit qui porte les numéros du bon de retour et du bon de commande."),
}
WIDTHS = [13 * mm, documents.WIDTH - 110 * mm, 19 * mm, 38 * mm, 40 * mm]


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
        (_("Retourné par"), _("{board} (organisme {code})").format(board=found.board_name, code=found.board)),
        (_("Fournisseur"), found.supplier_name),
        (_("Bon de commande"), found.order),
        (_("Date du retour"), date_long(found.returned_on)),
        (_("Autorisation du fournisseur (RMA)"), found.rma or _("À obtenir avant l'expédition")),
        (_("Demande"), _(KIND_WORDS[found.kind])),
        (_("Raison"), found.reason),
        (_("Préparé par"), found.person_name),
    ]
    return [
        paragraph(_("Bon de retour {number}").format(number=found.number), "title"),
        documents.pairs(facts, label=62 * mm),
        _lines(found.lines),
        Spacer(1, 4 * mm),
        KeepTogether([paragraph(_(ASKED[found.kind])), Spacer(1, 14 * mm), _handed_over()]),
    ]


def _handed_over() -> Flowable:
    """To be signed by hand."""
    table = Table(
        [[paragraph(_("Remis au transporteur par"), "small"), "", paragraph(_("Date"), "small")]],
        colWidths=[80 * mm, 10 * mm, 45 * mm],
        hAlign="LEFT",
    )
    table.setStyle(
        TableStyle(
            [("LINEABOVE", (column, 0), (column, 0), 0.8, documents.INK) for column in (0, 2)]
            + [("LEFTPADDING", (0, 0), (-1, 0), 0)]
        )
    )
    return table


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
    apart = [("LEFTPADDING", (3, 0), (3, -1), 14)]  # a figure ends where a label would begin
    return titled_table(_("Biens retournés"), rows, widths=WIDTHS, commands=apart)
