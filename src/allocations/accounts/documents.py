"""The accounts of a year as a PDF in French. Its accessible form is the JSON of the API, until the page comes."""

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table

from allocations.accounts.exports import figure_words
from allocations.accounts.schemas import Accounts, Amounts, MeasureTotal
from allocations.years.rules import WORDS, State
from kit import documents
from kit.documents import paragraph, table_style, titled_table
from kit.i18n import _, date_long, lazy, money, number, use_language

BASES = {"net": lazy("taxes nettes comprises"), "with_tax": lazy("taxes comprises"), "before_tax": lazy("avant taxes")}
SHOWN = ("allocated_cents", "reserved_cents", "committed_cents", "spent_cents", "free_cents")


def accounts(found: Accounts) -> bytes:
    """Letter PDF, always in French: accounts are an act of the public administration."""
    with use_language("fr"):
        return documents.build(
            lambda: _story(found),
            title=_("Comptes {year}, {name}").format(year=found.year, name=found.name),
            author=found.name,
            foot=_("Comptes {year} · {name}").format(year=found.year, name=found.name),
        )


def _story(found: Accounts) -> Sequence[Flowable]:
    code = found.school or found.board
    place = f"{found.name} ({code})" if code else found.name
    story: list[Flowable] = [
        paragraph(_("Comptes de l'exercice {year}").format(year=found.year), "title"),
        paragraph(place, "cell_bold"),
        paragraph(_("Exercice : {state}.").format(state=_(WORDS[State(found.state)]).lower()), "cell"),
    ]
    if not found.lines:
        return [*story, Spacer(1, 3 * mm), paragraph(_("Aucune enveloppe cette année."), "body")]
    for each in found.measures:
        story.append(_balance(each))
        lines = [line for line in found.lines if line.measure == each.measure]
        if len(lines) > 1:
            named = [(f"{line.name} ({line.school or line.board})", line) for line in lines]
            story += [Spacer(1, 3 * mm), _places([*named, (_("Total"), each)])]
    story += _quantities(found) + _trainings(found) + _signatures(found)
    return story


def _balance(amounts: MeasureTotal) -> Flowable:
    """Two columns that end on the same amount: where the money came from, what became of it."""
    words = figure_words()
    came = [(words[n], getattr(amounts, n)) for n in ("given_cents", "moved_cents", "carried_cents")]
    came.append((words["recovered_cents"], -amounts.recovered_cents))
    became = [
        (words[n], getattr(amounts, n)) for n in ("spent_cents", "committed_cents", "reserved_cents", "free_cents")
    ]
    rows = [
        [
            paragraph(text, f"cell{bold}") if i % 2 == 0 else paragraph(text, f"cell{bold}_right")
            for i, text in enumerate(row)
        ]
        for row, bold in [
            *(((a, money(b), c, money(d)), "") for (a, b), (c, d) in zip(came, became, strict=True)),
            (
                (words["allocated_cents"], money(amounts.allocated_cents), _("Total"), money(amounts.allocated_cents)),
                "_bold",
            ),
            (
                (
                    words["unspent_cents"],
                    money(amounts.unspent_cents),
                    _("Dépensé, dont non facturé"),
                    money(amounts.uninvoiced_cents),
                ),
                "",
            ),
        ]
    ]
    head = [paragraph(text, "cell_bold") for text in (_("Provenance"), "", _("Emploi"), "")]
    return titled_table(
        f"{amounts.measure} · {amounts.measure_name}, {_(BASES[amounts.tax_basis])}",
        [head, *rows],
        widths=[documents.WIDTH / 2 - 39 * mm, 39 * mm] * 2,
        commands=[("LINEABOVE", (0, -2), (-1, -2), 0.8, documents.INK), ("LEFTPADDING", (2, 1), (2, -1), 14)],
    )


def _places(rows: list[tuple[str, Amounts]]) -> Flowable:
    """A row each; the last is their total."""
    words = figure_words()
    head = [paragraph(_("Lieu"), "cell_bold"), *(paragraph(words[name], "cell_bold_right") for name in SHOWN)]
    body = [
        [
            paragraph(name, f"cell{bold}"),
            *(paragraph(money(getattr(amounts, each)), f"cell{bold}_right") for each in SHOWN),
        ]
        for (name, amounts), bold in zip(rows, [*[""] * (len(rows) - 1), "_bold"], strict=True)
    ]
    table = Table([head, *body], colWidths=[documents.WIDTH - 5 * 26 * mm, *[26 * mm] * 5], repeatRows=1, hAlign="LEFT")
    table.setStyle(table_style(("LINEABOVE", (0, -1), (-1, -1), 0.8, documents.INK)))
    return table


def _counted(title: str, head: Sequence[str], rows: list[tuple[str, int, int]]) -> list[Flowable]:
    cells = [[paragraph(head[0], "cell_bold"), *(paragraph(text, "cell_bold_right") for text in head[1:])]]
    cells += [
        [paragraph(name, "cell"), *(paragraph(number(n), "cell_right") for n in counts)] for name, *counts in rows
    ]
    return [titled_table(title, cells, widths=[documents.WIDTH - 80 * mm, 40 * mm, 40 * mm])]


def _quantities(found: Accounts) -> list[Flowable]:
    if not found.quantities:
        return []
    rows = [(each.category_name, each.ordered, each.received) for each in found.quantities]
    return _counted(_("Quantités par catégorie"), [_("Catégorie"), _("Commandées"), _("Reçues")], rows)


def _trainings(found: Accounts) -> list[Flowable]:
    if not found.trainings:
        return []
    rows = [(each.training_name, each.ordered, each.persons) for each in found.trainings]
    return _counted(_("Formations"), [_("Formation"), _("Avec les combos"), _("Personnes formées")], rows)


def _signatures(found: Accounts) -> list[Flowable]:
    story: list[Flowable] = [paragraph(_("Signatures"), "heading")]
    if found.schools and not found.school:
        told = _("Écoles qui ont attesté leurs comptes : {n} de {total}.")
        story.append(paragraph(told.format(n=number(found.schools_attested), total=number(found.schools)), "cell"))
    if not found.signatures:
        story.append(paragraph(_("Aucune signature."), "cell"))
    story += [
        paragraph(
            _("Joint le {day} par {name} : {file}").format(
                day=date_long(each.at), name=each.actor_name, file=each.name
            ),
            "cell",
        )
        for each in found.reports
    ]
    for each in found.signatures:
        story.append(paragraph(f"{each.step_name} : {each.person_name}, {date_long(each.at)}", "cell"))
        words = figure_words()
        story += [
            paragraph(
                _("Depuis, {measure}, {figure} : {before} est devenu {after}.").format(
                    measure=gap.measure, figure=words[gap.figure].lower(), before=money(gap.signed_cents), after=money(gap.now_cents)
                ),
                "small",
            )
            for gap in each.differences
        ]  # fmt: skip
        story += [paragraph(_("Joint depuis : {file}.").format(file=name), "small") for name in each.reports_since]
    return story
