"""What the nouns of this package add to the running program: one line a noun."""

from typing import Any

from allocations.accounts.api import AccountApi
from allocations.accounts.report_api import AccountReportApi
from allocations.adjustments.api import AdjustmentApi
from allocations.approvals.api import DelegationApi
from allocations.choosing.api import FitApi
from allocations.choosing.pages import CataloguePages
from allocations.envelopes.api import BoardAccountApi, EnvelopeApi
from allocations.envelopes.pages import EnvelopePages
from allocations.invoices.api import InvoiceApi, InvoiceCountApi, InvoiceToleranceApi
from allocations.invoices.file_api import InvoiceFileApi
from allocations.measures.api import MeasureApi
from allocations.ordering.api import OrderingApi
from allocations.orders.api import OrderApi
from allocations.orders.grouping_api import OrderGroupingApi
from allocations.orders.grouping_pages import GroupingPages
from allocations.orders.list_pages import OrderListPages
from allocations.orders.moving_api import OrderLimitApi, OrderMoveApi
from allocations.orders.pages import OrderPages
from allocations.packs.api import PackApi
from allocations.planner.api import PlannerApi
from allocations.portraits.api import PortraitApi
from allocations.procurement.api import ProcurementApi
from allocations.procurement.pages import OrderReasonPages
from allocations.projects.api import ProjectApi
from allocations.reallocations.api import PoolApi, ReallocationApi
from allocations.reallocations.jobs import SETTLE_POOLS
from allocations.receipts.api import ReceiptApi
from allocations.receipts.issue_api import ReceiptIssueApi
from allocations.receipts.pages import ReceiptPages
from allocations.returns.api import ReturnApi
from allocations.selections.api import SelectionApi
from allocations.selections.baskets_api import BasketApi
from allocations.selections.forms import SelectionForms
from allocations.selections.pages import ApprovalPages, SelectionPages
from allocations.selections.price_moves_api import PriceMoveApi
from allocations.supplier_files.api import SupplierFileApi
from allocations.years.api import YearApi
from allocations.years.pages import YearPages

API: list[Any] = [
    AdjustmentApi,
    ProjectApi,
    MeasureApi,
    EnvelopeApi,
    BoardAccountApi,
    ReallocationApi,
    PoolApi,
    OrderingApi,
    FitApi,
    PlannerApi,
    SelectionApi,
    PriceMoveApi,
    BasketApi,
    DelegationApi,
    OrderApi,
    OrderMoveApi,
    OrderLimitApi,
    OrderGroupingApi,
    ProcurementApi,
    ReceiptApi,
    ReceiptIssueApi,
    ReturnApi,
    SupplierFileApi,
    InvoiceApi,
    InvoiceFileApi,
    InvoiceCountApi,
    InvoiceToleranceApi,
    YearApi,
    AccountApi,
    AccountReportApi,
    PackApi,
    PortraitApi,
]  # controllers under /api/v1
PAGES: list[Any] = [
    CataloguePages,
    EnvelopePages,
    SelectionPages,
    SelectionForms,
    ApprovalPages,
    GroupingPages,
    OrderListPages,
    OrderPages,
    OrderReasonPages,
    ReceiptPages,
    YearPages,
]  # controllers under /
JOBS: list[Any] = [SETTLE_POOLS]  # kit.jobs.Job
RETENTION: list[Any] = []  # kit.retention.Rule
