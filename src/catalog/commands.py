"""Commands of this package: name → where it is. Not in `registry`, which loads every page.

`import` is the directory's group with the catalogue beside the lists of the network.
"""

COMMANDS = {
    "import": "catalog.imports.sheet_cli:importing",
    "feeds": "catalog.feeds.cli:feeds",
    "export": "catalog.imports.sheet_cli:exporting",
}
