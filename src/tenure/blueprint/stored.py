"""A model as text that a database keeps, and the digest that names a version."""

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any

from tenure.blueprint.model import Model


def plain(value: Any) -> Any:
    """A model's values as JSON has them: days as text, lists for tuples, and numbers that say no more than they mean.

    3, 3.0 and 3.00 are the same number, so they are written as one.
    """
    match value:
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case Decimal():
            if value == value.to_integral_value():
                return int(value)
            short = float(value)
            return short if Decimal(repr(short)) == value else str(value.normalize())
        case date():
            return value.isoformat()
        case _:
            return value


def to_json(model: Model) -> str:
    """The model as text. Its keys stand in order, as stages and steps do, so it belongs into a column of text."""
    return json.dumps(plain(model.model_dump(by_alias=True, exclude_defaults=True)), ensure_ascii=False)


def from_json(text: str) -> Model:
    """The model that `to_json` wrote."""
    return Model.model_validate_json(text)


def digest(model: Model) -> str:
    """64 hexadecimal digits that two models share exactly when they mean the same.

    Comments, files and the writing of numbers leave it alone, and so does a field that the schema gains with a default.
    """
    return hashlib.sha256(to_json(model).encode()).hexdigest()
