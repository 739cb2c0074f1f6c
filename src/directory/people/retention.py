"""How long accounts are kept, and what gave access to them.

Somebody who has left is forgotten some years after their account was closed: the name and the address go, the key stays, so that
the history stays whole. Names on baskets, approvals, orders and receipts stay too: they are the signature of an accounting document.
"""

from datetime import datetime, timedelta

from kit.clock import now
from kit.database import execute, fetch
from kit.i18n import lazy
from kit.retention import FORGOTTEN, Rule, days, statement, years

ATTEMPTS_KEPT = timedelta(days=1)  # they are counted over a quarter of an hour

_GONE = """
UPDATE person p SET name = $3, email = 'efface-' || p.id || '@exemple.invalid', notices = '{}', forgotten_at = $4, version = version + 1
FROM (SELECT id, email FROM person WHERE deactivated_at < $1 AND forgotten_at IS NULL ORDER BY deactivated_at, id LIMIT $2 FOR UPDATE) old
WHERE p.id = old.id RETURNING p.id, old.email
"""


async def forget_people(before: datetime, at_most: int) -> int:
    """Forget who has left, here and in the trail; how many."""
    gone = await fetch(_GONE, before, at_most, FORGOTTEN, now())
    keys, addresses = [row["id"] for row in gone], [row["email"] for row in gone]
    if keys:
        for table in "session", "api_token", "credential":
            await execute(f"DELETE FROM {table} WHERE person = ANY ($1)", keys)
        await execute("SELECT * FROM event_forget_people($1, $2, $3)", keys, addresses, FORGOTTEN)
    return len(gone)


def names_in(table: str, person: str, name: str) -> Rule:
    """In `table`, the column `name` of whoever the column `person` names, once that person is forgotten."""
    return Rule(
        f"{table}-{name}".replace("_", "-"),
        lazy("Noms des personnes effacées"),
        lambda s: timedelta(0),
        statement(
            f"UPDATE {table} t SET {name} = $3 FROM (SELECT o.id FROM {table} o JOIN person p ON p.id = o.{person}"
            f" WHERE p.forgotten_at <= $1 AND o.{name} NOT IN ($3, '') LIMIT $2) old WHERE t.id = old.id",
            FORGOTTEN,
        ),
    )


def _ended(table: str, ended: str) -> str:
    return f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {ended} < $1 LIMIT $2)"


RETENTION = [
    Rule("attempts", lazy("Essais de connexion"), lambda s: ATTEMPTS_KEPT, statement(_ended("sign_in_attempt", "at"))),
    Rule(
        "sessions",
        lazy("Connexions terminées"),
        lambda s: days(s.keep_sessions_days),
        statement(_ended("session", "least(ended_at, expires_at)")),
    ),
    Rule(
        "tokens",
        lazy("Jetons révoqués ou échus"),
        lambda s: days(s.keep_sessions_days),
        statement(_ended("api_token", "least(revoked_at, expires_at)")),
    ),
    # A batch reads the whole trail once.
    Rule("people", lazy("Comptes fermés"), lambda s: years(s.keep_closed_accounts_years), forget_people, batch=500),
    Rule(
        "given-by",
        lazy("Qui avait donné un rôle retiré"),
        lambda s: years(s.keep_closed_accounts_years),
        statement(
            "UPDATE role_grant SET given_by = '' WHERE id IN (SELECT id FROM role_grant"
            " WHERE revoked_at < $1 AND given_by <> '' LIMIT $2)"
        ),
    ),
]
