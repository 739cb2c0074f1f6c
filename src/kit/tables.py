"""Tables that know no school: the event trail, the outbox, jobs, numbers, idempotency keys."""

from piccolo.columns import JSONB, UUID, Bytea, Integer, SmallInt, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kit.columns import count, identity, moment, short, text
from kit.policies import Access, scoped


class Event(Table, tablename="event"):
    """Append-only: who did what to which thing, when, from what to what, why. `board` and `school` say who may read it."""

    id: UUID = identity()
    at = moment(null=False)
    actor = short(80)
    actor_name = short(200)
    what = short(80, index=True)
    subject_kind = short(40)
    subject = short(80)
    board = short(6, null=True)
    school = short(6, null=True)
    before = JSONB(null=True, default=None)
    after = JSONB(null=True, default=None)
    why = text()
    request = short(40)


class Outbox(Table, tablename="outbox"):
    """A message that the worker sends after commit. What was sent is what is stored here."""

    id: UUID = identity()
    kind = short(40)
    recipient = short(320)
    subject = short(300)
    body = text()
    attachment = Bytea(null=True, default=None)
    attachment_name = short(120)
    second_attachment = Bytea(null=True, default=None)  # the same in the other language
    second_attachment_name = short(120)
    board = short(6, null=True)
    school = short(6, null=True)
    about = short(80)
    once_key = short(200, null=True)
    created_at = moment(null=False)
    not_before = moment(null=False)
    attempts: SmallInt = SmallInt(default=0)
    sending_until = moment()  # a process has it in hand; past that, the process has died
    sent_at = moment()
    cancelled_at = moment()
    failed_at = moment()
    last_error = text()

    outbox_sends_once = Unique([once_key])
    outbox_one_ending = Check("num_nonnulls(sent_at, cancelled_at, failed_at) <= 1")


class JobRun(Table, tablename="job_run"):
    """One due run of a job. The unique key stops two schedulers from running it twice."""

    id: UUID = identity()
    name = short(60)
    run_key = short(80)
    arguments = JSONB(default="{}")
    state = short(12, index=True)
    asked_by = short(200)
    board = short(6, null=True)
    due_at = moment(null=False)
    started_at = moment()
    heartbeat_at = moment()
    ended_at = moment()
    done = count()
    total = count(null=True)
    cancel_asked_at = moment()
    attempts: SmallInt = SmallInt(default=0)
    answer = JSONB(null=True, default=None)
    error = text()

    job_run_once = Unique([name, run_key])
    job_run_state_known = Check("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')")


class NumberSeries(Table, tablename="number_series"):
    """The last number given in a series, such as the orders of a board in a school year."""

    id: UUID = identity()
    series = short(60)
    last: Integer = Integer(default=0)

    number_series_one = Unique([series])


class IdempotencyKey(Table, tablename="idempotency_key"):
    """The answer already given to a repeated POST."""

    id: UUID = identity()
    actor = short(80)
    key = short(200)
    request_hash: Varchar = Varchar(64)
    answer = JSONB(null=True, default=None)
    created_at = moment(null=False)

    idempotency_key_one = Unique([actor, key])


class Attachment(Table, tablename="attachment"):
    """A file that goes with the thing of kind `about_kind` and number `about`. `school` NULL: only its board reads it."""

    id: UUID = identity()
    about_kind = short(20)
    about = short(60)
    board = short(6, index=True)
    school = short(6, null=True, index=True)
    name = short(120)
    media_type = short(120)
    size = count()
    sha256 = short(64)
    content: Bytea = Bytea()
    at = moment(null=False)
    actor = short(80)
    actor_name = short(200)
    removed_at = moment()

    attachment_sized = Check("size = octet_length(content) AND size BETWEEN 1 AND 10485760")


scoped(Event, board="board", school="school", access=Access.append)
scoped(Attachment, board="board", school="school")
scoped(Outbox, board="board", school="school")
scoped(JobRun, board="board")
scoped(NumberSeries, shared="counters hold no datum of a board; anybody who may make a thing may number it")
scoped(IdempotencyKey, own="actor")
