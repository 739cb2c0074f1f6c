"""Taking the name of forgotten people out of the conversation of tickets, which is append-only."""

from kit.migrating import raw

ID = "2026-11-24T14:27:00:000000"
VERSION = "1.38.0"

SQL = """
CREATE FUNCTION ticket_comment_forget_people(cutoff timestamptz, at_most integer, instead text) RETURNS SETOF uuid
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
    UPDATE public.ticket_comment c SET author_name = instead FROM (
        SELECT o.id FROM public.ticket_comment o JOIN public.person p ON p.id = o.author
        WHERE p.forgotten_at <= cutoff AND o.author_name <> instead LIMIT at_most
    ) old WHERE c.id = old.id RETURNING c.id
$f$;
REVOKE ALL ON FUNCTION ticket_comment_forget_people(timestamptz, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ticket_comment_forget_people(timestamptz, integer, text) TO scope_system;
"""


async def forwards():
    return raw(package="inventory", moment=ID, words="forgetting people", sql=SQL)
