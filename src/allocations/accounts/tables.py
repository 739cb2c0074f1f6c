from piccolo.columns import JSONB, UUID
from piccolo.constraints import Check
from piccolo.table import Table

from catalog.trainings.tables import Training
from directory.boards.tables import Board
from directory.schools.tables import School
from kit.columns import count, day, identity, moment, reference, short
from kit.policies import Access, scoped


class AccountSignature(Table, tablename="account_signature"):
    """Append-only: somebody attests, signs or receives the accounts of a year, of the figures that they read (`figures`).

    `school` is '' for a board's. Signed again, the last of a step holds; those before stay readable.
    """

    id = identity()
    board = reference(Board)
    school = short(6, index=True)
    year = short(9)
    step = short(8)
    figures = JSONB(null=False)
    digest = short(64)
    at = moment(null=False)
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)

    account_signature_step_known = Check("step IN ('attest', 'sign', 'receive') AND (step = 'attest') = (school <> '')")


class TrainingRecord(Table, tablename="training_record"):
    """Append-only: so many persons of a school did a training on a day. No names: the accounts ask how many."""

    id = identity()
    board = reference(Board)
    school = reference(School)
    training = reference(Training)
    year = short(9)
    held_on = day(null=False)
    persons = count()
    at = moment(null=False)
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)

    training_record_some = Check("persons > 0 AND persons <= 10000")


scoped(AccountSignature, board="board", school="school", access=Access.append)
scoped(TrainingRecord, board="board", school="school", access=Access.append)
