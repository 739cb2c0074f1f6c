"""The pages of a pack that a person reads first: its summary and its checksums, in French."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from allocations.accounts.documents import BASES
from allocations.accounts.exports import figure_words
from allocations.accounts.schemas import Line
from allocations.packs.queries import About
from allocations.packs.rules import SUMS, Entry
from allocations.packs.sheets import Sheet, cell, heading
from allocations.years.rules import WORDS, State
from kit import documents
from kit.documents import pairs, paragraph, titled_table
from kit.i18n import _, date_long, money, n_, number

MOST = 60  # rows of a table in the summary; all are in its CSV
_NARROW = {
    "number": 38,
    "basket": 38,
    "order": 38,
    "charged_cents": 27,
    "amount_cents": 27,
    "returned_cents": 27,
    "quantity": 16,
}
_FIGURES = ("quantity",)


class Summary:
    """What the summary says, gathered while the tables are packed; of each no more than it shows."""

    def __init__(self, *, about: About, line: Line, absent: Sequence[str]) -> None:
        self.about, self.line, self.absent = about, line, absent
        self.attached = 0
        self.tables: list[tuple[Sheet, int, list[dict[str, Any]]]] = []

    def add(self, sheet: Sheet, rows: Sequence[Any]) -> None:
        shown = [{name: row[name] for name in sheet.shown} for row in rows[:MOST]] if sheet.shown else []
        self.tables.append((sheet, len(rows), shown))


def summary(said: Summary) -> bytes:
    """Letter PDF. It says the day of the figures, and no other."""
    about = said.about
    return documents.build(
        lambda: _story(said), title=_title(about), author=about.board_name, foot=_foot(about), as_of=about.as_of
    )


def checksums(about: About, entries: Sequence[Entry]) -> bytes:
    """Letter PDF: each file, its size, its SHA-256."""
    return documents.build(
        lambda: _sums(about, entries),
        title=_("Sommes de contrôle"),
        author=about.board_name,
        foot=_foot(about),
        as_of=about.as_of,
    )


def _title(about: About) -> str:
    return _("Dossier de reddition de comptes {year}").format(year=about.year)


def _foot(about: About) -> str:
    return _("{measure} · {year} · {place}").format(measure=about.measure, year=about.year, place=_place(about))


def _place(about: About) -> str:
    return f"{about.school_name or about.board_name} ({about.place})"


def _story(said: Summary) -> Sequence[Flowable]:
    about = said.about
    facts = [
        (_("Organisme"), f"{about.board_name} ({about.board})"),
        *([(_("École"), _place(about))] if about.school else []),
        (_("Mesure"), f"{about.measure} · {about.measure_name}"),
        (_("Exercice"), f"{about.year}, {_(WORDS[State(about.year_state)]).lower()}"),
        (_("Base des montants"), _(BASES[about.tax_basis])),
        (_("Dernier mouvement d'argent"), date_long(about.changed_at)),
    ]
    story: list[Flowable] = [paragraph(_title(about), "title"), pairs(facts, label=52 * mm), _balance(said.line)]
    story += [_table(sheet, count, rows) for sheet, count, rows in said.tables if rows]
    if any(rows for sheet, _count, rows in said.tables if sheet.right == "invoice.read"):
        told = _(
            "Une facture est imputée au cent de son papier; ce que l'arrondi des taxes change à la dépense est au compte de l'organisme."
        )
        story += [Spacer(1, 2 * mm), paragraph(told, "small")]
    story.append(_contents(said))
    if said.absent:
        told = _("Votre accès ne comprend pas : {sheets}. Ces tableaux ne sont pas dans ce dossier.")
        story += [Spacer(1, 3 * mm), paragraph(told.format(sheets=", ".join(said.absent)), "cell")]
    told = _(
        "La page « sommes.pdf » et le fichier « {file} » donnent la taille et l'empreinte SHA-256 de chaque fichier."
    )
    story += [Spacer(1, 3 * mm), paragraph(told.format(file=SUMS), "cell")]
    return story


def _balance(line: Line) -> Flowable:
    """Two columns that end on the same amount: where the money came from, what became of it."""
    words = figure_words()
    came = [(words[name], getattr(line, name)) for name in ("given_cents", "moved_cents", "carried_cents")]
    came.append((words["recovered_cents"], -line.recovered_cents))
    became = [
        (words[name], getattr(line, name))
        for name in ("spent_cents", "committed_cents", "reserved_cents", "free_cents")
    ]
    rows = [_four(a, b, c, d) for (a, b), (c, d) in zip(came, became, strict=True)]
    rows.append(_four(words["allocated_cents"], line.allocated_cents, _("Total"), line.allocated_cents, bold="_bold"))
    head = [paragraph(text, "cell_bold") for text in (_("Provenance"), "", _("Emploi"), "")]
    return titled_table(
        _("Chiffres de l'enveloppe"), [head, *rows], widths=[documents.WIDTH / 2 - 39 * mm, 39 * mm] * 2,
        commands=[("LINEABOVE", (0, -1), (-1, -1), 0.8, documents.INK), ("LEFTPADDING", (2, 1), (2, -1), 14)],
    )  # fmt: skip


def _four(came: str, cents: int, became: str, other: int, *, bold: str = "") -> list[Flowable]:
    return [
        paragraph(came, f"cell{bold}"), paragraph(money(cents), f"cell{bold}_right"),
        paragraph(became, f"cell{bold}"), paragraph(money(other), f"cell{bold}_right"),
    ]  # fmt: skip


def _table(sheet: Sheet, count: int, rows: list[dict[str, Any]]) -> Flowable:
    right = [name.endswith("cents") or name in _FIGURES for name in sheet.shown]
    head = [
        paragraph(heading(name), "cell_bold_right" if figure else "cell_bold")
        for name, figure in zip(sheet.shown, right, strict=True)
    ]
    body = [
        [
            paragraph(_text(sheet, name, row[name]), "cell_right" if figure else "cell")
            for name, figure in zip(sheet.shown, right, strict=True)
        ]
        for row in rows
    ]
    fixed = {name: _NARROW[name] * mm for name in sheet.shown if name in _NARROW}
    rest = (documents.WIDTH - sum(fixed.values())) / max(len(sheet.shown) - len(fixed), 1)
    more = count - len(rows)
    under = n_("{n} autre ligne dans {file}.", "{n} autres lignes dans {file}.", more).format(
        n=number(more), file=sheet.path
    )
    return titled_table(
        _(sheet.title),
        [head, *body],
        widths=[fixed.get(name, rest) for name in sheet.shown],
        under=under if more else "",
    )


def _text(sheet: Sheet, name: str, value: Any) -> str:
    if name.endswith("cents"):
        return money(value) if value is not None else ""
    if hasattr(value, "year"):
        return date_long(value)
    return number(value) if isinstance(value, int) else str(cell(sheet, name, value))


def _contents(said: Summary) -> Flowable:
    """What is in the folder and how much of it; nothing is left out unsaid."""
    rows = [(sheet.path, _(sheet.title), count) for sheet, count, _shown in said.tables]
    rows += [("09-comptes/comptes.csv", _("Chiffres de l'enveloppe"), len(figure_words()))]
    rows += [("10-pieces/", _("Fichiers joints"), said.attached)]
    head = [
        paragraph(_("Fichier"), "cell_bold"),
        paragraph(_("Contenu"), "cell_bold"),
        paragraph(_("Nombre"), "cell_bold_right"),
    ]
    body = [
        [paragraph(path, "cell"), paragraph(title, "cell"), paragraph(number(n), "cell_right")]
        for path, title, n in rows
    ]
    return titled_table(_("Contenu du dossier"), [head, *body], widths=[80 * mm, documents.WIDTH - 100 * mm, 20 * mm])


def _sums(about: About, entries: Sequence[Entry]) -> Sequence[Flowable]:
    head = [
        paragraph(_("Fichier"), "cell_bold"),
        paragraph(_("Octets"), "cell_bold_right"),
        paragraph("SHA-256", "cell_bold"),
    ]
    body = [
        [
            paragraph(each.path, "cell"), paragraph(number(each.size), "cell_right"),
            paragraph(f"{each.sha256[:32]}\n{each.sha256[32:]}", "cell"),
        ]
        for each in sorted(entries, key=lambda entry: entry.path)
    ]  # fmt: skip
    told = _("Pour vérifier tout le dossier d'un coup : sha256sum -c {file}").format(file=SUMS)
    return [
        paragraph(_("Sommes de contrôle"), "title"),
        paragraph(f"{_title(about)}, {about.measure}, {_place(about)}", "cell_bold"),
        paragraph(told, "cell"),
        titled_table(
            _("Fichiers"),
            [head, *body],
            widths=[documents.WIDTH - 94 * mm, 22 * mm, 72 * mm],
            commands=[("LEFTPADDING", (2, 1), (2, -1), 10)],
        ),
    ]
