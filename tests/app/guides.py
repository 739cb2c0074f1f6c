"""Pages whose commands are run as they are printed, and whose answers are what the page shows."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.app.services import environment

END = "\x1e"


@dataclass(frozen=True, slots=True)
class Step:
    """Commands (bash), and what they print; `…` stands for anything, None where the page shows nothing."""

    commands: str
    shown: str | None

    def matches(self, printed: str) -> bool:
        return self.shown is None or bool(re.fullmatch(_pattern(self.shown), printed.strip(), re.DOTALL))


def steps(page: Path) -> list[Step]:
    """The fenced blocks of a page: `sh` ones, each with the plain one that follows it."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    following = [*blocks[1:], ("sh", "")]
    return [
        Step(text, answer.strip() if not language else None)
        for (kind, text), (language, answer) in zip(blocks, following, strict=True)
        if kind == "sh"
    ]


def run(page: Path, *, folder: Path, instead: Mapping[str, str]) -> list[tuple[Step, str]]:
    """Each step with what it printed, all in one shell. `instead`: words of the page → those of this run, each of which must occur."""
    found = steps(page)
    script = f"printf '{END}'\n".join(step.commands for step in found)
    for word, ours in instead.items():
        assert word in script, f"{page.name} says {word} no more"
        script = script.replace(word, ours)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=environment(folder, TMPDIR=str(folder)),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    printed = done.stdout.split(END)
    assert done.returncode == 0 and len(printed) == len(found), f"after {printed[-1]!r}: {done.stderr}"
    return list(zip(found, printed, strict=True))


def _pattern(shown: str) -> str:
    """Spaces of French typography are written as ordinary ones in a page."""
    return ".*".join(re.escape(part).replace(r"\ ", "[ \u00a0]") for part in shown.split("…"))
