"""A Chromium for the browser tests and the screenshots: find one that starts, else install one.

`find()` is for scripts beside this one; `chromium.py --find` prints the path (exit 1 where there is none); without an argument it
installs what is missing, as `make test` does. In order: INVENTORY_CHROMIUM, the system's, Playwright's own download.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ROOT_ON_DEBIAN = os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def starts(browser: str) -> bool:
    """Whether it answers. On Ubuntu `chromium-browser` may be a stub that only says how to install the real one."""
    try:
        done = subprocess.run([browser, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def playwrights_own() -> str:
    """Where the installed Playwright keeps the Chromium of its release, downloaded or not."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def candidates() -> Iterator[str]:
    yield from (found for name in NAMES if (found := shutil.which(name)))
    own = playwrights_own()
    if Path(own).exists():
        yield own


def find() -> str | None:
    """Path of a Chromium that starts. Exits with a sentence when INVENTORY_CHROMIUM names one that does not."""
    if named := os.environ.get("INVENTORY_CHROMIUM"):
        if starts(named):
            return named
        sys.exit(f"INVENTORY_CHROMIUM nomme {named}, qui ne démarre pas. Corrigez ce chemin ou retirez cette variable.")
    return next((browser for browser in candidates() if starts(browser)), None)


def install() -> None:
    print("Installation de Chromium…", file=sys.stderr, flush=True)
    if ROOT_ON_DEBIAN:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        get = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=120"]
        chromium = [*get, "install", "--yes", "--no-install-recommends", "chromium"]
        # The lists of a fresh image are empty, or older than the archive: read them again only when they do not serve.
        if not run(chromium, environment, quiet=True):
            run([*get, "update"], environment)
            run(chromium, environment)
        if find():
            return
    with_libraries = ["--with-deps"] if ROOT_ON_DEBIAN else []
    run([sys.executable, "-m", "playwright", "install", *with_libraries, "chromium"], dict(os.environ))


def run(command: list[str], environment: dict[str, str], *, quiet: bool = False) -> bool:
    """Whether it worked; what it prints goes to standard error, or nowhere."""
    out = subprocess.DEVNULL if quiet else sys.stderr
    return (
        subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False
        ).returncode
        == 0
    )


def main(arguments: list[str]) -> None:
    found = find()
    if found is None and arguments != ["--find"]:
        install()
        found = find()
    if found is None:
        sys.exit(
            "Les essais dans un navigateur demandent Chromium, et aucun ne démarre ici. Installez-le (sur Debian : "
            "sudo apt install chromium), ou donnez son chemin : INVENTORY_CHROMIUM=/chemin/chromium make test."
        )
    print(found)


if __name__ == "__main__":
    main(sys.argv[1:])
