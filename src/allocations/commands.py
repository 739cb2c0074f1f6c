"""Commands of this package: name → where it is. Not in `registry`, which loads every page."""

COMMANDS = {
    "accounts": "allocations.accounts.cli:accounts",
    "adjustments": "allocations.adjustments.cli:adjustments",
    "approvals": "allocations.approvals.cli:approvals",
    "envelopes": "allocations.envelopes.cli:envelopes",
    "import": "allocations.supplier_files.cli:importing",
    "invoices": "allocations.invoices.cli:invoices",
    "measures": "allocations.measures.cli:measures",
    "orders": "allocations.orders.cli:orders",
    "plan": "allocations.planner.cli:plan",
    "procurement": "allocations.procurement.cli:procurement",
    "reallocations": "allocations.reallocations.cli:reallocations",
    "projects": "allocations.projects.cli:projects",
    "years": "allocations.years.cli:years",
}
