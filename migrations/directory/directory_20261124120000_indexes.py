from kit.migrating import raw

ID = "2026-11-24T12:00:00:000000"
VERSION = "1.38.0"

SQL = """
ALTER TABLE board ADD name_key text COLLATE "C" GENERATED ALWAYS AS (fold(name)) STORED;
ALTER TABLE school ADD name_key text COLLATE "C" GENERATED ALWAYS AS (fold(name)) STORED;
ALTER TABLE building ADD name_key text COLLATE "C" GENERATED ALWAYS AS (fold(name)) STORED;
ALTER TABLE former_name ADD name_key text COLLATE "C" GENERATED ALWAYS AS (fold(name)) STORED;
CREATE INDEX school_by_name ON school (board, name_key, code);
CREATE INDEX school_open ON school (board) WHERE closed_on IS NULL;
CREATE INDEX building_by_name ON building (board, name_key, code);
CREATE UNIQUE INDEX former_name_once ON former_name (kind, code, name, until);
CREATE INDEX headcount_latest ON headcount (school, counted_on DESC);
CREATE UNIQUE INDEX person_email_once ON person (lower(email));
CREATE UNIQUE INDEX role_grant_once ON role_grant (person, role, board, school) NULLS NOT DISTINCT WHERE revoked_at IS NULL;
CREATE INDEX session_live ON session (person) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX import_batch_number_once ON import_batch (number);
"""


async def forwards():
    return raw(package="directory", moment=ID, words="names and indexes", sql=SQL)
