"""From what a person typed in a form to the struct that the API takes; each text that cannot be read gets a sentence at its field."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, inspect

from kit.errors import Invalid, Refused
from kit.i18n import _, n_, number

T = TypeVar("T", bound=msgspec.Struct)


def read_form(typed: Mapping[str, str], into: type[T]) -> T:
    """The struct that these texts make. What is empty is left out, or taken off where the struct is a change. Raises Invalid."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in msgspec.structs.fields(into):
        text = typed.get(field.name)
        if text is None or (not text.strip() and not _is_change(field) and not field.required):
            if field.required:
                errors[field.name] = _("Remplissez ce champ.")
            continue
        kind = inspect.type_info(field.type)
        try:
            values[field.name] = _value(text.strip(), field.type, kind)
        except msgspec.ValidationError:
            errors[field.name] = _sentence(text, kind)
    if errors:
        raise Invalid(errors)
    return into(**values)


def version_in(typed: Mapping[str, str]) -> int | None:
    """The version of the record that the form was shown with: what `If-Match` is to the API."""
    text = typed.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def errors_of(refused: Refused | None) -> dict[str, str]:
    """What a failed form shows: a sentence by field, or one of no field."""
    if refused is None:
        return {}
    if isinstance(refused, Invalid) and refused.errors:
        return refused.errors
    return {"": refused.detail}


def _is_change(field: msgspec.structs.FieldInfo) -> bool:
    return field.default is UNSET


def _value(text: str, wanted: Any, kind: inspect.Type) -> Any:
    if not text and _has(kind, inspect.NoneType):
        return None
    if text == "on" and _has(kind, inspect.BoolType):
        return True
    if _has(kind, inspect.FloatType):
        text = text.replace(",", ".")
    return msgspec.convert(text, wanted, strict=False)


def _parts(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _has(kind: inspect.Type, wanted: type[inspect.Type]) -> bool:
    return any(isinstance(part, wanted) for part in _parts(kind))


def _sentence(text: str, kind: inspect.Type) -> str:
    for part in _parts(kind):
        if isinstance(part, inspect.StrType) and part.max_length and len(text.strip()) > part.max_length:
            return n_("Au plus {n} caractère.", "Au plus {n} caractères.", part.max_length).format(
                n=number(part.max_length)
            )
        if isinstance(part, inspect.DateType):
            return _("« {text} » n'est pas une date. Écrivez année-mois-jour, par exemple 2026-09-30.").format(
                text=text[:40]
            )
        if isinstance(part, inspect.IntType | inspect.FloatType):
            return _("« {text} » n'est pas un nombre permis ici.").format(text=text[:40])
    return _("« {text} » n'est pas un choix de la liste.").format(text=text[:40])


def as_cents(text: str) -> str:
    """`1 234,56 $` as `123456`, for a field that the API takes in cents; any other text as it is, to be refused by its name."""
    found = re.fullmatch(r"(\d+)(?:[.,](\d\d?))?\$?", re.sub(r"\s", "", text))
    return str(int(found[1] + (found[2] or "").ljust(2, "0"))) if found else text
