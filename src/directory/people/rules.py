"""Pure decisions about people: where a person acts, with which rights, and how long to wait after wrong passwords."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from kit.actor import Scope
from kit.errors import Invalid, Refused
from kit.i18n import _, lazy

# A working day and its evening: a browser left open on a shared desk is closed by the next morning.
SESSION_IDLE = timedelta(hours=12)
# Once a week everybody proves again who they are, however busy their session.
SESSION_LIFE = timedelta(days=7)
# The time of last use is a convenience: writing it at each request would make every read a write.
SEEN_EVERY = timedelta(minutes=1)

# A link in a mailbox opens an account: it lives no longer than it takes to read one's mail.
LOST_LINK_LIFE = timedelta(hours=1)
# For so long a closed account may be opened again with the roles that it had, and is seen (`tables.CURRENT` says it in SQL).
REOPEN = timedelta(days=30)

SCOPES = ("read", "write")
LANGUAGES = ("fr", "en")
THEMES = ("auto", "light", "dark")
TOKEN_DAYS = 365  # nobody notices a key that outlives its use
PASSWORD_LENGTH = (12, 200)


class WrongPassword(Refused):
    """The same words, whatever was wrong: an unknown address, a wrong password, a closed account."""

    status = 422
    title = lazy("Connexion refusée")
    sentence = lazy("Le courriel ou le mot de passe ne convient pas. Vérifiez les deux, puis réessayez.")


class NoRole(Refused):
    """Said only to who gave the right password."""

    status = 422
    title = lazy("Aucun rôle en vigueur")
    sentence = lazy("Votre compte n'a aucun rôle en ce moment. Demandez-en un à l'administration de votre organisme.")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in force today: in one school, in one board, or (neither) in the province. `role` '': that of an absent person."""

    role: str
    board: str | None
    school: str | None
    rights: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """For whom a request acts, and with which rights."""

    scope: Scope
    board: str | None = None
    schools: tuple[str, ...] = ()
    rights: frozenset[str] = frozenset()
    school_rights: Mapping[str, frozenset[str]] = field(default_factory=dict)
    roles: tuple[str, ...] = ()


def place(
    grants: Sequence[Grant], *, asked: str | None = None, board: str | None = None, school: str | None = None
) -> Place | None:
    """Where a person who holds `grants` acts; None where nothing is held.

    `asked` is the board that the request names. `board`, or `school` with its board, narrow a token and never widen it: the
    province's rights are not carried into a board or a school, whose rows hold more names than the province may read.
    """
    local = [grant for grant in grants if grant.board is not None]
    if board is not None:
        if asked not in (None, board):
            return None
        return _in_board(local, board) if school is None else _in_one_school(local, board, school)
    province = [grant for grant in grants if grant.board is None]
    wanted = asked or (None if province else min((grant.board for grant in local if grant.board), default=None))
    if wanted is not None and (found := _in_board(local, wanted)):
        return found
    return Place(scope=Scope.ministry, rights=_rights(province), roles=_roles(province)) if province else None


def _in_board(local: Iterable[Grant], board: str) -> Place | None:
    here = [grant for grant in local if grant.board == board]
    whole = [grant for grant in here if grant.school is None]
    schools = sorted({grant.school for grant in here if grant.school is not None})
    each = {school: _rights(grant for grant in here if grant.school == school) for school in schools}
    if whole:
        return Place(scope=Scope.board, board=board, rights=_rights(whole), school_rights=each, roles=_roles(here))
    if here:
        return Place(scope=Scope.school, board=board, schools=tuple(schools), school_rights=each, roles=_roles(here))
    return None


def _in_one_school(local: Iterable[Grant], board: str, school: str) -> Place | None:
    """What is held in the school itself and in the whole of its board, for that school alone."""
    here = [grant for grant in local if grant.board == board and grant.school in (None, school)]
    if not here:
        return None
    each = {school: _rights(here)}
    return Place(scope=Scope.school, board=board, schools=(school,), school_rights=each, roles=_roles(here))


def _rights(grants: Iterable[Grant]) -> frozenset[str]:
    return frozenset().union(*(grant.rights for grant in grants))


def _roles(grants: Iterable[Grant]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(grant.role for grant in grants if grant.role))


def normal_email(email: str) -> str:
    """An address as it is compared: composed accents, lower case, nothing else ("é" is not "e")."""
    email = email.replace("\0", "\ufffd")  # PostgreSQL has no such character in its texts
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", email.strip()).lower())


def check_email(email: str) -> str:
    """The address as it is kept, or Invalid."""
    kept = normal_email(email)
    if len(kept) > 254 or not re.fullmatch(
        r"[^@\s\x00-\x1f<>\",;]+@[^@\s\x00-\x1f<>\",;]+\.[^@\s.\x00-\x1f<>\",;]+", kept
    ):
        raise Invalid({"email": _("Le courriel s'écrit comme « prenom.nom@exemple.ca ».")})
    return kept


def check_name(name: str, *, length: int = 200) -> str:
    """A name on one line, or Invalid."""
    kept = " ".join(name.split())
    if not 1 <= len(kept) <= length or not kept.isprintable():
        raise Invalid({"name": _("Le nom tient sur une ligne, de 1 à {length} caractères.").format(length=length)})
    return kept


def normal_password(password: str) -> str:
    """One form for a password that keyboards compose in several ways (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, email: str) -> str:
    """The password as it is hashed, or Invalid: long enough, not the address, not one key held down."""
    kept = normal_password(password)
    least, most = PASSWORD_LENGTH
    if not least <= len(kept) <= most:
        raise Invalid(
            {
                "password": _("Le mot de passe compte de {least} à {most} caractères.").format(least=least, most=most),
            }
        )
    local = email.partition("@")[0]
    if len(set(kept)) < 5 or (len(local) > 3 and local in kept.lower()):
        raise Invalid({"password": _("Ce mot de passe se devine : évitez votre courriel et les répétitions.")})
    return kept


def check_language(language: str) -> str:
    if language not in LANGUAGES:
        raise Invalid({"language": _("La langue est « fr » ou « en ».")})
    return language


def check_theme(theme: str) -> str:
    if theme not in THEMES:
        raise Invalid({"theme": _("Le thème est « auto », « light » ou « dark ».")})
    return theme


def check_scopes(scopes: Iterable[str]) -> list[str]:
    """The scopes of a token in their usual order, or Invalid."""
    asked = set(scopes)
    if not asked or not asked <= set(SCOPES):
        raise Invalid({"scopes": _("La portée est « read », « write » ou les deux.")})
    return [scope for scope in SCOPES if scope in asked]


def check_days(days: int) -> int:
    if not 1 <= days <= TOKEN_DAYS:
        raise Invalid({"days": _("Un jeton dure de 1 à {most} jours.").format(most=TOKEN_DAYS)})
    return days
