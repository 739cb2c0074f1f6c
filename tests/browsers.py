"""The browser of the browser tests: the Chromium that `make test` has found or installed. Absent: a failure that says what to do."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser, Playwright

FINDER = Path(__file__).parent.parent / "scripts" / "chromium.py"


def chromium() -> str:
    """Its path."""
    found = subprocess.run([sys.executable, str(FINDER), "--find"], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.fail(found.stderr.strip(), pytrace=False)
    return found.stdout.strip()


async def launch(playwright: Playwright) -> Browser:
    """Without a window. Playwright turns Chromium's own sandbox off, which would refuse root and many containers."""
    return await playwright.chromium.launch(
        executable_path=chromium(), args=["--disable-gpu", "--disable-background-networking"]
    )
