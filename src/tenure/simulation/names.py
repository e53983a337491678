"""Names that anybody could have, for blueprints that bring none of their own."""

import tomllib
from pathlib import Path

_READ = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))

GIVEN = tuple(_READ["given"].split())
SURNAMES = tuple(_READ["surnames"].split())
WORDS = tuple(_READ["words"].split())
PLACES = tuple(_READ["places"])
RIVERS = tuple(_READ["rivers"])
