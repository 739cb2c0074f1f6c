"""`kill -9` under work: nothing acknowledged is lost or done twice, nothing half done is left, everything resumes.

Short here, with a fixed seed; `make soak` goes on for longer, with seeds of its own (`test_soak.py`).
"""

from collections.abc import Iterator

import pytest

from tests.faults import trials
from tests.faults.commands import import_of_schools
from tests.faults.site import Site, site
from tests.faults.trials import Tally
from tests.faults.work import Load

SEED = 4


def kills(wanted: int) -> trials.Enough:
    return lambda tally: tally.kills >= wanted


@pytest.fixture(scope="module")
def here() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture(scope="module")
def load(here: Site) -> Load:
    return Load(here.tokens, here.addresses, SEED)


def test_work_goes_on_whatever_process_of_two_services_is_killed(here: Site, load: Load) -> None:
    trials.service_kills(here, load, Tally(), kills(2), schools=4)

    trials.judged(here, load, sample=20)


def test_work_goes_on_when_the_database_was_away(here: Site, load: Load) -> None:
    trials.database_kills(here, load, Tally(), kills(1), schools=4)

    assert load.book.refusals["503"] > 0
    trials.judged(here, load, sample=20)


def test_a_killed_import_is_whole_or_nothing_and_the_next_one_succeeds(here: Site, load: Load) -> None:
    trials.command_kills(here, load, Tally(), kills(2), import_of_schools(here, schools=200), at_work=False)

    trials.judged(here, load, sample=0)


def test_nothing_is_left_behind(here: Site) -> None:
    trials.ended(here)
