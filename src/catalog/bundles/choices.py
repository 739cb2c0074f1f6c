"""The optional and either/or lines of a bundle, however deep, and what a school makes of them."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from kit.database import fetch
from kit.errors import Invalid
from kit.i18n import _

_FREE = """
WITH RECURSIVE lines AS (
    SELECT l.id, l.nested, l.optional, l.choice, l.taken, '' AS inside, coalesce(p.code, n.slug)::text AS path, ARRAY[l.position] AS places
    FROM bundle_line l LEFT JOIN product p ON p.id = l.product LEFT JOIN bundle n ON n.id = l.nested WHERE l.bundle = $1
    UNION ALL
    SELECT l.id, l.nested, l.optional, l.choice, l.taken, o.path, o.path || '/' || coalesce(p.code, n.slug), o.places || l.position
    FROM lines o JOIN bundle_line l ON l.bundle = o.nested
    LEFT JOIN product p ON p.id = l.product LEFT JOIN bundle n ON n.id = l.nested
) SELECT path, inside, optional, choice, taken FROM lines WHERE optional OR choice <> '' ORDER BY places
"""


class FreeLine(NamedTuple):
    """A line that is not always taken. `inside`: the path of the bundle that holds it ('' for the bundle itself)."""

    path: str
    inside: str
    optional: bool
    choice: str
    taken: bool


async def free_lines(bundle: UUID) -> list[FreeLine]:
    """The optional and either/or lines of an edition, in order. Call in a transaction."""
    return [FreeLine(**row) for row in await fetch(_FREE, bundle)]


def resolve(lines: Sequence[FreeLine], choices: Collection[str] | None) -> list[str] | None:
    """The paths that are taken, in order; None where they are the defaults.

    `choices`: the paths of optional lines that are taken, and of alternatives other than the defaults. Raises Invalid for a
    path that is none, and for two alternatives of one choice.
    """
    defaults = [line.path for line in lines if line.taken]
    if choices is None:
        return None
    if unknown := sorted(set(choices) - {line.path for line in lines}):
        sentence = _("« {path} » n'est ni une option ni un choix de ce combo. Options et choix : {paths}.")
        paths = ", ".join(line.path for line in lines) or _("aucun")
        raise Invalid({"choices": sentence.format(path=unknown[0], paths=paths)})
    named = {(line.inside, line.choice): 0 for line in lines if line.choice}
    for line in lines:
        if line.choice and line.path in choices:
            named[line.inside, line.choice] += 1
            if named[line.inside, line.choice] > 1:
                sentence = _("Choix « {choice} » : prenez une seule des lignes.")
                raise Invalid({"choices": sentence.format(choice=line.choice)})
    taken = [
        line.path
        for line in lines
        if line.path in choices or (line.choice and line.taken and not named[line.inside, line.choice])
    ]
    return None if taken == defaults else taken
