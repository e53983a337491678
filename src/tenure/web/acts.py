"""Any operation as a form: its fields come from the operation's own arguments, its choices from the blueprint.

One mechanism gives every registered act a page and a dialog, so that nothing can be done by code alone. Pages with a
hand of their own (a meeting's notes, the quick log) have forms of their own.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Model as Row
from pydantic import AwareDatetime
from pydantic_core import PydanticUndefined

from tenure.identity.access import anchor_of
from tenure.identity.actor import Actor
from tenure.identity.operations import Operation
from tenure.identity.people import Person, Pod, Team
from tenure.records.account import stages
from tenure.records.contact import Contact
from tenure.records.deliverable import Deliverable
from tenure.records.meeting import Meeting
from tenure.records.row import UNSET
from tenure.sources.tools.queueing import askable
from tenure.web import wording
from tenure.web.practising import named_to
from tenure.web.suggestions import suggested
from tenure.work.commitments import CAUSES
from tenure.work.tasks import Task

Choices = Sequence[tuple[str, str]]
LEFT_OUT = {"known_at", "by", "is_demo", "thread", "read_from"}
LEFT_OUT_OF = {("task", "source")}  # what a form answers by itself: whoever fills it in does it by hand
NAMED_BY_ADDRESS = {"answers", "into", "signal", "play", "step", "account"}
LONG = {"text", "body", "notes_internal", "notes_client", "summary", "detail", "resolution", "evidence"}
LONG |= {"brief", "note", "internal_note"}
LABELS = {
    "at": "Happened",
    "due_on": "Due",
    "material_on": "Material due",
    "material_by": "Material from",
    "maker": "Made by",
    "url": "Link",
    "call": "What to set up",
    "per_week": "How many a week",
    "internal_note": "For us alone",
    "brief": "For the client to read",
    "due_at": "Due",
    "on": "On",
    "ends_on": "Last day",
    "starts_on": "First day",
    "starts_at": "Starts",
    "term_months": "Months of the term",
    "notice_days": "Notice, in days",
    "amount": "Yearly amount",
    "zone": "Time zone",
    "whose": "Whose it was",
    "waits_for": "Whom we wait for",
    "how": "How it was settled",
    "home_run": "This is the one that matters most",
    "is_primary": "First person to write to",
    "client_visible": "The client may see it",
    "is_automatic": "A machine wrote it, such as an absence note",
    "auto_renew": "Renews by itself",
    "until": "Until",
    "from_day": "From",
    "until_day": "Until and including",
    "cover": "Covered by",
    "consented_on": "Consent since",
    "mail_consent": "Agreed to mail",
    "survey_consent": "Agreed to surveys",
    "reference_consent": "Agreed to be a reference",
}
HINTS = {
    "time": "Such as 09:30.",
    "at": "Leave empty for now.",
    "cause": "In a word, such as holiday or no capture.",
    "reason": "Others will read it.",
    "zone": "Such as America/New_York.",
}


def _colleagues(actor: Actor, subject: Row | None) -> Choices:
    people = named_to(actor, Person.objects.filter(is_active=True, kind=Person.Kind.STAFF))
    return list(people.order_by("name").values_list("pk", "name"))


def _contacts(actor: Actor, subject: Row | None) -> Choices:
    anchor = anchor_of(subject)
    if anchor is None:
        return ()
    rows = Contact.objects.filter(account_id=anchor.pk, left_on=None, erased_at=None)
    return list(rows.order_by("-is_primary", "name").values_list("pk", "name"))


def _meetings(actor: Actor, subject: Row | None) -> Choices:
    anchor = anchor_of(subject)
    if anchor is None:
        return ()
    rows = Meeting.objects.filter(account_id=anchor.pk).order_by("-starts_at")[:20]
    types_ = actor.model.meetings
    return [(m.pk, f"{types_[m.type].label if m.type in types_ else m.type}, {m.starts_at:%d %b %Y}") for m in rows]


def _deliverables(actor: Actor, subject: Row | None) -> Choices:
    anchor = anchor_of(subject)
    if anchor is None:
        return ()
    return list(
        Deliverable.objects.filter(account_id=anchor.pk).order_by("-planned_at").values_list("pk", "title")[:40]
    )


def _labelled(section: str) -> Callable[[Actor, Row | None], Choices]:
    return lambda actor, _: [(key, part.label) for key, part in getattr(actor.model, section).items()]


def _of_kind(part: str) -> Callable[[Actor, Row | None], Choices]:
    """The states or the formats of the subject's kind of deliverable, else of all kinds."""

    def choices(actor: Actor, subject: Row | None) -> Choices:
        own = actor.model.deliverables.get(getattr(subject, "type", ""))
        kinds = [own] if own else list(actor.model.deliverables.values())
        return list({key: each.label for kind in kinds for key, each in getattr(kind, part).items()}.items())

    return choices


CHOICES: dict[str, Callable[[Actor, Row | None], Choices]] = {
    **dict.fromkeys(("owner", "person", "cover", "facilitator", "maker"), _colleagues),
    "contact": _contacts,
    "meeting": _meetings,
    "deliverable": _deliverables,
    "miss_cause": lambda _, __: list(CAUSES.items()),
    "weekday": lambda _, __: list(wording.DAYS.items()),
    "role": _labelled("roles"),
    "level": lambda actor, _: list(
        {key: level.label for role in actor.model.roles.values() for key, level in role.levels.items()}.items()
    ),
    "tier": _labelled("tiers"),
    "stage": lambda actor, _: list(stages(actor.model).items()),
    "playbook": _labelled("playbooks"),
    "journey": _labelled("journeys"),
    "priority": lambda _, __: [(str(value), label) for value, label in Task.Priority.choices],
    "handover_form": _labelled("handovers"),
    "metric": _labelled("metrics"),
    "calendar": _labelled("calendars"),
    "meeting_type": _labelled("meetings"),
    "survey": _labelled("surveys"),
    "scenario": _labelled("practice"),
    "team": lambda _, __: list(Team.objects.order_by("name").values_list("pk", "name")),
    "pod": lambda _, __: list(Pod.objects.order_by("name").values_list("pk", "name")),
    "work_state": _of_kind("states"),
    "work_format": _of_kind("formats"),
    "work_kind": _labelled("deliverables"),
    "tool_calls": lambda actor, _: askable(actor),
    "attribution": lambda actor, _: list(
        {key: label for metric in actor.model.metrics.values() for key, label in metric.attribution.items()}.items()
    ),
    "attendees": lambda actor, subject: [*_contacts(actor, subject), *_colleagues(actor, subject)],
    "attended": lambda actor, subject: [*_contacts(actor, subject), *_colleagues(actor, subject)],
}
MORE_CHOICES = {
    ("task", "priority"): "priority",
    ("meeting", "type"): "meeting_type",
    ("goal", "template"): "metric",
    ("handover", "form"): "handover_form",
    ("deliverable", "type"): "work_kind",
    ("deliverable", "state"): "work_state",
    ("deliverable", "to"): "work_state",
    ("deliverable", "format"): "work_format",
    ("pace", "type"): "work_kind",
    ("commitment", "cause"): "miss_cause",
    ("tool_call", "call"): "tool_calls",
}


class ActForm(forms.Form):
    """The form of one operation. `given()` are the arguments to call it with: what was filled in, or changed."""

    def __init__(
        self,
        operation: Operation[Any, Any],
        subject: Row | None,
        actor: Actor,
        data: Any = None,
        asked: Mapping[str, str] | None = None,
    ) -> None:
        """`asked` are values that the address gives, such as the message that is answered."""
        given = {name: value for name, value in (asked or {}).items() if name in operation.arguments.model_fields}
        super().__init__(data, initial=_initial(operation, subject, actor))
        self.operation, self.subject, self.actor = operation, subject, actor
        fitting = suggested(operation.name, subject, actor, given) if data is None else {}
        for name, info in operation.arguments.model_fields.items():
            if name in LEFT_OUT:
                continue
            if (operation.name.partition(".")[0], name) in LEFT_OUT_OF:
                continue
            if name in NAMED_BY_ADDRESS:
                if name in given or (data is not None and name in data):
                    self.fields[name] = forms.CharField(
                        widget=forms.HiddenInput, required=False, initial=given.get(name)
                    )
                continue
            field = self._field(name, info.annotation, required=info.is_required())
            if field is not None:
                field.label = LABELS.get(name, name.replace("_", " ").capitalize())
                field.help_text = HINTS.get(name, "")
                field.initial = given.get(name)
                if name in fitting:
                    field.initial = given.get(name) or fitting[name].value
                    field.help_text = fitting[name].hint or field.help_text
                self.fields[name] = field

    def given(self) -> dict[str, Any]:
        """Arguments by name: everything filled in; of a form with values to begin with, only what was changed."""
        found = {}
        for name, value in self.cleaned_data.items():
            default = self.operation.arguments.model_fields[name].default
            if name in self.initial:
                if name in self.changed_data:
                    found[name] = value if value not in ("", None) else _cleared(default, value)
            elif value not in ("", None, []):
                found[name] = value
        return found

    def _field(self, name: str, hint: Any, *, required: bool) -> forms.Field | None:
        kind, inner = _plain(hint)
        chosen = CHOICES.get(MORE_CHOICES.get((self.operation.name.partition(".")[0], name), name))
        if kind is list:
            if chosen is None or inner is not str:
                return None
            return forms.MultipleChoiceField(
                required=required, choices=chosen(self.actor, self.subject), widget=forms.CheckboxSelectMultiple
            )
        if chosen is not None and kind is str:
            return self._choice(chosen(self.actor, self.subject), required)
        if chosen is not None and kind is int:
            choices = chosen(self.actor, self.subject)
            return forms.TypedChoiceField(coerce=int, empty_value=None, required=required, choices=choices)
        if get_origin(kind) is Literal:
            return self._choice(
                [(each, each.replace("_", " ").capitalize()) for each in get_args(kind) if each], required
            )
        return _simple(name, kind, required, self.actor)

    def _choice(self, choices: Choices, required: bool) -> forms.ChoiceField:
        blank = [] if required else [("", "Not set")]
        return forms.ChoiceField(required=required, choices=[*blank, *choices])


def _simple(name: str, kind: Any, required: bool, actor: Actor) -> forms.Field | None:
    """The field of a plain type; None for what a form cannot hold."""
    if kind is bool:
        return forms.BooleanField(required=False)
    if kind is int:
        return forms.IntegerField(required=required)
    if kind is Decimal:
        return forms.DecimalField(required=required)
    if kind is datetime:
        return MomentField(actor, required=required)
    if kind is date:
        return forms.DateField(required=required, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    if kind is str:
        widget = forms.Textarea if name in LONG else forms.TextInput
        return forms.CharField(required=required, widget=widget, max_length=20_000)
    return None


class MomentField(forms.DateTimeField):
    """A moment typed in the zone of whoever types it."""

    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, actor: Actor, **rest: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **rest)
        zone = actor.person.zone if actor.person else ""
        self.zone = ZoneInfo(zone or actor.model.company.zone)

    def to_python(self, value: Any) -> datetime | None:
        found = super().to_python(value)
        return None if found is None else found.replace(tzinfo=self.zone)

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(self.zone) if isinstance(value, datetime) and value.tzinfo else value


def _plain(hint: Any) -> tuple[Any, Any]:
    """A type without None, annotations and aliases, and what a list holds; a moment is one of the calendar's."""
    if hint is AwareDatetime:
        return datetime, None
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        rest = [each for each in get_args(hint) if each is not type(None)]
        literals = [each for each in rest if get_origin(each) is Literal]
        if literals:
            return Literal[tuple(value for each in literals for value in get_args(each))], None
        return _plain(rest[0])
    if get_origin(hint) in (list, tuple):
        return list, _plain(get_args(hint)[0])[0]
    return hint, None


def _initial(operation: Operation[Any, Any], subject: Row | None, actor: Actor) -> dict[str, Any]:
    """Where an argument need not be given, the form begins with what the subject has now."""
    found: dict[str, Any] = {}
    for name, info in operation.arguments.model_fields.items():
        if info.default is UNSET and subject is not None:
            value = getattr(subject, f"{name}_id", getattr(subject, name, None))
            found[name] = value
        elif info.default not in (None, "", PydanticUndefined, UNSET):
            found[name] = info.default
    return found


def _cleared(default: Any, value: Any) -> Any:
    """What an emptied field means: None where the operation takes it, else the empty text."""
    return "" if isinstance(value, str) else None
