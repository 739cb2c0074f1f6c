"""The front-end build: licences are never forgotten, and nothing is built twice."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_frontend", ROOT / "scripts" / "build_frontend.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def frontend(build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A frontend/ folder with one package."""
    (tmp_path / "node_modules" / "thing").mkdir(parents=True)
    (tmp_path / "licences").mkdir()
    monkeypatch.setattr(build, "FRONTEND", tmp_path)
    return tmp_path


def test_the_package_of_a_bundled_file_is_the_innermost(build: ModuleType) -> None:
    assert build.package_of("src/app.js") is None
    assert build.package_of("node_modules/htmx.org/dist/htmx.esm.js") == "htmx.org"
    assert build.package_of("node_modules/@scope/a/index.js") == "@scope/a"
    assert build.package_of("node_modules/a/node_modules/b/index.js") == "a/node_modules/b"


def test_a_bundled_package_without_a_licence_stops_the_build(build: ModuleType, frontend: Path) -> None:
    with pytest.raises(build.BuildError, match="thing is bundled without a licence"):
        build.copy_licences(["node_modules/thing/index.js"], frontend / "out")


def test_a_font_without_a_licence_stops_the_build(build: ModuleType, frontend: Path) -> None:
    (frontend / "node_modules" / "thing" / "LICENSE").write_text("MIT")
    with pytest.raises(build.BuildError, match=r"comic-v1\.woff2"):
        build.copy_licences(["node_modules/thing/comic-v1.woff2"], frontend / "out")


def test_licences_and_notices_of_a_package_are_all_copied(build: ModuleType, frontend: Path) -> None:
    package = frontend / "node_modules" / "thing"
    (package / "licenses").mkdir()
    for name in ("LICENSE.md", "NOTICE", "licenses/LICENSE-d3", "licensed.js", "README.md"):
        (package / name).write_text(name)
    build.copy_licences(["src/app.js", "node_modules/thing/index.js"], frontend / "out")
    assert {path.name for path in (frontend / "out").iterdir()} == {
        "thing-LICENSE.md",
        "thing-NOTICE",
        "thing-LICENSE-d3",
    }


def test_a_second_build_does_nothing(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["build_frontend.py"])
    assert build.main() == 0  # up to date from here on

    def refuse(*command: str) -> None:
        pytest.fail(f"ran {command}")

    monkeypatch.setattr(build, "run", refuse)
    assert build.main() == 0


def test_a_change_of_an_input_changes_the_digest(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "FRONTEND", tmp_path)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "__file__", str(tmp_path / "app.css"))
    (tmp_path / "app.css").write_text("a{}")
    first = build.inputs_digest()
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.js").write_text("x")
    assert build.inputs_digest() == first
    (tmp_path / "app.css").write_text("b{}")
    assert build.inputs_digest() != first


def test_the_lock_file_pins_every_package_without_an_address() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text())
    packages = {name: found for name, found in lock["packages"].items() if name}
    assert not [name for name, found in packages.items() if "resolved" in found]
    assert not [name for name, found in packages.items() if "integrity" not in found]
    wanted = json.loads((ROOT / "frontend" / "package.json").read_text())
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert versions["htmx.org"] == "4.0.1"
    assert {name: packages[f"node_modules/{name}"]["version"] for name in versions} == versions
