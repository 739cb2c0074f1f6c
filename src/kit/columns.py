"""The few column shapes that every table uses, so that no foreign key is left to Piccolo's defaults (nullable, cascade, no index)."""

from typing import Any

from piccolo.columns import UUID, Array, BigInt, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from kit.ids import new_id


def identity() -> UUID:
    """A UUIDv7 key; migrations make `new_id()` its default in the database too."""
    return UUID(primary_key=True, default=new_id)


def reference(table: type[Table], *, null: bool = False, index: bool = True) -> ForeignKey[Any]:
    """A foreign key that never cascades: what is referred to cannot go away."""
    default = {"default": None} if null else {}
    return ForeignKey(
        table,
        null=null,
        index=index,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        required=not null,
        **default,
    )


def short(length: int = 40, *, null: bool = False, index: bool = False, default: str = "") -> Varchar:
    return Varchar(length, null=null, default=None if null else default, index=index)


def text(*, null: bool = False) -> Text:
    return Text(null=null, default=None if null else "")


def cents(*, null: bool = False) -> BigInt:
    """Integer cents; the column's name says the tax basis."""
    return BigInt(null=null, default=None if null else 0)


def texts() -> Array:
    """A list of texts, or NULL."""
    return Array(base_column=Varchar(length=None), null=True, default=None)


def count(*, null: bool = False, default: int = 0) -> Integer:
    return Integer(null=null, default=None if null else default)


def flag(*, null: bool = False, default: bool = False) -> Boolean:
    return Boolean(null=null, default=None if null else default)


def day(*, null: bool = True) -> Date:
    return Date(null=null, default=None)


def moment(*, null: bool = True) -> Timestamptz:
    """An instant in UTC; `null=False` is stamped when the row is made."""
    return Timestamptz(null=True, default=None) if null else Timestamptz(default=TimestamptzNow())


def row_version() -> Integer:
    """Counts changes, for `If-Match`."""
    return Integer(default=1)
