"""Tickets stay; the names of people who are forgotten go."""

from datetime import timedelta

from directory.people.retention import names_in
from kit.i18n import lazy
from kit.retention import FORGOTTEN, Rule, statement

RETENTION = [
    names_in("ticket", "opened_by", "opened_by_name"),
    names_in("ticket", "assigned_to", "assigned_name"),
    Rule(
        "ticket-comment-author-name",
        lazy("Noms des personnes effacées"),
        lambda s: timedelta(0),
        statement("SELECT * FROM ticket_comment_forget_people($1, $2, $3)", FORGOTTEN),
    ),
]
