"""Who is asking: an Actor from a session, a token or an e-mail. Rights come from the grants of this moment, in one query, never cached."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from directory.people.rules import SEEN_EVERY, SESSION_IDLE, Grant, normal_email, place
from directory.replacements.rules import DEPUTED, STILL_THERE
from kit.actor import Actor, system
from kit.clock import now, today
from kit.database import fetch, transaction
from kit.errors import NotFound
from kit.i18n import _
from kit.ids import token_hash

# A school's grants follow the school to the board that it belongs to now. Whoever replaces an absent person has of that person's
# approving roles what a decision needs, under no role of their own.
_WITH_GRANTS = f"""
SELECT found.*, held.role, held.board, held.school, held.rights FROM found LEFT JOIN LATERAL (
    SELECT g.role, coalesce(s.board, g.board) AS board, g.school, r.position,
        ARRAY(SELECT rr."right" FROM role_right rr WHERE rr.role = g.role) AS rights
    FROM role_grant g JOIN role r ON r.code = g.role LEFT JOIN school s ON s.code = g.school
    WHERE g.person = found.person AND g.revoked_at IS NULL
        AND (g.from_day IS NULL OR g.from_day <= $2) AND (g.until_day IS NULL OR g.until_day >= $2)
    UNION ALL
    SELECT '', x.board, g.school, r.position,
        ARRAY(SELECT rr."right" FROM role_right rr WHERE rr.role = g.role AND rr."right" IN {DEPUTED})
    FROM replacement x JOIN role_grant g ON g.person = x.absent JOIN role r ON r.code = g.role
    LEFT JOIN school s ON s.code = g.school
    WHERE x.deputy = found.person AND x.ended_at IS NULL AND $2 BETWEEN x.from_day AND x.until_day
        AND coalesce(s.board, g.board) = x.board AND g.revoked_at IS NULL
        AND (g.from_day IS NULL OR g.from_day <= $2) AND (g.until_day IS NULL OR g.until_day >= $2)
        AND EXISTS (SELECT FROM role_right rr WHERE rr.role = g.role AND rr."right" = 'selection.approve')
        AND {STILL_THERE.format(day="$2")}
) held ON true ORDER BY held.position, held.board, held.school
"""

_BY_SESSION = f"""
WITH found AS (
    SELECT p.id AS person, p.email, p.name, p.language, p.theme, s.id AS session
    FROM session s JOIN person p ON p.id = s.person
    WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $3 AND s.seen_at > $4 AND p.deactivated_at IS NULL
), seen AS (
    UPDATE session SET seen_at = $3 FROM found WHERE session.id = found.session AND session.seen_at <= $5
)
{_WITH_GRANTS}"""

_BY_TOKEN = f"""
WITH found AS (
    SELECT p.id AS person, p.email, p.name, p.language, p.theme, t.id AS token, t.scopes,
        coalesce(s.board, t.board) AS only_board, t.school AS only_school
    FROM api_token t JOIN person p ON p.id = t.person LEFT JOIN school s ON s.code = t.school
    WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $3 AND p.deactivated_at IS NULL
), used AS (
    UPDATE api_token SET used_at = $3 FROM found
    WHERE api_token.id = found.token AND (api_token.used_at IS NULL OR api_token.used_at <= $4)
)
{_WITH_GRANTS}"""

_BY_EMAIL = f"""
WITH found AS (
    SELECT p.id AS person, p.email, p.name, p.language, p.theme FROM person p
    WHERE lower(p.email) = lower($1) AND p.deactivated_at IS NULL
)
{_WITH_GRANTS}"""


async def actor_of_session(token: str, *, board: str | None, request: str) -> Actor | None:
    """Who holds this session cookie, acting for `board` (None: the province, else the first board).

    None for a session that is unknown, ended or expired, a closed account, or a board where nothing is held.
    """
    moment = now()
    rows = await _rows(_BY_SESSION, token_hash(token), moment, moment - SESSION_IDLE, moment - SEEN_EVERY)
    return _actor(rows, board=board, request=request) if rows else None


async def actor_of_token(token: str, *, board: str | None, request: str) -> tuple[Actor, frozenset[str]] | None:
    """Whom this API token acts for, and its scopes (`read`, `write`). None as for a session."""
    moment = now()
    rows = await _rows(_BY_TOKEN, token_hash(token), moment, moment - SEEN_EVERY)
    found = _actor(rows, board=board, request=request) if rows else None
    return (found, frozenset(rows[0]["scopes"])) if found else None


async def actor_of_person(email: str, *, board: str | None = None) -> Actor:
    """The person with this address, for `--as`. Raises NotFound."""
    rows = await _rows(_BY_EMAIL, normal_email(email))
    if not rows:
        raise NotFound(_("Aucun compte actif n'a l'adresse « {email} ».").format(email=email))
    if (found := _actor(rows, board=board, request="")) is None:
        raise NotFound(_("« {email} » n'a aucun rôle en vigueur à cet endroit.").format(email=email))
    return found


async def _rows(sql: str, key: object, *moments: datetime) -> Sequence[Any]:
    async with transaction(system()):
        return await fetch(sql, key, today(), *moments)


def _actor(rows: Sequence[Any], *, board: str | None, request: str) -> Actor | None:
    person = rows[0]
    grants = [
        Grant(row["role"], row["board"], row["school"], frozenset(row["rights"])) for row in rows if row["rights"]
    ]
    found = place(grants, asked=board, board=person.get("only_board"), school=person.get("only_school"))
    if found is None:
        return None
    return Actor(
        scope=found.scope,
        name=person["name"],
        email=person["email"],
        person=person["person"],
        board=found.board,
        schools=found.schools,
        rights=found.rights,
        school_rights=found.school_rights,
        roles=found.roles,
        language=person["language"],
        theme=person["theme"],
        request=request,
        token=person.get("token"),
    )
