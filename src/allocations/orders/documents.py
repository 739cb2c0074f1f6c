"""The purchase order as a PDF (`domain.md` 3.4)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer, Table

from allocations.orders.amendments import Changed, sentences
from allocations.orders.rules import CANCELLED_WORDS, UNSENT, CancelledBy, State
from allocations.orders.schemas import OrderFile, OrderLineOut, OrderOut
from kit import documents
from kit.clock import today
from kit.documents import paragraph, styles, table_style
from kit.i18n import _, current_language, date_long, lazy, money, n_, number, percent, use_language
from kit.money import MILLION
from kit.settings import settings

CONDITIONS = lazy(
    "Conditions : la facture porte le numéro de ce bon, montre la TPS et la TVQ à part, et ne vise que des biens livrés. Les"
    " documents et les inscriptions des biens sont en français. Tout changement de prix ou de modèle demande un accord écrit"
    " avant la livraison."
)
_FIGURES = [16 * mm, 11 * mm, 23 * mm, 25 * mm]  # up to 1 000 000 units, 1 234 567,89 $ each, 12 345 678,90 $ in all
WIDTHS = [9 * mm, 30 * mm, documents.WIDTH - 39 * mm - sum(_FIGURES), *_FIGURES]
LABEL = 52 * mm  # the first column of pairs


def purchase_order(
    file: OrderFile, *, changes: Sequence[Changed] = (), language: str = "fr", as_of: date | None = None
) -> bytes:
    """Letter PDF. In French, as an act of the public administration is; `en`: the copy that goes beside it, for a recognised body.

    `changes`: what this revision changed, named above the lines. `as_of`: as `kit.documents.build`.
    """
    with use_language(language):
        return documents.build(
            lambda: _story(file, changes),
            title=_title(file.order),
            author=file.order.board_name,
            foot=_("{number} · {board}").format(number=file.order.number, board=file.order.board_name),
            as_of=as_of,
        )


def file_name(file: OrderFile, *, language: str = "fr") -> str:
    """`BC-711-2026-00042-revision-1.pdf`"""
    return revision_name(file.order.number, file.order.revision, language=language)


def revision_name(number: str, revision: int, *, language: str = "fr") -> str:
    return f"{number}{f'-revision-{revision}' if revision else ''}{'-en' if language == 'en' else ''}.pdf"


def _title(order: OrderOut) -> str:
    if order.revision:
        return _("Bon de commande {number}, révision {revision}").format(number=order.number, revision=order.revision)
    return _("Bon de commande {number}").format(number=order.number)


def _story(file: OrderFile, changes: Sequence[Changed]) -> Sequence[Flowable]:
    order = file.order
    story: list[Flowable] = [paragraph(order.board_name, "cell_bold"), paragraph(_title(order), "title")]
    if standing := _standing(file):
        story += [*(paragraph(said, "cell_bold") for said in standing), Spacer(1, 2 * mm)]
    story += [_facts(file, revised=bool(changes)), Spacer(1, 3 * mm), _parties(file)]
    if changes:
        story.append(paragraph(_("Ce que change la révision {revision}").format(revision=order.revision), "heading"))
        story += [paragraph(f"• {said}", "cell") for said in sentences(changes)]
    story += [_lines(place, where, lines) for (place, where), lines in by_place(printed(file)).items()]
    story += [Spacer(1, 3 * mm), KeepTogether([_totals(file), Spacer(1, 4 * mm), *_ending(file)])]
    return story


def _standing(file: OrderFile) -> list[str]:
    """What whoever holds the paper must know before they read it."""
    order, said = file.order, []
    if current_language() != "fr":
        said.append(_("Copie de courtoisie : le texte français fait foi."))
    if order.state in UNSENT:
        said.append(_("Ébauche : ce bon n'est pas envoyé et n'engage personne."))
    if order.state is State.on_hold:
        said.append(_("En attente : ne livrez rien avant notre avis."))
    if order.state is State.cancelled:
        by = CANCELLED_WORDS[CancelledBy(order.cancelled_by or "us")]
        said.append(_("{cancelled} : {reason}").format(cancelled=_(by), reason=order.cancel_reason))
    if file.extract:
        said.append(_("Extrait : seule la part de vos écoles y est, montants compris."))
    return said


def printed(file: OrderFile) -> list[OrderLineOut]:
    """The lines that stand: without those wholly given up, unless the order itself is, and then as it was made."""
    if file.order.state is State.cancelled:
        return [line for line in file.lines if not line.revision]
    return [line for line in file.lines if line.kept]


def _facts(file: OrderFile, *, revised: bool) -> Flowable:
    order = file.order
    measures = sorted({line.measure for line in file.lines})
    wanted = date_long(order.requested_on) if order.requested_on else _("Dès que possible")
    rows = [
        (_("Date"), date_long(order.sent_at or today())),
        *([(_("Date de la révision"), date_long(today()))] if order.revision and revised else []),
        (_("Exercice"), order.year),
        (_("Livraison souhaitée"), wanted),
        (
            _("Poste budgétaire"),
            n_("Mesure {measures}", "Mesures {measures}", len(measures)).format(measures=", ".join(measures)),
        ),
    ]
    if order.external_number:
        rows.insert(0, (_("Numéro interne de l'organisme"), order.external_number))
    if file.contracts:
        rows.append((_("Contrats"), ", ".join(file.contracts)))
    if order.confirmation:
        rows.append((_("Votre confirmation"), order.confirmation))
    return documents.pairs(rows, label=LABEL)


def _parties(file: OrderFile) -> Flowable:
    order, supplier = file.order, file.supplier
    to = [supplier.name, f"NEQ {supplier.neq}" if supplier.neq else "", supplier.address_1, supplier.address_2]
    to += [" ".join(part for part in (supplier.municipality_name, supplier.postal_code) if part), supplier.email]
    to += [_("TPS {number}").format(number=supplier.gst_number) if supplier.gst_number else ""]
    to += [_("TVQ {number}").format(number=supplier.qst_number) if supplier.qst_number else ""]
    bill = [order.board_name, _("Organisme {code}").format(code=order.board), _("Approvisionnement et finances")]
    table = Table(
        [
            [paragraph(_("Fournisseur"), "cell_bold"), paragraph(_("Facturer à"), "cell_bold")],
            [paragraph("\n".join(filter(None, to)), "cell"), paragraph("\n".join(bill), "cell")],
        ],
        colWidths=[documents.WIDTH / 2] * 2,
    )
    table.setStyle(table_style())
    return table


def by_place(lines: Sequence[OrderLineOut]) -> Mapping[tuple[str, str], list[OrderLineOut]]:
    """The lines by where they are delivered: the school, then its building and its address."""
    places: dict[tuple[str, str], list[OrderLineOut]] = {}
    for line in lines:
        place = _("Livrer à : {school} ({code})").format(school=line.school_name, code=line.school)
        where = " · ".join(filter(None, (line.building_name, line.address)))
        places.setdefault((place, where), []).append(line)
    return places


def _lines(place: str, where: str, lines: Sequence[OrderLineOut]) -> Flowable:
    head = [_("No"), _("Article"), _("Description"), _("Qté"), _("Unité"), _("Prix unitaire"), _("Montant")]
    rows: list[list[Any]] = [
        [paragraph(text, "cell_bold" if i < 3 else "cell_bold_right") for i, text in enumerate(head)]
    ]
    rows += [
        [
            paragraph(str(line.position), "cell"),
            paragraph(line.product, "cell"),
            [paragraph(line.description, "cell"), paragraph(_origin(line), "small")],
            paragraph(number(line.kept or line.quantity), "cell_right"),
            paragraph(_("ch."), "cell_right"),
            paragraph(money(line.unit_before_tax_cents), "cell_right"),
            paragraph(money(line.kept_before_tax_cents if line.kept else line.before_tax_cents), "cell_right"),
        ]
        for line in lines
    ]
    return documents.titled_table(place, rows, widths=WIDTHS, under=where)


def _origin(line: OrderLineOut) -> str:
    """What a line comes from, when it is promised, and why it is not bought under a contract."""
    more = [_("Panier {number}").format(number=line.selection)]
    if line.outstanding and line.expected_on:
        more.append(_("attendu le {day}").format(day=date_long(line.expected_on)))
    if line.exception_reason:
        more.append(_("hors contrat obligatoire : {reason}").format(reason=line.exception_reason))
    return "\n".join(said[0].upper() + said[1:] for said in more)


def _totals(file: OrderFile) -> Flowable:
    order = file.order
    fees = fees_cents(file)
    rows = [
        (_("Sous-total"), order.before_tax_cents, ""),
        *([(_("dont écofrais"), fees, "")] if fees else []),
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
    table.setStyle(table_style(head=None))
    return table


def fees_cents(file: OrderFile) -> int:
    """What of the subtotal, before tax, is environmental fees: taxable lines of their own."""
    return sum(
        line.kept_before_tax_cents if line.kept else line.before_tax_cents for line in printed(file) if line.eco_fee
    )


def rate(ppm: int) -> str:
    """`9,975 %`, with as many decimals as it has."""
    decimals = next(n for n in range(5) if ppm % 10 ** (4 - n) == 0)
    return percent(Decimal(ppm) / MILLION, decimals=decimals)


def _ending(file: OrderFile) -> list[Flowable]:
    order = file.order
    return [
        documents.pairs(
            [
                (_("Demandé par"), order.made_by_name),
                (_("Approuvé par"), ", ".join(file.approvers) or "–"),
                (_("Autorisé par"), order.authorised_by_name or order.sent_by_name or "–"),
            ],
            label=LABEL,
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
