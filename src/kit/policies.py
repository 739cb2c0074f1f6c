"""Row-level security, declared beside the tables and written to the database by `inventory migrate`.

Each table says with `scoped(...)` which of its columns hold the board and the school that it belongs to, or why all may read it.
A table that says nothing is readable by the system scope alone; a test walks the database and finds any that differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from piccolo.table import Table

from kit.actor import Scope

ROLES = tuple(scope.value for scope in Scope)

OWN_BOARD = "(SELECT current_setting('app.board', true))"
OWN_SCHOOLS = "((SELECT string_to_array(current_setting('app.schools', true), ','))::text[])"
OWN_ACTOR = "(SELECT current_setting('app.actor', true))"


class Access(Enum):
    """What a scope may do with the rows that it sees. Nothing is ever deleted but drafts and what has a time to live."""

    read = "SELECT"
    append = "SELECT, INSERT"
    write = "SELECT, INSERT, UPDATE"
    draft = "SELECT, INSERT, UPDATE, DELETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    table: str
    board: str | None
    school: str | None
    own: str | None
    condition: str | None
    hidden_from_schools: str | None
    shared: str | None
    access: Access
    ministry: Access | None
    ministry_sees: str | None

    def visible(self, scope: Scope) -> str | None:
        """The condition of one scope, as SQL; None: nothing is visible."""
        if scope is Scope.system or (scope is Scope.ministry and self.ministry and not self.own):
            return "true" if scope is Scope.system else self.ministry_sees or "true"
        if scope is Scope.ministry and not self.own:
            return None
        if self.shared is not None:
            return "true"
        if self.own:
            return f"{self.own} = {OWN_ACTOR}"
        own = []
        if scope is Scope.board and self.board:
            own.append(f"{self.board} = {OWN_BOARD}")
        if scope is Scope.school and self.school:
            own.append(f"{self.school} = ANY {OWN_SCHOOLS}")
        if self.condition:
            own.append(self.condition)
        visible = " OR ".join(own) or None
        if visible and scope is Scope.school and self.hidden_from_schools:
            return f"({visible}) AND NOT ({self.hidden_from_schools})"
        return visible


_rules: dict[str, Rule] = {}


def scoped(
    table: type[Table],
    *,
    board: str | None = None,
    school: str | None = None,
    own: str | None = None,
    condition: str | None = None,
    hidden_from_schools: str | None = None,
    shared: str | None = None,
    access: Access = Access.write,
    ministry: Access | None = Access.write,
    ministry_sees: str | None = None,
) -> None:
    """Declare whose rows a table holds.

    `board`, `school`: columns compared with the caller's codes. `own`: column compared with the caller's key.
    `condition`: SQL that also makes a row visible to boards and schools. `hidden_from_schools`: SQL of rows that a school
    neither sees nor writes, whatever else is said (the column it names is never NULL). `shared`: why every scope may read all rows.
    `access`: what boards and schools may do with rows they see; `ministry`: the same for the ministry (None: nothing), of the
    rows of the SQL `ministry_sees` (None: of all).
    """
    name = table._meta.tablename
    _rules[name] = Rule(
        table=name,
        board=board,
        school=school,
        own=own,
        condition=condition,
        hidden_from_schools=hidden_from_schools,
        shared=shared,
        access=access,
        ministry=ministry,
        ministry_sees=ministry_sees,
    )


def rule(table: str) -> Rule | None:
    return _rules.get(table)


def grants(table: str, scope: Scope) -> str:
    """What a scope may do with the rows of a table that it sees, as SQL; "" for nothing at all."""
    declared = _rules.get(table)
    if scope is Scope.system:  # the trail is append-only even for the system
        return Access.append.value if declared and declared.access is Access.append else Access.draft.value
    if declared is None or declared.visible(scope) is None:
        return ""
    if scope is Scope.ministry and declared.access is not Access.append:
        return (declared.ministry or Access.read).value
    return declared.access.value


def statements(tables: list[str]) -> Iterator[str]:
    """SQL that gives `tables` exactly the declared policies and grants, whatever was there before."""
    yield "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC"
    for table in tables:
        yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
        for scope in Scope:
            role, declared = scope.value, _rules.get(table)
            yield f'DROP POLICY IF EXISTS {role}_sees ON "{table}"'
            yield f'REVOKE ALL ON "{table}" FROM {role}'
            if not (given := grants(table, scope)):
                continue
            yield f'GRANT {given} ON "{table}" TO {role}'
            condition = declared.visible(scope) if declared else "true"
            yield f'CREATE POLICY {role}_sees ON "{table}" TO {role} USING ({condition}) WITH CHECK ({condition})'
