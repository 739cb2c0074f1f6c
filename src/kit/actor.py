"""Who acts, within which scope, with which rights. Built once a request by directory.people; passed first to every operation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from kit.errors import Forbidden
from kit.i18n import _, lazy

SERVICE = lazy("système")


class Scope(StrEnum):
    """The PostgreSQL role that row-level security gives a transaction."""

    system = "scope_system"
    ministry = "scope_ministry"
    board = "scope_board"
    school = "scope_school"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person (or the system) acting for the province, for one board, or for schools of one board.

    `rights` hold in the whole scope; `school_rights` hold in one school each (a board technician may also be a principal).
    """

    scope: Scope
    name: str
    email: str = ""
    person: UUID | None = None
    board: str | None = None
    schools: tuple[str, ...] = ()
    rights: frozenset[str] = frozenset()
    school_rights: Mapping[str, frozenset[str]] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    language: str = "fr"
    theme: str = "auto"
    request: str = ""
    token: UUID | None = None

    @property
    def key(self) -> str:
        """What identifies the actor in rows of its own (idempotency keys, events)."""
        return str(self.person) if self.person else "system"

    def may(self, right: str, *, school: str | None = None) -> bool:
        """Whether the right is held; with `school`, also when it is held in that school alone; without, in any school."""
        if right in self.rights:
            return True
        if school is not None:
            return right in self.school_rights.get(school, frozenset())
        return any(right in rights for rights in self.school_rights.values())

    def must(self, right: str, *, school: str | None = None) -> None:
        """Raise Forbidden unless the right is held."""
        if not self.may(right, school=school):
            raise Forbidden()

    def schools_with(self, right: str) -> tuple[str, ...] | None:
        """The schools where the right is held, or None where it holds in the whole scope."""
        return None if right in self.rights else tuple(s for s, rights in self.school_rights.items() if right in rights)


def system(*, rights: Iterable[str] = ()) -> Actor:
    """The service itself: it sees all rows, and approves nothing (no `*.approve` right is ever its own)."""
    return Actor(scope=Scope.system, name=SERVICE, rights=_AllButDecisions(rights))


def by_whom(name: str) -> str:
    """The stored name of who acted, as it is read: the service's own is in the reader's language."""
    return _(SERVICE) if name == SERVICE else name


class _AllButDecisions(frozenset[str]):
    """Every right but those that only a person may use."""

    __slots__ = ()

    def __contains__(self, right: object) -> bool:
        return isinstance(right, str) and not right.endswith((".approve", ".decide", ".sign"))
