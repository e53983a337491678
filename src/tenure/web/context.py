"""What the shell around every page shows: who is signed in, where one can go, the day shown, how fresh the data are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from tenure.base import clock
from tenure.identity.actor import Actor, company_zone
from tenure.identity.blueprints import NoBlueprint
from tenure.identity.people import Company, Person
from tenure.records.visibility import is_client
from tenure.web import turned_back, wording
from tenure.web.actors import actor_of, zone_of
from tenure.web.finding import list_acts
from tenure.web.freshness import Freshness, freshness
from tenure.web.personas import Persona, Story, list_personas, story
from tenure.web.places import places_of

THEMES = (("", "Auto"), ("light", "Light"), ("dark", "Dark"))
THEME_COOKIE = "theme"


@dataclass(frozen=True)
class SidePlace:
    """A place as the side bar draws it."""

    label: str
    icon: str
    href: str
    key: str
    phone: bool
    count: int | None
    current: bool


@dataclass(frozen=True)
class Choice:
    """A day that one click turns back to."""

    label: str
    day: date
    words: str
    key: str = ""


class Shell:
    """Everything is computed when a template asks for it, so that a fragment pays for nothing it does not show."""

    themes = THEMES

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def person(self) -> Person | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, Person) and user.is_authenticated else None

    @cached_property
    def actor(self) -> Actor | None:
        try:
            return actor_of(self.request) if self.person else None
        except NoBlueprint:
            return None

    @cached_property
    def layout(self) -> str:
        """The template around a page: the full shell for a colleague, a plain one for a client and for strangers."""
        if self.actor is None:
            return "plain.html"
        return "outside.html" if is_client(self.actor) else "shell.html"

    @cached_property
    def company(self) -> str:
        company = self.actor.company if self.actor else Company.objects.first()
        return (company.name if company else "") or "Tenure"

    @property
    def is_demo(self) -> bool:
        return settings.DEMO

    @property
    def is_practice(self) -> bool:
        return bool(settings.PRACTICE)

    @cached_property
    def personas(self) -> Sequence[Persona]:
        """Whom a visitor of a demo can step into."""
        return list_personas() if self.is_demo else ()

    @cached_property
    def story(self) -> Story | None:
        return story() if self.is_demo else None

    @property
    def name(self) -> str:
        return self.person.name if self.person else ""

    @cached_property
    def role(self) -> str:
        """The labels of the roles held today."""
        if self.actor is None:
            return ""
        return wording.listed(self.actor.model.roles[role].label for role in sorted(self.actor.roles))

    @cached_property
    def zone(self) -> str:
        """The zone in which the reader sees times: their own, else the company's."""
        own = self.person.zone if self.person else ""
        return own or (self.actor.zone if self.actor else company_zone())

    @property
    def wall(self) -> str:
        """The same zone for the script, which writes times in the reader's locale; it costs no query of its own."""
        return zone_of(self.actor) if self.actor else ""

    @cached_property
    def today(self) -> date:
        return clock.now().astimezone(ZoneInfo(self.zone)).date()

    @property
    def now(self) -> str:
        return clock.now().isoformat(timespec="seconds")

    @property
    def theme(self) -> str:
        chosen = self.request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in ("light", "dark") else ""

    @property
    def single_keys(self) -> bool:
        return self.person.single_keys if self.person else True

    @cached_property
    def can_log(self) -> bool:
        """Whether the reader may log from anywhere: an act that opens the log is open to them."""
        if self.actor is None or self.as_of is not None:
            return False
        return any(act.dialog == "log" for act in list_acts(self.actor))

    @property
    def at(self) -> str:
        match = self.request.resolver_match
        return (match.url_name or "") if match else ""

    @cached_property
    def places(self) -> list[list[SidePlace]]:
        """The places open to the reader, in their groups."""
        if self.actor is None:
            return []
        open_places = places_of(self.actor)
        drawn = [(place.group, self._side(place)) for place in open_places]
        return [[side for group, side in drawn if group == wanted] for wanted in sorted({group for group, _ in drawn})]

    def _side(self, place: Any) -> SidePlace:
        href = reverse(place.url)
        path = self.request.path
        current = path == href or (href != "/" and path.startswith(href.rstrip("/") + "/"))
        count = place.count(self.actor) if place.count and self.actor else None
        return SidePlace(place.label, place.icon, href, place.key, place.phone, count, current)

    @cached_property
    def fresh(self) -> Freshness | None:
        """Up to when everything was measured; None before the first measuring."""
        return freshness()

    @cached_property
    def as_of(self) -> date | None:
        return turned_back.day_of(self.request)

    @property
    def shows_past(self) -> bool:
        """Whether the page at hand shows the day that was turned back to, rather than today."""
        match = self.request.resolver_match
        return getattr(match.func, "shows_the_past", False) if match else False

    @property
    def as_of_day(self) -> date:
        return self.as_of or self.today

    @property
    def as_of_short(self) -> str:
        return "Today" if self.as_of is None else wording.day(self.as_of, self.today)

    @property
    def as_of_words(self) -> str:
        return wording.long_day(self.as_of_day, self.today)

    @property
    def as_of_choices(self) -> list[Choice]:
        """A day back and forward from what is shown, and the start of the quarter."""
        shown, today = self.as_of_day, self.today
        quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
        back, on = shown - timedelta(days=1), shown + timedelta(days=1)
        choices = [Choice("A day back", back, wording.day(back, today), "[")]
        if on <= today:
            choices.append(Choice("A day forward", on, wording.day(on, today), "]"))
        return [*choices, Choice("Start of the quarter", quarter, wording.day(quarter, today))]


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Django's context processor for the shell."""
    return {"shell": Shell(request)}
