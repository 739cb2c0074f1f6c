"""What is wrong in a file's shape is said in French, whatever the decoder says."""

from datetime import date
from typing import Annotated, Literal

import msgspec
import pytest

from kit.shapes import said


class Inside(msgspec.Struct, forbid_unknown_fields=True):
    kind: Literal["investment", "operating"]
    cents: Annotated[int, msgspec.Meta(ge=0)] = 0
    on: date | None = None
    names: list[str] = []


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(min_length=1)]
    measure: Inside


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('code = "A"', "il manque « measure »."),
        ('code = "A"\n[measure]\nkind = "x"', "« x » n'est pas une valeur permise, à « measure.kind »."),
        ('code = "A"\n[measure]\nkind = "operating"\nsum = 1', "« sum » n'est pas un nom permis ici, à « measure »."),
        ('code = 3\n[measure]\nkind = "operating"', "il faut un texte entre guillemets, à « code »."),
        ('code = ""\n[measure]\nkind = "operating"', "ce texte est trop court ou trop long, à « code »."),
        ('code = "A"\n[measure]\nkind = "operating"\ncents = -1', "ce nombre est trop petit ou trop grand, à « measure.cents »."),
        ('code = "A"\n[measure]\nkind = "operating"\ncents = "1"', "il faut un nombre entier, à « measure.cents »."),
        ('code = "A"\n[measure]\nkind = "operating"\non = "demain"', "il faut une date, comme 2027-03-31, à « measure.on »."),
        ('code = "A"\n[measure]\nkind = "operating"\nnames = 1', "il faut une liste entre crochets, à « measure.names »."),
        ('code = "A"\nmeasure = 1', "il faut un groupe de noms et de valeurs, à « measure »."),
        ("code = = 1", "ce n'est pas écrit dans le format attendu, ligne 1, colonne 8."),
    ],
)  # fmt: skip
def test_a_fault_of_shape_is_said_with_its_place(text: str, expected: str) -> None:
    with pytest.raises(msgspec.DecodeError) as wrong:
        msgspec.toml.decode(text.encode(), type=Whole)

    assert said(wrong.value).replace("\u00a0", " ") == expected
