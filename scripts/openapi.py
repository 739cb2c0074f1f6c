"""Write the OpenAPI document of the application to docs/openapi.json. Needs no database."""

import json
from pathlib import Path

from app.asgi import create_app

DOCUMENT = Path(__file__).parent.parent / "docs" / "openapi.json"


def document() -> str:
    """The contract as it is kept: keys in order, so that a difference shows only what changed."""
    schema = create_app(lifespan=False).openapi_schema.to_schema()
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
