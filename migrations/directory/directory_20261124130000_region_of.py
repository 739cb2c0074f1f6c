"""The region of a municipality, in one place, and the one municipality that its prefix misplaces."""

from kit.migrating import raw

ID = "2026-11-24T13:00:00:000000"
VERSION = "1.38.0"

SQL = """
CREATE FUNCTION region_of(municipality text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $f$
    SELECT coalesce(
        (SELECT e.region FROM municipality_exception e WHERE e.municipality = $1),
        (SELECT p.region FROM municipality_prefix p WHERE p.prefix = left($1, 2)))
$f$;
-- Kawawachikamach: coded 99065 in the schools list, 97806 in the buildings list; it lies in Côte-Nord.
INSERT INTO municipality_exception (municipality, region) VALUES ('99065', '09');
"""


async def forwards():
    return raw(package="directory", moment=ID, words="region of a municipality", sql=SQL)
