from piccolo.columns import UUID, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from kit.columns import moment, row_version, short, text
from kit.policies import Access, scoped


class SchoolYear(Table, tablename="school_year"):
    """Whether a school year may still be written in. A year without a row is open: only closing one makes it."""

    code: Varchar = Varchar(9, primary_key=True)  # 2025-2026
    state = short(8)
    closed_at = moment()
    closed_by: UUID = UUID(null=True, default=None)
    closed_by_name = short(200)
    reason = text()
    version = row_version()

    school_year_state_known = Check("state IN ('open', 'closed')")
    school_year_code_whole = Check("code ~ '^[0-9]{4}-[0-9]{4}$'")


scoped(SchoolYear, shared="a year is closed for the whole province", access=Access.read)
