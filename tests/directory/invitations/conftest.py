"""Cheap hashes and an administration, as for people."""

from tests.directory.people.conftest import _cheap_hashes, admin

__all__ = ["_cheap_hashes", "admin"]
