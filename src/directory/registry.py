"""What the nouns of this package add to the running program: one line a noun."""

from typing import Any

from directory.boards.api import BoardApi
from directory.buildings.api import BuildingApi
from directory.imports.api import ImportApi
from directory.imports.cli import importing
from directory.schools.api import SchoolApi

API: list[Any] = [BoardApi, SchoolApi, BuildingApi, ImportApi]  # controllers under /api/v1
PAGES: list[Any] = []  # controllers under /
JOBS: list[Any] = []  # kit.jobs.Job
COMMANDS: list[Any] = [importing]  # click commands and groups of `inventory`
