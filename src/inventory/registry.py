"""What the nouns of this package add to the running program: one line a noun."""

from typing import Any

from inventory.assets.api import AssetApi
from inventory.tickets.api import TicketApi

API: list[Any] = [AssetApi, TicketApi]  # controllers under /api/v1
PAGES: list[Any] = []  # controllers under /
JOBS: list[Any] = []  # kit.jobs.Job
COMMANDS: list[Any] = []  # click commands and groups of `inventory`
