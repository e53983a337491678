"""Who the company is: its words, people, rules of who does what, service tiers, segments, hours and own fields."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tenure.blueprint.meanings import (
    AccountExpression,
    CalendarKey,
    Duration,
    Key,
    KpiKey,
    Name,
    Part,
    RoleKey,
    Span,
    Zone,
)
from tenure.blueprint.schema.promises import Trigger

Weight = Annotated[Decimal, Field(gt=0)]
KeptDays = Annotated[int, Field(ge=30, le=36_500)]


class Company(Part):
    """Who the company is and how it counts time and money."""

    name: Name
    zone: Zone = "UTC"
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "USD"
    calendar: CalendarKey = "standard"
    fiscal_year_starts: Annotated[int, Field(ge=1, le=12)] = 1
    accent: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None
    about: str = ""
    logo: Annotated[str, StringConstraints(pattern=r"^\s*<svg[\s>]", max_length=20_000)] | None = None  # on reports


class Words(Part):
    """What the company calls a thing, in the singular and the plural."""

    one: Name
    many: Name


class Level(Part):
    """A rung of a role's ladder; higher `rank` may do more. People usually come to it between `after` and `by`.

    `people_from` and `people_to` say how many people it leads.

    `bonus` names the KPIs that a bonus at this level rests on, with their weights, instead of the role's.
    """

    label: Name
    rank: int
    about: str = ""
    accounts_from: int | None = None
    accounts_to: int | None = None
    after: Duration | None = None
    by: Duration | None = None
    people_from: int | None = None
    people_to: int | None = None
    bonus: dict[KpiKey, Weight] = {}


class Expectation(Part):
    """A figure that a person should reach: a KPI over their own accounts, or how many facts they brought about."""

    label: Name
    kpi: KpiKey | None = None
    counts: Trigger | None = None
    target: Decimal
    better: Literal["up", "down"] = "up"


class Ramp(Part):
    """What is expected of somebody who is this long in the role: the size of their book and their figures."""

    label: Name
    by: Duration
    accounts_from: int | None = None
    accounts_to: int | None = None
    expects: dict[Key, Expectation] = {}


class Role(Part):
    """A kind of person. `reach` says which accounts they see: their book, pod, team, all, or their own (a client).

    `bonus` names the KPIs that a bonus rests on, with their weights; what it comes to in money is said elsewhere.
    `leads_to` is the role in which a career goes on.
    """

    label: Name
    leads_to: RoleKey | None = None
    many: Name | None = None
    reach: Literal["book", "pod", "team", "all", "own"] = "book"
    portal: bool = False
    accountable: str = ""
    home: Literal["today", "portfolio", "team", "portal"] = "today"
    levels: dict[Key, Level] = {}
    owns: tuple[str, ...] = ()
    measured_by: tuple[KpiKey, ...] = ()
    bonus: dict[KpiKey, Weight] = {}
    week: tuple[str, ...] = ()
    ramp: dict[Key, Ramp] = {}


class Raci(Part):
    """Who does an act. Accountable and responsible may do it; consulted must be asked first; informed are told.

    `limits` names, per role, the lowest level that may do it alone. Where a consulted role is silent for the time of
    `within`, `on_silence` says what happens.
    """

    accountable: RoleKey
    responsible: tuple[RoleKey, ...] = ()
    consulted: tuple[RoleKey, ...] = ()
    informed: tuple[RoleKey, ...] = ()
    limits: dict[RoleKey, Key] = {}
    within: Duration = "2 business days"
    on_silence: Literal["proceed", "escalate", "lapse"] = "escalate"
    why: str = ""


class Tier(Part):
    """A service tier: its promise to accounts of this size and the touch they get."""

    label: Name
    rank: int = 0
    about: str = ""
    touch: Literal["high", "mid", "low", "digital"] = "mid"
    hours_per_month: Decimal | None = None


class Segment(Part):
    """A saved way of looking at the book: accounts for which the expression is true."""

    label: Name
    where: AccountExpression
    roles: tuple[RoleKey, ...] = ()
    sort: str = ""


class Calendar(Part):
    """Working hours and holidays. `hours` gives spans per weekday, such as ``mon: ["09:00-12:00", "13:00-17:00"]``."""

    label: Name = "Standard"
    zone: Zone | None = None
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[Span, ...]]
    holidays: tuple[date, ...] = ()


class Retention(Part):
    """How many days personal data outlives its reason. What has no number is kept until somebody erases it.

    `contact_days` counts from the day on which a contact left, or their account was closed; `person_days` from the end
    of the access of somebody of ours; `upload_days`, for files, from the day on which their account was closed.
    """

    contact_days: KeptDays | None = None
    person_days: KeptDays | None = None
    upload_days: KeptDays | None = None


class CustomField(Part):
    """A field of one's own on a record."""

    on: Literal["account", "contact", "contract", "meeting", "issue"] = "account"
    label: Name
    type: Literal["text", "number", "boolean", "day", "choice", "link"] = "text"
    choices: tuple[str, ...] = ()
    client_visible: bool = False
    help: str = ""
