"""The samples that people copy: settings that exist, a unit that systemd accepts."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kit.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *DEPLOY.iterdir()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"INVENTORY_([A-Z_]+[A-Z])", page.read_text(encoding="utf-8")))
    assert named - {name.upper() for name in Settings.model_fields} == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page.suffix == ".md"], ids=lambda page: page.name)
def test_every_file_that_a_page_links_to_is_there(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_sample_settings_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (DEPLOY / "inventory.env").read_text(encoding="utf-8").splitlines()
    given = [re.fullmatch(r"#?(INVENTORY_\w+)='([^']*)'", line) for line in lines if "INVENTORY_" in line]
    for found in given:
        assert found
        monkeypatch.setenv(found[1], found[2])

    accepted = Settings()

    assert accepted.cookies_over_https_only
    assert accepted.trusted_proxies == "127.0.0.1/32,::1/128"


def test_systemd_accepts_the_unit_and_finds_it_closed(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine: the unit was not verified")
    unit = (DEPLOY / "inventory.service").read_text(encoding="utf-8")
    path = tmp_path / "inventory.service"
    path.write_text(re.sub(r"^ExecStart=.*", "ExecStart=/bin/true serve", unit, flags=re.MULTILINE), encoding="utf-8")

    for command in ["verify"], ["security", "--offline=true", "--threshold=20"]:
        done = subprocess.run(["systemd-analyze", *command, path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert command != ["verify"] or done.stderr == ""


def test_the_command_that_runs_as_the_service_is_shell() -> None:
    script = DEPLOY / "inventory-admin"
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
