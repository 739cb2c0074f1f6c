"""What the nouns of this package add to the running program: one line a noun."""

from typing import Any

from inventory.assets.api import AssetApi
from inventory.labels.api import LabelApi
from inventory.tickets.api import TicketApi

API: list[Any] = [AssetApi, LabelApi, TicketApi]  # controllers under /api/v1
PAGES: list[Any] = []  # controllers under /
JOBS: list[Any] = []  # kit.jobs.Job
COMMANDS: list[Any] = []  # click commands and groups of `inventory`
