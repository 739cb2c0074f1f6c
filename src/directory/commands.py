"""Commands of this package: name → where it is. Not in `registry`, which loads every page."""

COMMANDS = {
    "import": "directory.imports.cli:importing",
    "user": "directory.people.cli:user",
    "token": "directory.people.token_cli:token",
}
