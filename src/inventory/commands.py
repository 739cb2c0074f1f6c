"""Commands of this package: name → where it is. Not in `registry`, which loads every page."""

COMMANDS = {
    "floor": "inventory.floor.cli:floor",
}
