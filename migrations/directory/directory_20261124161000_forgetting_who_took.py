"""Of forgotten people, the name goes too from what the trail tells of tickets that they had taken."""

from kit.migrating import raw

ID = "2026-11-24T16:10:00:000000"
VERSION = "1.38.0"

# Who may call it stays as it was.
SQL = """
CREATE OR REPLACE FUNCTION event_forget_people(people uuid[], addresses text[], instead text) RETURNS SETOF uuid
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$
    UPDATE public.event e SET
        actor_name = CASE WHEN hit.acted THEN instead ELSE e.actor_name END,
        before = CASE WHEN hit.named THEN e.before - '{email,name}'::text[]
            WHEN hit.had THEN e.before || jsonb_build_object('assigned_name', instead) ELSE e.before END,
        after = CASE WHEN hit.named THEN e.after - '{email,name}'::text[]
            WHEN hit.has THEN e.after || jsonb_build_object('assigned_name', instead) ELSE e.after END
    FROM (
        SELECT o.id, o.actor = ANY (f.keys) AS acted, o.subject_kind = 'person' AND o.subject = ANY (f.keys)
            OR coalesce(o.before ->> 'email' = ANY (addresses), false) OR coalesce(o.after ->> 'email' = ANY (addresses), false) AS named,
            coalesce(o.before ->> 'assigned_to' = ANY (f.keys), false) AS had,
            coalesce(o.after ->> 'assigned_to' = ANY (f.keys), false) AS has
        FROM public.event o CROSS JOIN (
            SELECT array_agg(p.id::text) AS keys FROM public.person p WHERE p.id = ANY (people) AND p.forgotten_at IS NOT NULL
        ) f WHERE f.keys IS NOT NULL
    ) hit WHERE e.id = hit.id AND (hit.acted OR hit.named OR hit.had OR hit.has)
    RETURNING e.id
$f$;
"""


async def forwards():
    return raw(package="directory", moment=ID, words="forgetting who took", sql=SQL)
