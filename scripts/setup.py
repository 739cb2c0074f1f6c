"""Make `.venv` match `requirements-dev.txt`, put this checkout in it, editable, and compile its translations. Does what is left to do.

Run by `make setup` with a Python that the Makefile has found new enough. Standard library only: nothing is installed yet.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.txt"
PYTHON = VENV / "bin" / "python"
COMMANDS = [VENV / "bin" / name for name in ("python", "inventory", "lint-imports")]
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]

ENVIRONMENT = (
    VENV / "environment.stamp"
)  # which Python, and where: scripts in .venv/bin name the folder they were made in
PACKAGES = VENV / "packages.stamp"  # what was installed


def digest(*files: Path) -> bytes:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest().encode()


def holds(stamp: Path, content: bytes) -> bool:
    return stamp.is_file() and stamp.read_bytes() == content


def make_environment() -> None:
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"Il manque à {sys.executable} les modules venv et ensurepip. Installez-les (sur Debian et Ubuntu : "
            f"apt install python{version}-venv) ou nommez un autre Python : make setup PYTHON=/chemin/python3."
        )
    print(f"Création de .venv (Python {sys.version.split()[0]})…", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)


def install() -> None:
    print("Installation des paquets de requirements-dev.txt…", flush=True)
    # A constraint file of the machine holds no hashes, and pip would refuse it beside a lock that does.
    env = {**os.environ, "PIP_CONSTRAINT": os.devnull}
    subprocess.run([*PIP, "--require-hashes", "--requirement", str(LOCK)], check=True, env=env)
    # Without isolation hatchling comes from the lock too, not from whatever is newest today.
    subprocess.run([*PIP, "--no-build-isolation", "--editable", str(ROOT)], check=True, env=env)
    # Before 3.13 Python reads .pth files in the locale's encoding: in LC_ALL=C an accent in the path stops it. Ours is relative.
    [pth] = VENV.glob("lib/python*/site-packages/*_inventory.pth")
    pth.write_text(os.path.relpath(ROOT / "src", pth.parent) + "\n", encoding="ascii")


def make_ready() -> None:
    environment = os.fsencode(f"{sys.version_info.major}.{sys.version_info.minor} in {ROOT}")
    packages = digest(LOCK, ROOT / "pyproject.toml", Path(__file__))
    (ROOT / ".cache").mkdir(exist_ok=True)
    with (ROOT / ".cache" / "setup.lock").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)  # `make run` and `make test` at the same moment take turns
        if holds(ENVIRONMENT, environment) and holds(PACKAGES, packages) and all(file.exists() for file in COMMANDS):
            return
        began = time.monotonic()
        if not holds(ENVIRONMENT, environment) or not PYTHON.exists():
            make_environment()
            ENVIRONMENT.write_bytes(environment)
        PACKAGES.unlink(missing_ok=True)
        install()
        PACKAGES.write_bytes(packages)
        print(f".venv est prêt ({time.monotonic() - began:.0f} s).")


def main() -> None:
    make_ready()
    subprocess.run([str(PYTHON), str(ROOT / "scripts" / "compile_translations.py")], check=True)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(
            f"La préparation de .venv a échoué ({error.cmd[0]}, code {error.returncode}); le message est ci-dessus."
        )
    except OSError as error:
        sys.exit(f"Impossible d'écrire dans {error.filename} : {error.strerror}.")
