"""The only ways to forget anything of the append-only trail. They are the owner's; only the system's scope may call them."""

from kit.migrating import raw

ID = "2026-11-24T14:25:00:000000"
VERSION = "1.38.0"

SQL = """
-- Keys are UUIDv7: those before a moment are a range of the primary key.
CREATE FUNCTION event_forget_before(cutoff timestamptz, at_most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    IF cutoff > now() - interval '7 years' + interval '1 day' THEN
        RAISE EXCEPTION 'the trail of the last seven years is never forgotten' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY DELETE FROM public.event e USING (
        SELECT o.id FROM public.event o
        WHERE o.at < cutoff
            AND o.id < (lpad(to_hex((extract(epoch FROM cutoff) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
        ORDER BY o.id LIMIT at_most
    ) old WHERE e.id = old.id RETURNING e.id;
END $f$;

-- To whom a message could not be sent: the rest of the line stays.
CREATE FUNCTION event_forget_recipients(cutoff timestamptz, at_most integer) RETURNS SETOF uuid
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
    UPDATE public.event e SET after = e.after - 'recipient', why = '' FROM (
        SELECT o.id FROM public.event o
        WHERE o.what = 'message.failed' AND o.at < cutoff AND o.after ? 'recipient' LIMIT at_most
    ) old WHERE e.id = old.id RETURNING e.id
$f$;

REVOKE ALL ON FUNCTION event_forget_before(timestamptz, integer), event_forget_recipients(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_forget_before(timestamptz, integer), event_forget_recipients(timestamptz, integer) TO scope_system;
"""


async def forwards():
    return raw(package="kit", moment=ID, words="forgetting", sql=SQL)
