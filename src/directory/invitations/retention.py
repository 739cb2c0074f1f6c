"""How long invitations and mailed links are kept once they are over."""

from datetime import datetime

from kit.database import execute, fetch
from kit.i18n import lazy
from kit.retention import Rule, days, statement


async def forget_invitations(before: datetime, at_most: int) -> int:
    """Accepted, withdrawn or expired before that moment; how many."""
    old = await fetch(
        "SELECT id FROM invitation WHERE least(accepted_at, revoked_at, expires_at) < $1 ORDER BY expires_at, id LIMIT $2 FOR UPDATE",
        before, at_most,
    )  # fmt: skip
    keys = [row["id"] for row in old]
    await execute("DELETE FROM invitation_role WHERE invitation = ANY ($1)", keys)
    await execute("DELETE FROM invitation WHERE id = ANY ($1)", keys)
    return len(keys)


RETENTION = [
    Rule("invitations", lazy("Invitations terminées"), lambda s: days(s.keep_sessions_days), forget_invitations),
    Rule(
        "links",
        lazy("Liens envoyés par courriel"),
        lambda s: days(s.keep_sessions_days),
        statement(
            "DELETE FROM mailed_link WHERE id IN (SELECT l.id FROM mailed_link l WHERE least(l.used_at, l.expires_at) < $1"
            " AND NOT EXISTS (SELECT FROM invitation i WHERE i.link = l.id) LIMIT $2)"
        ),
    ),
    Rule(
        "invited",
        lazy("Adresses des personnes invitées, au journal"),
        lambda s: days(s.keep_mail_days),
        statement("SELECT * FROM event_forget_invited($1, $2)"),
    ),
]
