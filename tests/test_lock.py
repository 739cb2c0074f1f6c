"""What `make setup` installs is what pyproject.toml asks for. After a change there: `make lock`."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
ASKED = {
    "requirements.txt": [*PROJECT["dependencies"], *EXTRAS["embedded"]],
    "requirements-dev.txt": [*PROJECT["dependencies"], *(package for extra in EXTRAS.values() for package in extra)],
}


def locked(name: str) -> dict[str, Version]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {
        package: Version(version) for package, version in re.findall(r"^([a-z0-9-]+)==([^ ;]+)", text, re.MULTILINE)
    }


@pytest.mark.parametrize("name", ASKED)
def test_every_package_asked_for_is_locked_at_a_release_that_will_do(name: str) -> None:
    releases = locked(name)
    missing = [
        wish
        for wish in map(Requirement, ASKED[name])
        if (found := releases.get(wish.name.lower().replace("_", "-"))) is None or found not in wish.specifier
    ]
    assert missing == [], "run `make lock`"


@pytest.mark.parametrize("name", ASKED)
def test_every_locked_package_has_its_hash_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"://|^-", text, re.MULTILINE) == []


def test_the_service_runs_on_the_releases_that_are_tested() -> None:
    assert locked("requirements.txt").items() <= locked("requirements-dev.txt").items()
