"""Whose rows of the catalogue: shared ones are the ministry's; a board also has its own, which no other board sees."""

from kit.policies import OWN_BOARD

SHARED_OR_OWN = f"board IS NULL OR board = {OWN_BOARD}"
