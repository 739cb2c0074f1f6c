"""What the nouns of this package add to the running program: one line a noun."""

from typing import Any

from directory.boards.api import BoardApi
from directory.boards.pages import BoardPages
from directory.buildings.api import BuildingApi
from directory.buildings.pages import BuildingPages
from directory.imports.api import ImportApi
from directory.imports.pages import ImportPages
from directory.people.api import MeApi, PeopleApi, roles
from directory.people.jobs import FORGET
from directory.people.pages import MePages, sign_in, sign_in_form, sign_out
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
JOBS: list[Any] = [FORGET]  # kit.jobs.Job
