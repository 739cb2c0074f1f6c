"""How many tries are heard within how long, and for what. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.errors import TooMany
from kit.i18n import n_


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures within so long."""

    failures: int
    within: timedelta


def wait(failures: Sequence[datetime], limit: Limit, *, at: datetime) -> timedelta:
    """How long until another try is heard. `failures`: instants of the last ones, newest first."""
    if len(failures) < limit.failures:
        return timedelta(0)
    return max(failures[limit.failures - 1] + limit.within - at, timedelta(0))


class TooManyTries(TooMany):
    """`seconds` until the next try is heard."""

    def __init__(self, pause: timedelta) -> None:
        seconds = max(1, int(-(-pause.total_seconds() // 1)))
        minutes = -(-seconds // 60)
        super().__init__(self.words(minutes).format(n=minutes), seconds=seconds)

    def words(self, minutes: int) -> str:
        return n_(
            "Trop de demandes en peu de temps. Attendez {n} minute, puis réessayez.",
            "Trop de demandes en peu de temps. Attendez {n} minutes, puis réessayez.",
            minutes,
        )


class TooManySignIns(TooManyTries):
    def words(self, minutes: int) -> str:
        return n_(
            "Trop d'essais de connexion. Attendez {n} minute, puis réessayez.",
            "Trop d'essais de connexion. Attendez {n} minutes, puis réessayez.",
            minutes,
        )


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is tried: its name before what is counted (none for the first), and its limits."""

    name: str
    by_email: Limit
    by_address: Limit
    too_many: type[TooManyTries] = TooManyTries

    def key(self, counted: str) -> str:
        return f"{self.name} {counted}" if self.name else counted


# One address is a whole school behind its router; one e-mail is one person.
EMAIL_LIMIT = Limit(5, timedelta(minutes=15))
ADDRESS_LIMIT = Limit(50, timedelta(minutes=15))
SIGN_IN = Purpose("", EMAIL_LIMIT, ADDRESS_LIMIT, TooManySignIns)
# Each puts a message in somebody's mailbox.
LOST_PASSWORD = Purpose("lost", Limit(3, timedelta(hours=1)), Limit(30, timedelta(hours=1)))
# A token has 256 bits: the limit is for the noise of guessing, not for its success. Counted by address alone.
LINK = Purpose("link", Limit(20, timedelta(minutes=15)), Limit(20, timedelta(minutes=15)))
