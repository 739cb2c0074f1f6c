"""What the nouns of this package add to the running program: one line a noun."""

from typing import Any

from directory.boards.api import BoardApi
from directory.boards.pages import BoardPages
from directory.buildings.api import BuildingApi
from directory.buildings.pages import BuildingPages
from directory.imports.api import ImportApi
from directory.imports.pages import ImportPages
from directory.imports.retention import RETENTION as IMPORTS_KEPT
from directory.people.api import MeApi, PeopleApi, roles
from directory.people.pages import MePages, sign_in, sign_in_form, sign_out
from directory.people.retention import RETENTION as PEOPLE_KEPT
from directory.schools.api import SchoolApi
from directory.schools.pages import SchoolListPages

API: list[Any] = [BoardApi, SchoolApi, BuildingApi, ImportApi, MeApi, PeopleApi, roles]  # controllers under /api/v1
PAGES: list[Any] = [
    sign_in_form,
    sign_in,
    sign_out,
    MePages,
    SchoolListPages,
    BoardPages,
    BuildingPages,
    ImportPages,
]  # controllers under /
JOBS: list[Any] = []  # kit.jobs.Job
RETENTION: list[Any] = [*IMPORTS_KEPT, *PEOPLE_KEPT]  # kit.retention.Rule
