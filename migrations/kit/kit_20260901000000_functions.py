"""Functions that tables of every package use. Before all tables: generated columns and key defaults need them."""

from kit.migrating import raw

ID = "2026-09-01T00:00:00:000000"
VERSION = "1.38.0"

SQL = r"""
-- One folded form to find and sort names, with no extension and no collation of the machine (traps 3d, "French, search").
CREATE FUNCTION fold(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
    lower(replace(replace(replace(replace(translate(
        regexp_replace(normalize(t, NFKD), '[\u0300-\u036f]', '', 'g'), '’''-', '   '),
        'œ', 'oe'), 'Œ', 'OE'), 'æ', 'ae'), 'Æ', 'AE'));

-- UUIDv7: milliseconds, then random bits. PostgreSQL 18 has its own; 16 and 17 do not.
DO $do$
BEGIN
    IF current_setting('server_version_num')::int >= 180000 THEN
        CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT uuidv7()';
    ELSE
        CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $f$
            SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
                placing substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
                52, 1), 53, 1), 'hex')::uuid
        $f$;
    END IF;
END
$do$;
"""


async def forwards():
    return raw(package="kit", moment=ID, words="functions", sql=SQL)
