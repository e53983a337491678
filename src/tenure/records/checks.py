"""What a value of a record may be: the blueprint's words, zones, addresses, codes, amounts, a company's own fields."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from tenure.base.errors import Refused
from tenure.base.money import Money, MoneyError
from tenure.blueprint.model import CustomField, Model
from tenure.identity.hours import check_zone

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_TEXT = 20_000


def _as_code(value: Any) -> Any:
    return re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_") if isinstance(value, str) else value


def _fits_code(value: str) -> str:
    if not 1 <= len(value) <= 60:
        raise PydanticCustomError("code", "Give a short word of at most 60 letters, such as budget_cut")
    return value


def _fits_text(value: str) -> str:
    if len(value) > LONGEST_TEXT:
        raise PydanticCustomError("text", "This is longer than 20,000 letters; attach it as a link")
    return value


# A word of the company's own that facts may carry: "Budget cut" is kept as budget_cut.
Code = Annotated[str, BeforeValidator(_as_code), AfterValidator(_fits_code)]
Text = Annotated[str, AfterValidator(_fits_text)]
Short = Annotated[str, Field(max_length=200)]
Amount = Annotated[Decimal, Field(max_digits=16, ge=0)]
Degree = Annotated[int, Field(ge=1, le=5)]  # from 1, hardly, to 5, greatly


class Slot(BaseModel):
    """When a client likes to meet: a weekday, a time of day, and the zone in which it is meant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weekday: str
    time: str
    zone: str = ""


def check_slot(slot: Slot) -> dict[str, str]:
    """The slot as it is stored. Raises Refused for an unknown weekday, time or zone."""
    if slot.weekday not in WEEKDAYS:
        raise Refused("unknown_weekday", f"Choose a weekday: {', '.join(WEEKDAYS)}.", field="preferred_slot")
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", slot.time):
        raise Refused("no_time", "Write the time as 09:30.", field="preferred_slot")
    check_zone(slot.zone, "preferred_slot")
    return slot.model_dump()


def check_word(kind: str, value: str, words: Iterable[str], field: str) -> str:
    """A key that the blueprint defines, or none. Raises Refused with the nearest one."""
    known = list(words)
    if not value or value in known:
        return value
    near = get_close_matches(value, known, n=1)
    mend = f"did you mean {near[0]}?" if near else f"it has {', '.join(known) or 'none'}."
    raise Refused(f"unknown_{kind}", f"The blueprint has no {kind.replace('_', ' ')} “{value}”; {mend}", field=field)


def check_address(url: str, field: str) -> str:
    """A web address with its scheme, or none; a bare host gets https."""
    url = url.strip()
    if not url:
        return ""
    full = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(full)
        host = parts.hostname if parts.port != 0 else None  # reading the port refuses one that is no number
    except ValueError:
        host = None
    if not host or "." not in host or parts.scheme not in ("http", "https") or " " in full or len(full) > 500:
        raise Refused("no_address", "Write an address such as https://example.com.", field=field)
    return full


def check_email(email: str) -> str:
    """An e-mail address in small letters, or none."""
    email = email.strip().lower()
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", email):
        raise Refused("no_email", f"“{email}” is no e-mail address.", field="email")
    return email


def check_amount(amount: Decimal, currency: str, field: str = "amount") -> Decimal:
    """An amount rounded to what its currency is paid in. Raises Refused for an unknown form of currency."""
    try:
        return Money(amount, currency).rounded().amount
    except MoneyError as error:
        raise Refused("no_amount", f"{str(error).capitalize()}.", field=field) from error


def check_custom(model: Model, on: str, given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The company's own fields after a change: those of `before` with those of `given`; None takes a value away."""
    fields = {name: field for name, field in model.fields.items() if field.on == on}
    after = dict(before)
    for name, value in given.items():
        check_word("field", name, fields, "custom")
        if value is None or value == "":
            after.pop(name, None)
        else:
            after[name] = _custom_value(name, fields[name], value)
    return after


def _custom_value(name: str, field: CustomField, value: Any) -> Any:
    where = f"custom.{name}"
    if not isinstance(value, str | int | float | Decimal | date):
        raise Refused("no_value", f"{field.label}: give one value.", field=where)
    match field.type:
        case "number":
            return _custom_number(field.label, value, where)
        case "boolean":
            words: dict[Any, bool] = {True: True, False: False, "true": True, "false": False, "yes": True, "no": False}
            read = words.get(value.strip().lower() if isinstance(value, str) else value)
            if read is None:
                raise Refused("no_boolean", f"{field.label}: say yes or no.", field=where)
            return read
        case "day":
            try:
                return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()[:10]
            except ValueError as error:
                raise Refused("no_day", f"{field.label}: write the day as 2026-03-31.", field=where) from error
        case "choice":
            if value not in field.choices:
                raise Refused("no_choice", f"{field.label}: choose {', '.join(field.choices)}.", field=where)
            return value
        case "link":
            return check_address(str(value), where)
        case _:
            return _fits_custom_text(field.label, str(value).strip(), where)


def _custom_number(label: str, value: Any, where: str) -> int | float:
    try:
        number = Decimal(str(value).strip()) if not isinstance(value, bool) else Decimal("nan")
    except ArithmeticError:
        number = Decimal("nan")
    if not number.is_finite() or not math.isfinite(float(number)):
        raise Refused("no_number", f"{label}: write a number.", field=where)
    return int(number) if number == number.to_integral_value() and abs(number) < 10**15 else float(number)


def _fits_custom_text(label: str, value: str, where: str) -> str:
    if len(value) > 2_000:
        raise Refused("too_long", f"{label}: at most 2,000 letters.", field=where)
    return value


def custom_facts(model: Model, on: str, custom: Mapping[str, Any]) -> dict[str, Any]:
    """The own fields that a fact may carry: figures, days and choices, never free text or links."""
    plain = {name for name, field in model.fields.items() if field.on == on and field.type not in ("text", "link")}
    return {name: value for name, value in custom.items() if name in plain}
