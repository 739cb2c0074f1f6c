"""What hatchling does before it packs: compiled translations in, and no wheel without what browsers load."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Complete(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is `editable` for a checkout, `standard` for a wheel."""
        root = Path(self.root)
        runpy.run_path(str(root / "scripts" / "compile_translations.py"), run_name="__main__")
        if version == "standard" and not (root / "src" / "app" / "static" / "built" / "manifest.json").is_file():
            raise FileNotFoundError("src/app/static/built is missing: run `make dist`, which builds it first.")
