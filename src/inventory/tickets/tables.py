from piccolo.columns import UUID
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from directory.boards.tables import Board
from directory.people.tables import Person
from directory.schools.tables import School
from inventory.assets.tables import Asset
from kit.columns import day, flag, identity, moment, reference, row_version, short, text
from kit.policies import Access, scoped


class Ticket(Table, tablename="ticket"):
    """A support ticket (« billet ») on an asset; closed with an answer, never deleted."""

    id = identity()
    number = short(24)
    board = reference(Board)
    school = reference(School)
    asset = reference(Asset)
    state = short(12)
    subject = short(200)
    description = text()
    out_of_service = flag()
    opened_by = reference(Person, null=True)
    opened_by_name = short(200)
    opened_at = moment(null=False)
    assigned_to = reference(Person, null=True)
    assigned_name = short(200)
    expected_on = day()
    closed_at = moment()
    closed_by: UUID = UUID(null=True, default=None)
    answer = text()
    version = row_version()

    ticket_number_once = Unique([number])
    ticket_state_known = Check("state IN ('open', 'in_progress', 'waiting', 'closed')")
    ticket_closed_with_answer = Check("state <> 'closed' OR (closed_at IS NOT NULL AND answer <> '')")


class TicketComment(Table, tablename="ticket_comment"):
    """A line of a ticket's conversation; `internal` ones are the board's alone."""

    id = identity()
    ticket = reference(Ticket)
    board = short(6, index=True)
    school = short(6, index=True)
    at = moment(null=False)
    author: UUID = UUID(null=True, default=None)
    author_name = short(200)
    body = text()
    internal = flag()

    ticket_comment_says_something = Check("body <> ''")


scoped(Ticket, board="board", school="school")
scoped(TicketComment, board="board", school="school", hidden_from_schools="internal", access=Access.append)
