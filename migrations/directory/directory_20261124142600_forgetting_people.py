"""Taking the name of forgotten people out of the append-only trail; what they did stays, under their key."""

from kit.migrating import raw

ID = "2026-11-24T14:26:00:000000"
VERSION = "1.38.0"

SQL = """
CREATE FUNCTION event_forget_people(people uuid[], addresses text[], instead text) RETURNS SETOF uuid
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
    UPDATE public.event e SET
        actor_name = CASE WHEN hit.acted THEN instead ELSE e.actor_name END,
        before = CASE WHEN hit.named THEN e.before - '{email,name}'::text[] ELSE e.before END,
        after = CASE WHEN hit.named THEN e.after - '{email,name}'::text[] ELSE e.after END
    FROM (
        SELECT o.id, o.actor = ANY (f.keys) AS acted, o.subject_kind = 'person' AND o.subject = ANY (f.keys)
            OR coalesce(o.before ->> 'email' = ANY (addresses), false) OR coalesce(o.after ->> 'email' = ANY (addresses), false) AS named
        FROM public.event o CROSS JOIN (
            SELECT array_agg(p.id::text) AS keys FROM public.person p WHERE p.id = ANY (people) AND p.forgotten_at IS NOT NULL
        ) f WHERE f.keys IS NOT NULL
    ) hit WHERE e.id = hit.id AND (hit.acted OR hit.named)
    RETURNING e.id
$f$;
REVOKE ALL ON FUNCTION event_forget_people(uuid[], text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_forget_people(uuid[], text[], text) TO scope_system;
"""


async def forwards():
    return raw(package="directory", moment=ID, words="forgetting people", sql=SQL)
