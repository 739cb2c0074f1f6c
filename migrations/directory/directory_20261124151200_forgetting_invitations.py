"""Taking the addresses of those who were invited long ago out of the append-only trail."""

from kit.migrating import raw

ID = "2026-11-24T15:12:00:000000"
VERSION = "1.38.0"

SQL = """
CREATE FUNCTION event_forget_invited(cutoff timestamptz, at_most integer) RETURNS SETOF uuid
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
    UPDATE public.event e SET before = e.before - 'email', after = e.after - 'email' FROM (
        SELECT o.id FROM public.event o WHERE o.what IN ('invitation.sent', 'invitation.withdrawn') AND o.at < cutoff
            AND (coalesce(o.before ? 'email', false) OR coalesce(o.after ? 'email', false)) LIMIT at_most
    ) old WHERE e.id = old.id RETURNING e.id
$f$;
REVOKE ALL ON FUNCTION event_forget_invited(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_forget_invited(timestamptz, integer) TO scope_system;
"""


async def forwards():
    return raw(package="directory", moment=ID, words="forgetting invitations", sql=SQL)
