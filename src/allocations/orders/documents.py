"""The purchase order as a PDF in French (`domain.md` 3.4), and the text of the mail that carries it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer, Table, TableStyle

from allocations.orders.rules import State
from allocations.orders.schemas import OrderFile, OrderLineOut
from kit import documents
from kit.clock import today
from kit.documents import paragraph, styles, table_style
from kit.i18n import _, date_long, lazy, money, number, percent, use_language
from kit.money import MILLION
from kit.settings import settings

THIN = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, documents.RULE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
)
CONDITIONS = lazy(
    "Conditions : la facture porte le numéro de ce bon, montre la TPS et la TVQ à part, et ne vise que des biens livrés. Les"
    " documents et les inscriptions des biens sont en français. Tout changement de prix ou de modèle demande un accord écrit"
    " avant la livraison."
)
WIDTHS = [9 * mm, 34 * mm, 58 * mm, 12 * mm, 14 * mm, 25 * mm, 27 * mm]


def purchase_order(file: OrderFile) -> bytes:
    """Letter PDF, always in French: an order is an act of the public administration."""
    with use_language("fr"):
        return documents.build(
            lambda: _story(file),
            title=_("Bon de commande {number}").format(number=file.order.number),
            author=file.order.board_name,
            foot=_("{number} · {board}").format(number=file.order.number, board=file.order.board_name),
        )


def subject(file: OrderFile) -> str:
    """The mail's subject; in the language of the moment, as `covering_text`."""
    order = file.order
    own = f" ({order.external_number})" if order.external_number else ""
    return _("Bon de commande {number}, {board}").format(number=order.number + own, board=order.board_name)


def covering_text(file: OrderFile) -> str:
    """The mail's text; in the language of the moment, which the caller sets to French."""
    order = file.order
    wanted = _("Livraison souhaitée : {day}.\n").format(day=date_long(order.requested_on)) if order.requested_on else ""
    return _(
        "Bonjour,\n\nVeuillez trouver ci-joint le bon de commande {number} de {board}, au montant de {total} taxes comprises.\n"
        "{wanted}\nIndiquez le numéro {numbers} sur le bordereau de livraison et sur la facture. Chaque ligne dit où livrer.\n\n"
        "{sender}\n{board}\n"
    ).format(
        number=order.number,
        numbers=_("{number} (le nôtre : {own})").format(number=order.number, own=order.external_number)
        if order.external_number
        else order.number,
        board=order.board_name,
        total=money(order.total_cents),
        wanted=wanted,
        sender=order.sent_by_name,
    )


def _story(file: OrderFile) -> Sequence[Flowable]:
    order = file.order
    story: list[Flowable] = [paragraph(_("Bon de commande {number}").format(number=order.number), "title")]
    if order.state is State.draft:
        story.append(paragraph(_("Ébauche : ce bon n'est pas envoyé et n'engage personne."), "cell_bold"))
    if order.state is State.cancelled:
        story.append(paragraph(_("Annulé : {reason}").format(reason=order.cancel_reason), "cell_bold"))
    if file.extract:
        story.append(paragraph(_("Extrait : seule la part de vos écoles y est, montants compris."), "cell_bold"))
    if len(story) > 1:
        story.append(Spacer(1, 2 * mm))
    story += [_facts(file), Spacer(1, 3 * mm), _parties(file)]
    for place, lines in by_place(file.lines).items():
        story.append(paragraph(place, "heading"))
        story.append(_lines(lines))
    story += [Spacer(1, 3 * mm), KeepTogether([_totals(file), Spacer(1, 4 * mm), *_ending(file)])]
    return story


def _facts(file: OrderFile) -> Flowable:
    order = file.order
    wanted = date_long(order.requested_on) if order.requested_on else _("Dès que possible")
    rows = [
        (_("Date"), date_long(order.sent_at or today())),
        (_("Exercice"), order.year),
        (_("Livraison souhaitée"), wanted),
        (_("Mesures"), ", ".join(sorted({line.measure for line in file.lines}))),
    ]
    if order.external_number:
        rows.insert(0, (_("Numéro interne de l'organisme"), order.external_number))
    return _pairs(rows)


def _parties(file: OrderFile) -> Flowable:
    order, supplier = file.order, file.supplier
    to = [supplier.name, f"NEQ {supplier.neq}" if supplier.neq else "", supplier.address_1, supplier.address_2]
    to += [" ".join(part for part in (supplier.municipality_name, supplier.postal_code) if part), supplier.email]
    bill = [order.board_name, _("Organisme {code}").format(code=order.board), _("Approvisionnement et finances")]
    table = Table(
        [
            [paragraph(_("Fournisseur"), "cell_bold"), paragraph(_("Facturer à"), "cell_bold")],
            [paragraph("\n".join(filter(None, to)), "cell"), paragraph("\n".join(bill), "cell")],
        ],
        colWidths=[sum(WIDTHS) / 2] * 2,
    )
    table.setStyle(table_style())
    return table


def by_place(lines: Sequence[OrderLineOut]) -> Mapping[str, list[OrderLineOut]]:
    """The lines by where they are delivered: the school, its building, its address."""
    places: dict[str, list[OrderLineOut]] = {}
    for line in lines:
        where = [
            _("Livrer à : {school} ({code})").format(school=line.school_name, code=line.school),
            line.building_name,
            line.address,
        ]
        places.setdefault(" · ".join(filter(None, where)), []).append(line)
    return places


def _lines(lines: Sequence[OrderLineOut]) -> Flowable:
    head = [_("No"), _("Article"), _("Description"), _("Qté"), _("Unité"), _("Prix unitaire"), _("Montant")]
    rows = [[paragraph(text, "cell_bold" if i < 3 else "cell_bold_right") for i, text in enumerate(head)]]
    rows += [
        [
            paragraph(str(line.position), "cell"),
            paragraph(line.product, "cell"),
            paragraph(f"{line.description}\n{_('Panier')} {line.selection}", "cell"),
            paragraph(number(line.quantity), "cell_right"),
            paragraph(_("ch."), "cell_right"),
            paragraph(money(line.unit_before_tax_cents), "cell_right"),
            paragraph(money(line.before_tax_cents), "cell_right"),
        ]
        for line in lines
    ]
    table = Table(rows, colWidths=WIDTHS, repeatRows=1)
    table.setStyle(table_style())
    return table


def _totals(file: OrderFile) -> Flowable:
    order = file.order
    rows = [
        (_("Sous-total"), order.before_tax_cents, ""),
        (_("TPS ({rate})").format(rate=rate(file.gst_ppm)), order.gst_cents, ""),
        (_("TVQ ({rate})").format(rate=rate(file.qst_ppm)), order.qst_cents, ""),
        (_("Total"), order.total_cents, "_bold"),
    ]
    table = Table(
        [
            [paragraph(label, f"cell{weight}"), paragraph(money(cents), f"cell{weight}_right")]
            for label, cents, weight in rows
        ],
        colWidths=[40 * mm, 32 * mm],
        hAlign="RIGHT",
    )
    table.setStyle(THIN)
    return table


def rate(ppm: int) -> str:
    """`9,975 %`, with as many decimals as it has."""
    decimals = next(n for n in range(5) if ppm % 10 ** (4 - n) == 0)
    return percent(Decimal(ppm) / MILLION, decimals=decimals)


def _ending(file: OrderFile) -> list[Flowable]:
    order = file.order
    return [
        _pairs(
            [
                (_("Demandé par"), order.made_by_name),
                (_("Approuvé par"), ", ".join(file.approvers) or "–"),
                (_("Autorisé par"), order.sent_by_name or "–"),
            ]
        ),
        Spacer(1, 2 * mm),
        paragraph(_(CONDITIONS), "small"),
        Paragraph(_accessible_form(order.number), styles()["small"]),
    ]


def _accessible_form(number: str) -> str:
    """Where the page that says the same is: a link in reportlab's markup."""
    address = escape(f"{settings().address}/orders/{number}")
    return _("Même contenu en page accessible, pour qui a un compte : {link}").format(
        link=f'<link href="{address}"><u>{address}</u></link>'
    )


def _pairs(rows: Sequence[tuple[str, str]]) -> Flowable:
    table = Table(
        [[paragraph(label, "cell_bold"), paragraph(value, "cell")] for label, value in rows],
        colWidths=[42 * mm, 137 * mm],
    )
    table.setStyle(THIN)
    return table
