"""What the nouns of this package add to the running program: one line a noun."""

from typing import Any

from inventory.assets.api import AssetApi
from inventory.assets.pages import AssetPages
from inventory.coverage.api import CoverageApi
from inventory.coverage.pages import CoveragePages
from inventory.floor.api import FlagApi, FloorApi
from inventory.floor.jobs import FLOOR_SCAN
from inventory.floor.pages import FlagPages, FloorPages
from inventory.labels.api import LabelApi
from inventory.labels.pages import LabelPages, label
from inventory.tickets.api import TicketApi
from inventory.tickets.pages import TicketPages
from inventory.tickets.retention import RETENTION as TICKETS_KEPT

API: list[Any] = [AssetApi, LabelApi, TicketApi, FloorApi, FlagApi, CoverageApi]  # controllers under /api/v1
PAGES: list[Any] = [
    AssetPages,
    LabelPages,
    label,
    TicketPages,
    FloorPages,
    FlagPages,
    CoveragePages,
]  # controllers under /
JOBS: list[Any] = [FLOOR_SCAN]  # kit.jobs.Job
RETENTION: list[Any] = [*TICKETS_KEPT]  # kit.retention.Rule
