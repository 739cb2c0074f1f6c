from piccolo.columns import JSONB, Array, Bytea, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from directory.boards.tables import Board
from directory.schools.tables import School
from kit.columns import count, day, flag, identity, moment, reference, row_version, short
from kit.policies import Access, scoped


class Role(Table, tablename="role"):
    """A desk (`desks.md` §1): ÉQ, DI, TE, AF, AD, MI, VE. `reach` says where it is held: school, board or province."""

    code: Varchar = Varchar(24, primary_key=True)
    name = short(80)
    name_en = short(80)
    reach = short(10)
    position = count()

    role_reach_known = Check("reach IN ('school', 'board', 'province')")


class RoleRight(Table, tablename="role_right"):
    """What a role may do: `noun.verb`."""

    id = identity()
    role = reference(Role)
    right = short(60)

    role_right_once = Unique([role, right])


class Person(Table, tablename="person"):
    """Somebody who signs in. Only a work address, a name and a language are kept."""

    id = identity()
    email = short(254)
    name = short(200)
    language = short(2)
    theme = short(5)
    notices = JSONB(default="{}")
    created_at = moment(null=False)
    deactivated_at = moment()
    forgotten_at = moment()  # the name and the address are gone; the key stays for the history
    version = row_version()

    person_language_known = Check("language IN ('fr', 'en')")
    person_theme_known = Check("theme IN ('auto', 'light', 'dark')")


class Credential(Table, tablename="credential"):
    """A person's password (argon2id). A table of its own, so that who may read a name cannot read a hash."""

    id = identity()
    person = reference(Person)
    password_hash = short(200)
    changed_at = moment(null=False)

    credential_one = Unique([person])


class RoleGrant(Table, tablename="role_grant"):
    """A person holds a role in one school, in one board, or in the province, between two days."""

    id = identity()
    person = reference(Person)
    role = reference(Role)
    board = reference(Board, null=True)
    school = reference(School, null=True)
    from_day = day()
    until_day = day()
    given_by = short(200)
    revoked_at = moment()
    closed = flag()  # ended by closing the account, and given back when it is opened again

    role_grant_place = Check("school IS NULL OR board IS NOT NULL")


class Session(Table, tablename="session"):
    """A signed-in browser; only the hash of its random token is stored, and a new one is made at each sign-in."""

    id = identity()
    token_hash = Bytea()
    person = reference(Person)
    created_at = moment(null=False)
    seen_at = moment(null=False)
    expires_at = moment(null=False)
    ended_at = moment()
    user_agent = short(300)

    session_token_once = Unique([token_hash])


class ApiToken(Table, tablename="api_token"):
    """A program's key: acts for its person within `scopes` (read, write), in one board or school if it says so."""

    id = identity()
    token_hash = Bytea()
    name = short(120)
    person = reference(Person)
    scopes: Array = Array(Varchar(20), default=list)
    board = reference(Board, null=True)
    school = reference(School, null=True)
    created_at = moment(null=False)
    expires_at = moment(null=False)
    used_at = moment()
    revoked_at = moment()

    api_token_once = Unique([token_hash])


class MailedLink(Table, tablename="mailed_link"):
    """A link that is good once, for what it was made for (an invitation, a lost password); only its token's hash is stored.

    The token is made when the mail leaves: until then, and where nobody was found, there is no hash.
    """

    id = identity()
    purpose = short(12)
    token_hash = Bytea(null=True, default=None)
    person = reference(Person, null=True)
    created_at = moment(null=False)
    expires_at = moment(null=False)
    used_at = moment()

    mailed_link_purpose_known = Check("purpose IN ('invitation', 'password')")
    mailed_link_token_once = Unique([token_hash])


class SignInAttempt(Table, tablename="sign_in_attempt"):
    """Counted to slow down guessing; kept for a day."""

    id = identity()
    email_key = short(254, index=True)
    address = short(64, index=True)
    at = moment(null=False)
    succeeded = flag()


# Whom a board (or the province) still has: somebody with a role there that is in force or to come, or whose account it closed
# so lately that it may open it again (`rules.REOPEN`). Of the others it keeps the names that its events hold.
CURRENT = (
    "(g.revoked_at IS NULL AND (g.until_day IS NULL OR g.until_day >= (now() AT TIME ZONE 'America/Toronto')::date)"
    " OR g.closed AND g.revoked_at > now() - interval '30 days')"
)
_ONESELF = "id::text = (SELECT current_setting('app.actor', true))"
_HELD = f"EXISTS (SELECT FROM role_grant g WHERE g.person = person.id AND {CURRENT} AND g.board"

scoped(Role, shared="the list of roles is the same for all", access=Access.read)
scoped(RoleRight, shared="what a role may do is public within the service", access=Access.read)
scoped(
    Person,
    condition=f"{_ONESELF} OR {_HELD} = (SELECT current_setting('app.board', true)))",
    access=Access.read,
    ministry=Access.read,
    ministry_sees=f"{_ONESELF} OR {_HELD} IS NULL)",
)
scoped(
    RoleGrant, board="board", school="school", access=Access.read, ministry=Access.read, ministry_sees="board IS NULL"
)
for secret in (Credential, Session, ApiToken, MailedLink, SignInAttempt):
    scoped(secret, ministry=None)  # the system alone
