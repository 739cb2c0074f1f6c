"""Writes about people: the commands of this noun, each in the file of what it changes."""

from directory.people.accounts import add_person, deactivate, prefer, set_language, set_theme
from directory.people.grants import grant_role, revoke_role
from directory.people.sessions import set_password, sign_in, sign_out
from directory.people.tokens import create_token, list_tokens, revoke_token

__all__ = [
    "add_person",
    "create_token",
    "deactivate",
    "grant_role",
    "list_tokens",
    "prefer",
    "revoke_role",
    "revoke_token",
    "set_language",
    "set_password",
    "set_theme",
    "sign_in",
    "sign_out",
]
