"""Replacements stay; the names of people who are forgotten go. On an approval the name of the absent stays, as its signature does."""

from directory.people.retention import names_in

RETENTION = [
    names_in("replacement", "absent", "absent_name"),
    names_in("replacement", "deputy", "deputy_name"),
    names_in("replacement", "named_by", "named_by_name"),
]
