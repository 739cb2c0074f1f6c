"""Bodies out of their declared types: a value that is valid, and the Structs that a type is made of."""

from typing import Any
from uuid import uuid4

from msgspec import inspect

from kit.clock import now, today


class NoExample(AssertionError):
    """A type of which no value is known here."""


def valid(kind: Any) -> Any:
    """A value of a type, as JSON holds it: of a Struct, only the fields that it needs. Raises NoExample."""
    return _valid(inspect.type_info(kind))


def _valid(info: inspect.Type) -> Any:
    match info:
        case inspect.StructType():
            return {field.encode_name: _valid(field.type) for field in info.fields if field.required}
        case inspect.Metadata():
            return _valid(info.type)
        case inspect.UnionType():
            return None if info.includes_none else _valid(info.types[0])
        case inspect.StrType():
            return "Essai".ljust(info.min_length or 0, "i")[: info.max_length]
        case inspect.IntType():
            return max(1, info.ge or 1)
        case inspect.FloatType():
            return float(info.ge or 1)
        case inspect.BoolType():
            return False
        case inspect.DateType():
            return today().isoformat()
        case inspect.DateTimeType():
            return now().isoformat()
        case inspect.UUIDType():
            return str(uuid4())
        case inspect.EnumType():
            return next(iter(info.cls)).value
        case inspect.LiteralType():
            return info.values[0]
        case inspect.ListType():
            return [_valid(info.item_type) for _ in range(info.min_length or 0)]
        case inspect.DictType():
            return {}
    raise NoExample(f"say in tests/app/bodies.py what a value of {info} may be")


def structs_of(declared: Any) -> list[inspect.StructType]:
    """Every Struct in a type, itself and what it holds."""
    found: dict[type, inspect.StructType] = {}

    def look(info: Any) -> None:
        match info:
            case inspect.StructType():
                if info.cls not in found:
                    found[info.cls] = info
                    for each in info.fields:
                        look(each.type)
            case inspect.Metadata():
                look(info.type)
            case inspect.UnionType():
                for kind in info.types:
                    look(kind)
            case inspect.ListType():
                look(info.item_type)
            case inspect.DictType():
                look(info.value_type)

    look(inspect.type_info(declared))
    return list(found.values())
