"""Reads about people. Who is asking is found by `actors`; its three functions are part of this door."""

from directory.people.actors import actor_of_person, actor_of_session, actor_of_token

__all__ = ["actor_of_person", "actor_of_session", "actor_of_token"]
