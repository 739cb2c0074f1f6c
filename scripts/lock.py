"""Write `requirements.txt` (to run the service) and `requirements-dev.txt` (all of it, tests and builds too) from pyproject.toml.

One lock for every Python from 3.11 on and every system, with hashes, without addresses. Releases already in the lock stay unless
`--upgrade` is given (`make lock UPGRADE=1`).
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).parent / "uv"
COMPILE = ["pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet"]


def compile_lock(target: str, *arguments: str) -> None:
    """`uv pip compile` reads the releases to keep from the target itself."""
    command = [str(UV), *COMPILE, *arguments, "--output-file", target, "pyproject.toml"]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, "UV_SYSTEM_CERTS": "1"})


def main(arguments: list[str]) -> None:
    compile_lock("requirements.txt", "--extra", "embedded", *arguments)
    compile_lock("requirements-dev.txt", "--all-extras", "--constraints", "requirements.txt", *arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
