"""What the nouns of this package add to the running program: one line a noun."""

from typing import Any

from catalog.bundles.api import BundleApi
from catalog.categories.api import CategoryApi
from catalog.contracts.api import ContractApi
from catalog.feeds.api import FeedApi
from catalog.feeds.jobs import READ_FEEDS
from catalog.fees.api import EcoFeeApi
from catalog.imports.api import SheetApi
from catalog.products.api import ProductApi
from catalog.suppliers.api import SupplierApi
from catalog.taxes.api import TaxApi
from catalog.trainings.api import TrainingApi

API: list[Any] = [
    CategoryApi,
    SupplierApi,
    ContractApi,
    ProductApi,
    BundleApi,
    TrainingApi,
    EcoFeeApi,
    TaxApi,
    SheetApi,
    FeedApi,
]  # controllers under /api/v1
PAGES: list[Any] = []  # controllers under /
JOBS: list[Any] = [READ_FEEDS]  # kit.jobs.Job
RETENTION: list[Any] = []  # kit.retention.Rule
