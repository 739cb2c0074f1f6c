"""What people type becomes what the API takes, or a sentence at its field."""

from datetime import date
from typing import Annotated

import msgspec
import pytest
from msgspec import UNSET, Meta, UnsetType

from kit.errors import Conflict, Invalid
from kit.forms import as_cents, errors_of, read_form, version_in


class Sent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=5)]
    day: date | None = None
    count: Annotated[int, Meta(ge=1)] = 1
    shift: float = 0.0
    broken: bool = False


class Change(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    note: str | UnsetType = UNSET
    serial: str | UnsetType | None = UNSET


def test_texts_become_values_and_what_is_empty_is_left_out() -> None:
    typed = {"name": " Ana ", "day": "2026-09-30", "count": "3", "shift": "0,5", "broken": "on", "_csrf_token": "x"}
    assert read_form(typed, Sent) == Sent(name="Ana", day=date(2026, 9, 30), count=3, shift=0.5, broken=True)
    assert read_form({"name": "", "day": " ", "count": "", "broken": "false"}, Sent) == Sent(name="")


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("name", "Anabel", "Au plus 5 caractères."),
        ("day", "hier", "n'est pas une date"),
        ("count", "0", "n'est pas un nombre permis"),
        ("count", "deux", "n'est pas un nombre permis"),
        ("broken", "peut-être", "n'est pas un choix de la liste"),
    ],
)
def test_a_text_that_cannot_be_read_gets_a_sentence_at_its_field(field: str, text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_form({"name": "Ana"} | {field: text}, Sent)
    assert list(refused.value.errors) == [field] and sentence in refused.value.errors[field]


def test_a_field_that_must_be_there_is_asked_for() -> None:
    with pytest.raises(Invalid) as refused:
        read_form({}, Sent)
    assert refused.value.errors == {"name": "Remplissez ce champ."}


def test_a_change_takes_off_what_is_emptied_and_leaves_what_is_not_in_the_form() -> None:
    assert read_form({"serial": ""}, Change) == Change(serial=None)
    assert read_form({"note": " ", "serial": "X1"}, Change) == Change(note="", serial="X1")


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1 234,56 $", "123456"),
        ("1\u00a0234.5", "123450"),
        ("12", "1200"),
        ("0,05", "5"),
        ("-3", "-3"),
        ("1,234.56", "1,234.56"),
    ],
)
def test_an_amount_is_read_as_it_is_written_here(text: str, cents: str) -> None:
    assert as_cents(text) == cents


def test_a_version_is_a_number_or_nothing() -> None:
    found = [version_in({"version": text}) for text in ("3", "", "x", "²", "9" * 12)]
    assert found == [3, None, None, None, None]
    assert version_in({}) is None


def test_a_failed_form_shows_fields_or_one_sentence() -> None:
    assert errors_of(None) == {}
    assert errors_of(Invalid({"name": "Non."})) == {"name": "Non."}
    assert errors_of(Conflict("Trop tard.")) == {"": "Trop tard."}
