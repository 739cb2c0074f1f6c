"""Commands of this package: name → where it is. Not in `registry`, which loads every page."""

COMMANDS = {
    "approvals": "allocations.approvals.cli:approvals",
    "envelopes": "allocations.envelopes.cli:envelopes",
    "import": "allocations.supplier_files.cli:importing",
    "invoices": "allocations.invoices.cli:invoices",
    "measures": "allocations.measures.cli:measures",
    "reallocations": "allocations.reallocations.cli:reallocations",
    "years": "allocations.years.cli:years",
}
