"""The hand-over: what one role writes down for another when an account, or work on it, passes between them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.blueprint.model import HandoverForm
from tenure.facts.contract import declare
from tenure.identity.accounts import holder
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Membership, Person, current
from tenure.records.account import Account
from tenure.records.checks import Text, check_word
from tenure.records.row import AccountRow, Moment, fact, said, when

FIELDS = {"form": "text", "status": "text", "giver": "id", "taker": "id", "round": "integer"}
declare("handover.written", "Hand-over written", internal=True, **FIELDS, filled="integer")
declare("handover.given", "Handed over", internal=True, **FIELDS)
declare("handover.accepted", "Hand-over accepted", internal=True, **FIELDS)
declare("handover.returned", "Hand-over sent back", internal=True, **FIELDS)

Answers = dict[str, Text]


class Handover(AccountRow):
    """One hand-over by a form of the blueprint. `round` counts how often it was given: once more than sent back."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Being written"
        GIVEN = "given", "Handed over"
        RETURNED = "returned", "Sent back"
        ACCEPTED = "accepted", "Accepted"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="handovers")
    form = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    round = models.PositiveSmallIntegerField(default=0)
    giver = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="handovers_given")
    taker = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="handovers_taken")
    begun_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    return_reason = models.TextField(blank=True)

    noun: ClassVar[str] = "handover"
    ledger_fields: ClassVar[tuple[str, ...]] = ("form", "status", "round")

    class Meta:
        indexes = [models.Index(fields=["account", "form", "-begun_at"])]

    @property
    def is_with_giver(self) -> bool:
        """Whether it is being written, for the first time or again."""
        return self.status in (Handover.Status.DRAFT, Handover.Status.RETURNED)

    @property
    def is_open(self) -> bool:
        return self.status != Handover.Status.ACCEPTED


class HandoverAnswer(models.Model):
    """What stands in one field of a hand-over."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="answers")
    field = models.CharField(max_length=60)
    text = models.TextField()

    anchor_path: ClassVar[str] = "handover__account"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handover", "field"], name="one_answer_per_field")]


def form_of(handover: Handover, actor: Actor) -> HandoverForm:
    """The form of a hand-over. Raises Refused where the blueprint has it no longer."""
    found = actor.model.handovers.get(handover.form)
    if found is None:
        raise Refused("unknown_form", f"The blueprint has no hand-over “{handover.form}” any more.")
    return found


def acts_for(role: str, actor: Actor) -> bool:
    """Whether somebody is on a side: in its role, as cover for it, or because they lead or see everything."""
    if actor.is_system or role in actor.roles:
        return True
    if any(actor.model.roles[each].reach in ("team", "all") for each in actor.roles):
        return True
    covered = actor.people - {actor.id}
    return bool(covered) and Membership.objects.filter(current(actor.day), person_id__in=covered, role=role).exists()


def _check_side(role: str, actor: Actor) -> None:
    if not acts_for(role, actor):
        label = actor.model.roles[role].label.lower()
        raise Refused("other_side", f"This is for the {label} to do.")


def _record(kind: str, handover: Handover, at: Moment | None, actor: Actor, **data: int) -> None:
    fact(kind, handover, when(actor, at), giver=handover.giver_id, taker=handover.taker_id, **data)


def _write(handover: Handover, answers: Answers, actor: Actor) -> None:
    form = form_of(handover, actor)
    for field, text in answers.items():
        check_word("field", field, form.fields, field)
        if text.strip():
            handover.answers.update_or_create(field=field, defaults={"text": text.strip()})
        else:
            handover.answers.filter(field=field).delete()


@operation("handover.begin", label="Begin a hand-over")
def begin_handover(
    account: Account, *, form: str, answers: Answers | None = None, at: Moment | None = None, actor: Actor
) -> Handover:
    """Begin to write down what the taker has to know; it is theirs to read once it is given."""
    if form not in actor.model.handovers:
        raise Refused("unknown_form", f"The blueprint has no hand-over “{form}”.", field="form")
    terms = actor.model.handovers[form]
    _check_side(terms.giver, actor)
    open_ = Handover.objects.filter(account=account, form=form).exclude(status=Handover.Status.ACCEPTED)
    if not terms.many and open_.exists():
        raise Refused("under_way", "This hand-over is under way already; go on with that one.", field="form")
    handover = Handover.objects.create(account=account, form=form, giver=actor.person, begun_at=when(actor, at).moment)
    _write(handover, answers or {}, actor)
    _record("handover.written", handover, at, actor, filled=handover.answers.count())
    return handover


@operation("handover.write", label="Write a hand-over")
def write_handover(handover: Handover, *, answers: Answers, at: Moment | None = None, actor: Actor) -> Handover:
    """Change what is written, while it is with the giver; an empty text takes a field away."""
    _check_side(form_of(handover, actor).giver, actor)
    _check_with_giver(handover)
    before = dict(handover.answers.values_list("field", "text"))
    _write(handover, answers, actor)
    if dict(handover.answers.values_list("field", "text")) != before:
        _record("handover.written", handover, at, actor, filled=handover.answers.count())
    return handover


def _check_with_giver(handover: Handover) -> None:
    if not handover.is_with_giver:
        raise Refused("given", f"This hand-over is {handover.get_status_display().lower()} already.")


@operation("handover.give", label="Hand over")
def give_handover(handover: Handover, *, at: Moment | None = None, actor: Actor) -> Handover:
    """Hand over to whoever has the taking role on the account. Everything that is needed must be written."""
    form = form_of(handover, actor)
    _check_side(form.giver, actor)
    _check_with_giver(handover)
    written = set(handover.answers.values_list("field", flat=True))
    missing = [(key, each.label) for key, each in form.fields.items() if each.needed and key not in written]
    if missing:
        raise Refused("incomplete", f"Write “{missing[0][1]}” before you hand over.", field=missing[0][0])
    handover.status, handover.round = Handover.Status.GIVEN, handover.round + 1
    handover.giver = actor.person or handover.giver
    handover.taker_id = holder(handover.account_id, form.taker, actor.day)
    handover.given_at, handover.answered_at = when(actor, at).moment, None
    handover.save(update_fields=["status", "round", "giver", "taker", "given_at", "answered_at"])
    _record("handover.given", handover, at, actor)
    return handover


@operation("handover.accept", label="Accept a hand-over")
def accept_handover(handover: Handover, *, at: Moment | None = None, actor: Actor) -> Handover:
    """Take over: what is written is enough to go on with."""
    return _answer(handover, Handover.Status.ACCEPTED, "", at, actor)


@operation("handover.return", label="Send a hand-over back")
def return_handover(handover: Handover, *, reason: Text, at: Moment | None = None, actor: Actor) -> Handover:
    """Send it back to the giver, with what is missing."""
    return _answer(handover, Handover.Status.RETURNED, said(reason, "reason", "what is missing"), at, actor)


def _answer(handover: Handover, status: Handover.Status, reason: str, at: Moment | None, actor: Actor) -> Handover:
    _check_side(form_of(handover, actor).taker, actor)
    if handover.status != Handover.Status.GIVEN:
        raise Refused("not_given", f"This hand-over is {handover.get_status_display().lower()}.")
    handover.status, handover.return_reason = status, reason
    handover.answered_at, handover.taker = when(actor, at).moment, actor.person or handover.taker
    handover.save(update_fields=["status", "return_reason", "answered_at", "taker"])
    _record(f"handover.{status}", handover, at, actor)
    return handover


def written(handover: Handover, form: HandoverForm) -> dict[str, str]:
    """What stands in each field of the form, in its order; empty where nothing does."""
    found = dict(handover.answers.values_list("field", "text"))
    return {key: found.get(key, "") for key in form.fields}
