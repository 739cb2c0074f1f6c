"""What a supplier's file says, by a mapping that is data."""

import json
from datetime import date

import pytest

from catalog.feeds.rules import FeedFault, FeedPrice, check_mapping, differences, parse
from kit.errors import Invalid

CSV = {"product": "SKU", "before_tax": "Prix net", "minimum": "Qté min", "from": "Du", "until": "Au"}
JSON = {"items": "data.items", "product": "sku", "before_tax": "price.net"}


def test_a_csv_is_read_by_its_own_headings() -> None:
    text = "SKU;Prix net;Qté min;Du;Au\ntab;393,00;;2027-01-01;\nrob;1 099.5;10;;2027-06-30\n"
    prices, refused = parse("csv", CSV, text.encode(), "fil.csv")
    assert refused == []
    assert prices == [
        FeedPrice(2, "tab", 393_00, 1, date(2027, 1, 1), None),
        FeedPrice(3, "rob", 1_099_50, 10, None, date(2027, 6, 30)),
    ]


def test_a_json_is_read_by_paths_and_codes_are_translated() -> None:
    document = {"data": {"items": [{"sku": "X-1", "price": {"net": 393.1}}, {"sku": "tab", "price": {"net": "12.00"}}]}}
    mapping = JSON | {"codes": {"X-1": "tablette"}}
    prices, refused = parse("json", mapping, json.dumps(document).encode(), "fil.json")
    assert refused == []
    assert [(price.product, price.cents) for price in prices] == [("tablette", 393_10), ("tab", 12_00)]


def test_a_wrong_line_is_refused_and_the_others_are_taken() -> None:
    text = "SKU;Prix net\ntab;dix\nrob;0\n;5\nbee;1.234\nok;5\nok;6\n"
    prices, refused = parse("csv", {"product": "SKU", "before_tax": "Prix net"}, text.encode(), "fil.csv")
    assert [(price.line, price.product, price.cents) for price in prices] == [(6, "ok", 500)]
    assert [refusal.line for refusal in refused] == [2, 3, 4, 5, 7]
    items = [1, None, {"sku": True, "price": {"net": 1}}, {"sku": "a"}, {"sku": "b", "price": [1]}]
    prices, refused = parse("json", JSON, json.dumps({"data": {"items": items}}).encode(), "fil.json")
    assert (prices, [refusal.line for refusal in refused]) == ([], [1, 2, 3, 4, 5])


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("json", b"{"), ("json", b"[1]"), ("json", b"[" * 100_000), ("json", b'{"data": {"items": {}}}'),
        ("json", b"\xff\xfe"), ("csv", b""), ("csv", b"%PDF-1.7"), ("csv", b"Autre;Chose\n1;2\n"), ("csv", b"<html>"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_as_a_whole_is_said_in_a_sentence(kind: str, content: bytes) -> None:
    with pytest.raises(FeedFault) as refused:
        parse(kind, JSON if kind == "json" else CSV, content, f"fil.{kind}")
    assert refused.value.detail


@pytest.mark.parametrize(
    ("kind", "mapping"),
    [
        ("csv", {}), ("csv", {"product": "SKU"}), ("csv", {"product": "SKU", "before_tax": ""}),
        ("csv", {"product": "SKU", "before_tax": 3}), ("csv", {"product": "SKU", "before_tax": "P", "items": "a"}),
        ("csv", {"product": "SKU", "before_tax": "P", "codes": ["a"]}),
        ("json", {"product": "SKU", "before_tax": "P", "autre": "a"}),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_say_what_is_needed_is_refused(kind: str, mapping: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        check_mapping(kind, mapping)


def test_only_new_and_other_amounts_differ() -> None:
    today = date(2026, 11, 24)
    known = {("tab", 1): [(date(2026, 1, 1), date(2026, 12, 31), 393_00)]}
    prices = [
        FeedPrice(2, "tab", 393_00),
        FeedPrice(3, "tab", 393_00, 1, date(2027, 1, 1)),
        FeedPrice(4, "tab", 390_00),
        FeedPrice(5, "tab", 380_00, 10),
    ]
    found = [(difference.price.line, difference.before) for difference in differences(prices, known, today)]
    assert found == [(3, None), (4, 393_00), (5, None)]
