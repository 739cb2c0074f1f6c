from kit.migrating import raw

ID = "2026-11-24T12:00:00:000000"
VERSION = "1.38.0"

SQL = """
ALTER TABLE asset ADD search_key text COLLATE "C" GENERATED ALWAYS AS (
    fold(tag || ' ' || coalesce(serial, '') || ' ' || name || ' ' || maker || ' ' || model || ' ' || room || ' ' || origin)
) STORED;
-- Stored, not computed: inside a board's policy only a plain comparison of a column can use an index (traps 3d, "Scope").
ALTER TABLE asset ADD serial_key text COLLATE "C" GENERATED ALWAYS AS (fold(serial)) STORED;
CREATE UNIQUE INDEX asset_serial_once ON asset (serial_key, fold(maker)) WHERE serial IS NOT NULL AND state <> 'retired';
CREATE INDEX asset_by_serial ON asset (serial_key);
CREATE INDEX asset_of_board ON asset (board, tag);
CREATE INDEX asset_of_school ON asset (school, tag);
CREATE INDEX asset_counted ON asset (school, category) INCLUDE (useful_until) WHERE state IN ('in_service', 'on_loan');
CREATE INDEX asset_not_working ON asset (school, category) WHERE state IN ('out_of_service', 'in_repair');
CREATE INDEX ticket_open_of_asset ON ticket (asset) WHERE state <> 'closed';
CREATE INDEX ticket_queue ON ticket (board, opened_at) WHERE state <> 'closed';
CREATE UNIQUE INDEX floor_assessment_current ON floor_assessment (school, rule) WHERE until_at IS NULL;
CREATE UNIQUE INDEX floor_status_current ON floor_status (school) WHERE until_at IS NULL;
CREATE UNIQUE INDEX floor_flag_open_once ON floor_flag (school, category) WHERE closed_at IS NULL;
CREATE INDEX floor_scan_latest ON floor_scan (at DESC);
"""


async def forwards():
    return raw(package="inventory", moment=ID, words="search and indexes", sql=SQL)
