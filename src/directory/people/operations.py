"""Writes about people: the commands of this noun, each in the file of what it changes."""

from directory.people.accounts import add_person, deactivate, prefer, reactivate, set_language, set_theme
from directory.people.credentials import ask_for_link, check_link, reset_password, set_password
from directory.people.grants import change_days, grant_role, grant_roles, revoke_role
from directory.people.sessions import end_other_sessions, sign_in, sign_out
from directory.people.tokens import create_token, list_tokens, revoke_token

__all__ = [
    "add_person",
    "ask_for_link",
    "change_days",
    "check_link",
    "create_token",
    "deactivate",
    "end_other_sessions",
    "grant_role",
    "grant_roles",
    "list_tokens",
    "prefer",
    "reactivate",
    "reset_password",
    "revoke_role",
    "revoke_token",
    "set_language",
    "set_password",
    "set_theme",
    "sign_in",
    "sign_out",
]
