"""`inventory demo`, in processes of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from app.demo.people import DESKS, PASSWORD
from tests.app.services import INVENTORY, STOP_SECONDS, environment, free_port, processes_of, service, wait_until

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with TemporaryDirectory(prefix="inv-") as name:
        yield Path(name).resolve() / "démo de l'école"


def signs_in(address: str, email: str) -> bool:
    with httpx.Client(base_url=address, follow_redirects=False, timeout=10) as browser:
        form = browser.get("/sign-in").text
        found = re.search(r'name="_csrf_token" value="([^"]+)"', form)
        assert found
        answer = browser.post("/sign-in", data={"_csrf_token": found[1], "email": email, "password": PASSWORD})
        return answer.status_code == 303 and bool(browser.cookies)


def test_an_interrupted_first_load_leaves_nothing_half_and_a_second_start_keeps_the_data(home: Path) -> None:
    with service("demo", home=home) as interrupted:
        wait_until(lambda: "Appareils" in interrupted.said_so_far(), seconds=30)
        interrupted.send(signal.SIGINT, group=True)
        assert interrupted.process.wait(STOP_SECONDS) == 0
        assert processes_of(home) == []
        assert "Adresse" not in interrupted.said()

    with service("demo", home=home) as first:
        first.wait_until_ready()
        said = first.said_so_far()
        assert "Appareils déjà présents" in said
        assert f"http://127.0.0.1:{first.port}" in said and PASSWORD in said
        for person in DESKS.values():
            assert person.email in said
            assert signs_in(f"http://127.0.0.1:{first.port}", person.email)
        first.send(signal.SIGTERM)
        assert first.process.wait(STOP_SECONDS) == 0
        assert processes_of(home) == []

    with service("demo", home=home) as second:
        assert second.wait_until_ready() < 8
        assert "Appareils déjà présents" not in second.said_so_far()
        assert signs_in(f"http://127.0.0.1:{second.port}", "equipe@exemple.ca")


def test_a_port_in_use_is_said_before_anything_is_loaded(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with service("demo", home=tmp_path / "data", INVENTORY_PORT=str(taken.getsockname()[1])) as refused:
            assert refused.process.wait(STOP_SECONDS) == 1
            assert "INVENTORY_PORT" in refused.said()
    assert not (tmp_path / "data").exists()


def test_its_folder_is_its_own_unless_told_otherwise(tmp_path: Path) -> None:
    variables = environment(tmp_path / "unused", INVENTORY_PORT=str(free_port()))
    del variables["INVENTORY_DATA_DIR"]
    started = subprocess.Popen([INVENTORY, "demo"], env=variables, cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: (tmp_path / ".demo" / "cluster").exists(), seconds=20)
    finally:
        started.terminate()
        assert started.wait(STOP_SECONDS) == 0
    assert [path.name for path in tmp_path.iterdir()] == [".demo"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has gone")
def test_killed_make_takes_the_demonstration_with_it(home: Path) -> None:
    script = f'"{sys.executable}" "{ROOT / "scripts" / "run.py"}"; true'  # `; true`: the shell stays, as make does
    variables = environment(home, INVENTORY_PORT=str(free_port()))
    make = subprocess.Popen(["sh", "-c", script], env=variables, start_new_session=True, stdout=subprocess.DEVNULL)
    wait_until(lambda: (home / "cluster" / "postmaster.pid").exists(), seconds=20)
    time.sleep(0.5)
    os.kill(make.pid, signal.SIGKILL)
    make.wait()

    wait_until(lambda: processes_of(home) == [], seconds=STOP_SECONDS)
