"""Tags and filters that every template has: icons, bands, drawings, and how numbers and times are written."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import CheckboxInput, CheckboxSelectMultiple, RadioSelect, Textarea
from django.forms.boundfield import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenure.base import clock
from tenure.web import drawing, times, wording
from tenure.web.answers import UNDO

register = template.Library()

for draw in (
    drawing.spark,
    drawing.levels,
    drawing.meter,
    drawing.used,
    drawing.blocks,
    drawing.verdicts,
    drawing.goal,
    drawing.scale,
    drawing.days,
    drawing.agenda,
    drawing.day,
):
    register.simple_tag(draw, name=f"draw_{draw.__name__}")

register.filter("number", wording.number)
register.filter("signed", wording.signed)
register.filter("percent", wording.percent)
register.filter("money", wording.money)
register.filter("initials", wording.initials)
register.filter("sentence", wording.sentence)
register.filter("place", wording.place)
register.filter("listed", wording.listed)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An icon of the sprite, for the eye alone: `{% icon "clock" %}`."""
    return format_html(
        '<svg class="ico{}" aria-hidden="true"><use href="#i-{}"/></svg>', f" {css}" if css else "", name
    )


@register.simple_tag
def band(name: str | None, css: str = "") -> SafeString:
    """The shape of a band: a circle, a triangle, a diamond, or the hatched ring of the unknown."""
    known = name if name in ("green", "yellow", "red") else "unknown"
    extra = f" {css}" if css else ""
    return format_html(
        '<svg class="band{0}" data-band="{1}" aria-hidden="true"><use href="#b-{1}"/></svg>', extra, known
    )


@register.simple_tag
def mark(size: int = 18) -> SafeString:
    """The mark of Tenure."""
    return format_html('<svg width="{0}" height="{0}" aria-hidden="true"><use href="#mark"/></svg>', size)


VERDICT_ICONS = {
    "running": "clock",
    "warned": "warn",
    "met": "check",
    "missed": "x",
    "paused": "pause",
    "snoozed": "snooze",
}


@register.simple_tag
def verdict(state: str, words: str = "") -> SafeString:
    """A verdict as a tag, with icon and word; colour comes third: `{% verdict "missed" "1 d late" %}`."""
    shape = band("unknown") if state == "unknown" else icon(VERDICT_ICONS[state]) if state in VERDICT_ICONS else ""
    return format_html('<span class="tag" data-is="{}">{}{}</span>', state, shape, words or state)


@register.simple_tag(takes_context=True)
def when(
    context: template.Context, value: datetime | date | None, style: str = "moment", zone: str = ""
) -> SafeString | str:
    """A moment or a day, in the reader's zone; `zone` names another, such as the client's for a promise to them.

    Styles are those of `tenure.web.times`.
    """
    shell = context.get("shell")
    return times.tag(value, shell.zone if shell else "UTC", style, announced=zone)


@register.filter
def ago(value: datetime) -> str:
    """How long ago a moment was: ``3 h 10 ago``, ``12 d ago``."""
    return f"{wording.span(clock.now() - value)} ago"


@register.filter
def is_past(value: datetime | None) -> bool:
    """Whether a moment has passed."""
    return value is not None and value < clock.now()


@register.filter
def since(value: datetime) -> str:
    """How long something has lasted: ``3 h 10``, ``12 d``."""
    return wording.span(clock.now() - value)


@register.filter
def span(value: timedelta) -> str:
    """A length of time in words."""
    return wording.span(value)


@register.filter
def beyond(text: str, said: str) -> str:
    """What a text says beyond its subject, where that is its first sentence."""
    rest = text.removeprefix(said)
    begins_with_it = text.startswith(said) and (not rest or rest[0] in ".?!" or said[-1:] in ".?!")
    return rest.lstrip(" .?!") if begins_with_it else text


@register.filter
def undo_of(message: Message) -> str:
    """The address that takes back the act that a message tells of; empty where there is none."""
    tags = message.extra_tags or ""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """The value of a mapping under a key that is only known at run time; None where there is none."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def judged_once(promises: Iterable[Any]) -> list[Any]:
    """Those of some promises that were promised once and are judged."""
    return [each for each in promises if each.is_over]


@register.filter
def is_tick(field: BoundField) -> bool:
    """Whether a field is one box to tick."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Whether a field is several controls under one label."""
    return isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The control of a bound field, dressed; Django says by `aria-describedby` which hint and error belong to it."""
    plain = is_tick(field) or is_group(field)
    attributes: dict[str, Any] = {} if plain else {"class": "input"}
    if isinstance(field.field.widget, Textarea):
        rows = field.field.widget.attrs.get("rows")
        attributes["rows"] = 3 if rows == "10" else rows  # ten is Django's own idea, not a form's
    if field.errors:
        attributes["aria-describedby"] = f"{field.auto_id}_error"
    return field.as_widget(attrs=attributes)


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def browser(agent: str) -> str:
    """A browser's long name in two words: ``Firefox on Linux``."""
    name = next((name for sign, name in BROWSERS if sign in agent), "A program")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return f"{name} on {system}" if system else name
