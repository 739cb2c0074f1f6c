from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocations.selections.effects import floor_effects
from allocations.selections.pricing import Offer, Part, charge, fit, price, problems, shares, units, with_room
from allocations.selections.schemas import LinePrice
from catalog.taxes.rules import Taxes, price_invoice
from inventory.floor.rules import Status, Unit
from inventory.floor.schemas import RuleStatus

TAXES = Taxes(rates={"gst": 50_000, "qst": 99_750}, rebates={"gst": 680_000, "qst": 470_000})
BASES = ("net", "with_tax", "before_tax")
SUPPLIERS = [UUID(int=n) for n in range(1, 4)]


def part(
    line: UUID, cents: int | None, quantity: int = 1, *, each: int = 1, supplier: int = 0, **fields: object
) -> Part:
    offer = None
    if cents is not None:
        offer = Offer(SUPPLIERS[supplier], f"f{supplier}", f"Fournisseur {supplier}", cents, "essai")
    plain = {
        "line": line, "product": uuid4(), "code": "tablette", "name": "Tablette", "category": "flotte-appareils",
        "category_name": "Flotte d'appareils", "tracked": True, "each": each, "quantity": quantity * each,
        "closed": False, "offer": offer,
    }  # fmt: skip
    return Part(**plain | fields)  # type: ignore[arg-type]


def suggestions(parts: list[Part], quantities: dict[UUID, int], free: int, basis: str = "net") -> list[LinePrice]:
    lines = {line: ("Tablette", quantity) for line, quantity in quantities.items()}
    return with_room(shares(lines, price(parts, TAXES, basis)), lines, parts, TAXES, basis, free)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_six_tablets_in_an_envelope_of_2150_dollars_miss_370_39() -> None:
    line = uuid4()
    parts = [part(line, 393_00, 6)]
    basket = price(parts, TAXES, "net")
    assert basket.charged == 2_520_39
    verdict = fit(basket.charged, 2_150_00, "net")
    assert (verdict.fits, verdict.left_cents) == (False, -370_39)
    assert plain(verdict.sentence) == "Il manque 370,39 $, taxes nettes comprises."
    (found,) = suggestions(parts, {line: 6}, 2_150_00)
    assert found.remove == 1
    assert plain(found.sentence) == "Entre si vous retirez 1 unité de « Tablette » : 2 100,33 $."


def test_five_tablets_fit_and_leave_49_67() -> None:
    verdict = fit(price([part(uuid4(), 393_00, 5)], TAXES, "net").charged, 2_150_00, "net")
    assert verdict.fits and plain(verdict.sentence) == "Entre dans votre enveloppe. Il resterait 49,67 $."


def test_taking_the_line_away_is_said_as_such_and_no_promise_is_made_when_it_is_not_enough() -> None:
    small, large = uuid4(), uuid4()
    parts = [part(small, 10_00, 2), part(large, 1_000_00, 3)]
    found = suggestions(parts, {small: 2, large: 3}, 500_00)
    assert (found[0].remove, found[0].sentence) == (None, "")
    assert found[1].remove == 3
    assert plain(found[1].sentence) == "Entre si vous retirez « Tablette » : 21,38 $."


def test_each_supplier_is_an_invoice_of_its_own() -> None:
    parts = [part(uuid4(), 10, supplier=1), part(uuid4(), 10, supplier=0), part(uuid4(), 20, supplier=0)]
    basket = price(parts, TAXES, "net")
    assert [(i.supplier_code, i.priced.before_tax, i.priced.gst) for i in basket.invoices] == [
        ("f0", 30, 2),
        ("f1", 10, 1),
    ]
    assert basket.priced.gst == 3 and basket.priced.before_tax == 40


def test_a_bundle_is_taken_apart() -> None:
    line = uuid4()
    parts = [
        part(line, 100_00, 2, each=3),
        part(line, 5_00, 2, each=1, tracked=False),
        part(line, 10_00, 2, supplier=1),
    ]
    basket = price(parts, TAXES, "before_tax")
    assert basket.charged == 6 * 100_00 + 2 * 5_00 + 2 * 10_00
    assert units(parts) == {"flotte-appareils": 8}


def test_what_has_no_price_costs_nothing_and_is_a_problem() -> None:
    line = uuid4()
    parts = [part(line, None)]
    assert price(parts, TAXES, "net").charged == 0
    (problem,) = problems([line], parts, {"flotte-appareils"}, "EX-COMBOS")
    assert problem.line == line and "n'a pas de prix connu" in problem.sentence


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"closed": True}, "« Tablette » n'est plus offert. Retirez-le."),
        ({"category": "mobilier", "category_name": "Mobilier"},
         "La mesure EX-COMBOS ne paie pas « Tablette » (Mobilier). Retirez-le."),
        ({"offer": Offer(SUPPLIERS[0], "f", "F", 1, "", date(2026, 6, 30))},
         "« Tablette » : prix échu le 30 juin 2026; l'organisme doit le confirmer."),
        ({}, None),
    ],
)  # fmt: skip
def test_what_stops_a_submission_is_said_in_a_sentence(fields: dict[str, object], sentence: str | None) -> None:
    line = uuid4()
    found = problems([line], [part(line, 1_00, **fields)], {"flotte-appareils"}, "EX-COMBOS")  # type: ignore[arg-type]
    assert [plain(problem.sentence) for problem in found] == ([sentence] if sentence else [])


def test_an_empty_basket_and_an_empty_bundle_are_problems() -> None:
    line = uuid4()
    assert [problem.line for problem in problems([], [], set(), "X")] == [None]
    assert [problem.line for problem in problems([line], [], set(), "X")] == [line]


def rule(gap: int | None, left: int, category: str = "flotte-appareils") -> RuleStatus:
    return RuleStatus(
        rule=uuid4(), category=category, category_name="Flotte", unit=Unit.pupils, quantity=1, per_pupils=5, pupils=None,
        headcount_on=None, buildings=1, required=None, counted=0, not_counted_out_of_service=0, not_counted_past_life=0,
        gap=gap, on_order=0, expected=None, late=0, left=left, status=Status.below, exempt_until=None, sentence="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("gap", "left", "after", "sentence"),
    [
        (6, 2, 0, "Fait atteindre le plancher."),
        (6, 6, 4, "Ramène l'écart de 6 à 4."),
        (0, 0, 0, "Ne change pas le plancher."),
        (6, 0, 0, "Ne change pas le plancher."),
        (None, 0, None, "L'effet sur le plancher n'est pas évaluable : l'effectif n'est pas connu."),
    ],
)
def test_what_two_devices_do_to_the_floor(gap: int | None, left: int, after: int | None, sentence: str) -> None:
    (effect,) = floor_effects({"flotte-appareils": 2}, [rule(gap, left), rule(3, 3, "robotique")])
    assert (effect.units, effect.after, plain(effect.sentence)) == (2, after, sentence)


baskets = st.lists(
    st.tuples(st.integers(1, 5_000_00), st.integers(1, 400), st.integers(1, 5), st.integers(0, 2), st.integers(0, 3)),
    min_size=1,
    max_size=8,
)


@given(baskets, st.sampled_from(BASES))
def test_items_invoices_and_basket_add_up_in_each_tax_basis(rows: list[tuple[int, ...]], basis: str) -> None:
    lines = [uuid4() for _ in range(4)]
    parts = [
        part(lines[at], cents, quantity, each=each, supplier=supplier) for cents, quantity, each, supplier, at in rows
    ]
    basket = price(parts, TAXES, basis)
    for invoice in basket.invoices:
        assert sum(item.charged for item in invoice.items) == invoice.charged
        assert sum(item.net for item in invoice.items) == invoice.priced.net
        assert sum(item.before_tax for item in invoice.items) == invoice.priced.before_tax
    assert basket.charged == {
        "net": basket.priced.net, "with_tax": basket.priced.total, "before_tax": basket.priced.before_tax
    }[basis]  # fmt: skip
    found = shares(dict.fromkeys(lines, ("x", 1)), basket)
    assert sum(line.charged_cents for line in found) == basket.charged


@given(
    st.lists(st.tuples(st.integers(1, 2_000_00), st.integers(1, 60), st.integers(0, 2)), min_size=1, max_size=4),
    st.integers(0, 100_000_00),
    st.sampled_from(BASES),
)
def test_the_fewest_to_take_away_is_really_the_fewest(rows: list[tuple[int, int, int]], free: int, basis: str) -> None:
    quantities = {uuid4(): row[1] for row in rows}
    parts = [
        part(line, cents, quantity, supplier=supplier)
        for line, (cents, quantity, supplier) in zip(quantities, rows, strict=True)
    ]
    if price(parts, TAXES, basis).charged <= free:
        return

    def without(line: UUID, taken: int) -> int:
        kept = [
            part(p.line, p.offer.unit_before_tax_cents, quantities[p.line] - (taken if p.line == line else 0),
                 supplier=SUPPLIERS.index(p.offer.supplier))
            for p in parts if p.offer
        ]  # fmt: skip
        return price(kept, TAXES, basis).charged

    for found in suggestions(parts, quantities, free, basis):
        if found.remove is None:
            assert without(found.line, quantities[found.line]) > free
        else:
            assert without(found.line, found.remove) <= free < without(found.line, found.remove - 1)


@given(st.lists(st.integers(0, 1_000_000), min_size=1, max_size=9), st.sampled_from(BASES))
def test_what_is_charged_is_shared_out_to_the_last_cent(amounts: list[int], basis: str) -> None:
    charged, parts = charge(price_invoice(amounts, TAXES.rates, TAXES.rebates), amounts, basis)
    assert sum(parts) == charged and len(parts) == len(amounts)
