"""What an operation may refuse. One status a class; `app.errors` turns them into problem details or a page.

Refused (422)
├── Invalid (422)      field errors
├── NotFound (404)     absent, or not yours: the same answer
├── Forbidden (403)    may know of it, may not do it
├── Conflict (409)     the state does not allow it (any more)
├── Stale (412)        somebody changed it since you read it
└── TooMany (429)      slow down
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from kit.i18n import _, lazy


class Refused(Exception):
    """A rule says no. `detail` is a sentence for the person: what is wrong, where, what to do. Extra figures go to the JSON."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = lazy("Demande refusée")
    sentence: ClassVar[str] = lazy("Cette demande ne peut pas être acceptée.")

    def __init__(self, detail: str | None = None, **figures: Any) -> None:
        self.figures = figures
        self.detail = detail if detail is not None else _(self.sentence).format(**self.shown(figures))
        super().__init__(self.detail)

    def shown(self, figures: Mapping[str, Any]) -> Mapping[str, Any]:
        """The figures as the sentence prints them; overridden where they are money or dates."""
        return figures

    def __getattr__(self, name: str) -> Any:
        figures = self.__dict__.get("figures", {})
        if name in figures:
            return figures[name]
        raise AttributeError(name)


class Invalid(Refused):
    """Fields are wrong; `errors` maps a field's name to one sentence."""

    title = lazy("Il y a un problème")
    sentence = lazy("Des champs sont à corriger.")

    def __init__(self, errors: Mapping[str, str] | None = None, detail: str | None = None) -> None:
        self.errors = dict(errors or {})
        super().__init__(detail or next(iter(self.errors.values()), None))


class NotFound(Refused):
    status = 404
    title = lazy("Page introuvable")
    sentence = lazy("Cette page n'existe pas ou ne fait pas partie de votre accès.")


class Forbidden(Refused):
    status = 403
    title = lazy("Action non permise")
    sentence = lazy("Votre rôle ne permet pas cette action.")


class Conflict(Refused):
    status = 409
    title = lazy("État incompatible")
    sentence = lazy("L'état actuel ne permet pas cette action. Rechargez la page.")


class Stale(Refused):
    status = 412
    title = lazy("Version dépassée")
    sentence = lazy("Quelqu'un a modifié cette fiche pendant votre lecture. Rien n'a été changé; rechargez la page.")


class TooMany(Refused):
    status = 429
    title = lazy("Trop de demandes")
    sentence = lazy("Trop de demandes en peu de temps. Attendez un peu, puis réessayez.")


_constraints: dict[str, Callable[[], Refused]] = {}


def constraint(name: str, error: Callable[[], Refused]) -> None:
    """Say which error stands for a broken constraint. Called once at import by the noun that owns the table."""
    _constraints[name] = error


def for_constraint(name: str | None) -> Refused:
    """The error of a constraint's name; a Conflict where nobody gave one."""
    return _constraints[name]() if name in _constraints else Conflict()
