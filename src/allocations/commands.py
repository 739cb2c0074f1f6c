"""Commands of this package: name → where it is. Not in `registry`, which loads every page."""

COMMANDS = {
    "envelopes": "allocations.envelopes.cli:envelopes",
    "measures": "allocations.measures.cli:measures",
    "years": "allocations.years.cli:years",
}
