from piccolo.columns import JSONB
from piccolo.constraints import Check
from piccolo.table import Table

from kit.columns import count, day, flag, identity, moment, reference, short, text
from kit.policies import scoped


class ImportBatch(Table, tablename="import_batch"):
    """One import of a published list: staged, then applied by a person, or found stale."""

    id = identity()
    number = count()
    kind = short(12)
    files = JSONB(default="[]")
    listed_on = day(null=False)
    partial = flag()
    state = short(10)
    network_version = count()
    counts = JSONB(default="{}")
    refused = JSONB(default="[]")
    notes = JSONB(default="[]")
    made_by = short(200)
    made_at = moment(null=False)
    applied_by = short(200)
    applied_at = moment()
    reason = text()
    forgotten_at = moment()  # its changes are gone, and with them the way back

    import_batch_state_known = Check("state IN ('staged', 'applied', 'stale', 'undone', 'dropped')")
    import_batch_kind_known = Check("kind IN ('boards', 'schools', 'buildings', 'headcounts')")


class ImportChange(Table, tablename="import_change"):
    """One record that a batch creates, changes, closes or reopens; what it said before allows the batch to be taken back."""

    id = identity()
    batch = reference(ImportBatch)
    record = short(16)  # board, school, building, link, headcount
    key = short(40)
    action = short(10)
    before = JSONB(null=True, default=None)
    after = JSONB(null=True, default=None)

    import_change_action_known = Check("action IN ('create', 'change', 'close', 'reopen')")


scoped(ImportBatch)
scoped(ImportChange)
