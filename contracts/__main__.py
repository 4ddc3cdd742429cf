"""Writes the JSON Schemas next to this package, for readers and other languages."""

import json
from pathlib import Path

from contracts.schemas import SCHEMAS

for name, schema in SCHEMAS.items():
    path = Path(__file__).parent / "schema" / name
    path.write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {path.name}")
