"""What the nouns of this package add to the running program: one line a noun."""

from typing import Any

from directory.boards.api import BoardApi
from directory.boards.pages import BoardPages
from directory.buildings.api import BuildingApi
from directory.buildings.pages import BuildingPages
from directory.deprivation.api import DeprivationApi
from directory.imports.api import ImportApi
from directory.imports.pages import ImportPages
from directory.imports.retention import RETENTION as IMPORTS_KEPT
from directory.invitations.api import InvitationApi
from directory.invitations.api import accept as accept_by_token
from directory.invitations.pages import InvitationPages, accept_invitation, invitation
from directory.invitations.retention import RETENTION as INVITATIONS_KEPT
from directory.me.api import MeApi
from directory.me.pages import MePages
from directory.people.api import PeopleApi, roles
from directory.people.pages import PeoplePages
from directory.people.retention import RETENTION as PEOPLE_KEPT
from directory.replacements.api import ReplacementApi
from directory.replacements.retention import RETENTION as REPLACEMENTS_KEPT
from directory.schools.api import SchoolApi
from directory.schools.pages import SchoolListPages
from directory.sign_in import pages as entry

API: list[Any] = [
    BoardApi,
    SchoolApi,
    BuildingApi,
    DeprivationApi,
    ImportApi,
    MeApi,
    PeopleApi,
    InvitationApi,
    ReplacementApi,
    accept_by_token,
    roles,
]  # controllers under /api/v1
PAGES: list[Any] = [
    entry.sign_in_form,
    entry.sign_in,
    entry.sign_out,
    entry.lost_form,
    entry.ask_for_link,
    entry.new_password_form,
    entry.set_new_password,
    invitation,
    accept_invitation,
    MePages,
    PeoplePages,
    InvitationPages,
    SchoolListPages,
    BoardPages,
    BuildingPages,
    ImportPages,
]  # controllers under /
JOBS: list[Any] = []  # kit.jobs.Job
RETENTION: list[Any] = [*IMPORTS_KEPT, *INVITATIONS_KEPT, *PEOPLE_KEPT, *REPLACEMENTS_KEPT]  # kit.retention.Rule
