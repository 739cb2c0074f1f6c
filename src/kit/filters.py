"""The conditions of a list, of which the first is always what this person may see (row-level security says it again)."""

from typing import Any

from kit.actor import Actor, Scope
from kit.errors import Invalid
from kit.i18n import _

LONGEST_SEARCH = 200  # characters: each word is looked for in every row


class Where:
    """SQL conditions joined by AND, with their arguments; `{}` in a condition is where its value goes."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.args: list[Any] = []

    def add(self, condition: str, value: Any) -> None:
        self.parts.append(condition.replace("{}", self.argument(value)))

    def argument(self, value: Any) -> str:
        """The placeholder of a value, for SQL outside the conditions."""
        self.args.append(value)
        return f"${len(self.args)}"

    def __str__(self) -> str:
        return " AND ".join(self.parts) or "true"


def visible(who: Actor, right: str, *, board: str, school: str) -> Where:
    """What `who` may see with `right` of rows whose board and school are these SQL columns. Raises Forbidden without the right."""
    who.must(right)
    where = Where()
    if who.scope is Scope.board:
        where.add(f"{board} = {{}}", who.board)
    if who.scope is Scope.school:
        where.add(f"{school} = ANY({{}}::text[])", list(who.schools))
    if (schools := who.schools_with(right)) is not None:
        where.add(f"{school} = ANY({{}}::text[])", list(schools))
    return where


def searched(text: str) -> str:
    """The words that are searched for, one space between two. Raises Invalid where they are longer than any name."""
    text = " ".join(text.replace("\0", "").split())
    if len(text) > LONGEST_SEARCH:
        raise Invalid(
            {"q": _("Cherchez moins de mots à la fois : {most} caractères au plus.").format(most=LONGEST_SEARCH)}
        )
    return text
