"""What the nouns of this package add to the running program: one line a noun."""

from typing import Any

from allocations.envelopes.api import EnvelopeApi
from allocations.envelopes.cli import envelopes
from allocations.measures.api import MeasureApi
from allocations.orders.api import OrderApi
from allocations.receipts.api import ReceiptApi
from allocations.selections.api import SelectionApi

API: list[Any] = [MeasureApi, EnvelopeApi, SelectionApi, OrderApi, ReceiptApi]  # controllers under /api/v1
PAGES: list[Any] = []  # controllers under /
JOBS: list[Any] = []  # kit.jobs.Job
COMMANDS: list[Any] = [envelopes]  # click commands and groups of `inventory`
