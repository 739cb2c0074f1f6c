from piccolo.constraints import Check
from piccolo.table import Table

from directory.boards.tables import Board
from directory.people.tables import MailedLink, Person, Role
from directory.schools.tables import School
from kit.columns import day, identity, moment, reference, short
from kit.policies import Access, scoped


class Invitation(Table, tablename="invitation"):
    """Roles offered to an address, in one board or (no board) in the province; given when its holder accepts them."""

    id = identity()
    email = short(254)
    language = short(2)
    board = reference(Board, null=True)
    invited_by = short(200)
    inviter = reference(Person, null=True)  # nobody: the system
    link = reference(MailedLink)
    created_at = moment(null=False)
    sent_at = moment(null=False)
    expires_at = moment(null=False)
    accepted_at = moment()
    person = reference(Person, null=True)
    revoked_at = moment()

    invitation_language_known = Check("language IN ('fr', 'en')")
    invitation_one_ending = Check("accepted_at IS NULL OR revoked_at IS NULL")


class InvitationRole(Table, tablename="invitation_role"):
    """A role that an invitation offers; its place and days are those of the grant that it becomes."""

    id = identity()
    invitation = reference(Invitation)
    board = reference(Board, null=True)
    role = reference(Role)
    school = reference(School, null=True)
    from_day = day()
    until_day = day()


for table in (Invitation, InvitationRole):
    scoped(table, board="board", access=Access.read, ministry=Access.read, ministry_sees="board IS NULL")
