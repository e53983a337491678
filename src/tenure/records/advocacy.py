"""Advocacy: a client who speaks for us, from being asked to being published, with the consent that it rests on."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from django.db import models
from django.db.models import Q

from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Code, Text, check_address
from tenure.records.contact import Contact
from tenure.records.row import NOW, UNSET, AccountRow, Moment, When, colleague, fact, related, when
from tenure.records.withdrawal import undo

FIELDS = {"type": "text", "stage": "text", "consented_on": "day", "contact": "id", "owner": "id"}
declare("advocacy.asked", "Asked to speak for us", internal=True, **FIELDS)
declare("advocacy.agreed", "Agreed to speak for us", internal=True, **FIELDS)
declare("advocacy.given", "Spoke for us", internal=True, **FIELDS)
declare("advocacy.published", "Their words were published", internal=True, **FIELDS)
declare("advocacy.declined", "Did not want to speak for us", internal=True, **FIELDS, reason="text")
declare("advocacy.withdrawn", "Advocacy taken back", internal=True, **FIELDS, fact="text")

Type = Literal["testimonial", "referral", "review", "case_study", "reference", "story"]
Stage = Literal["asked", "agreed", "given", "published"]
STAGES: tuple[str, ...] = ("asked", "agreed", "given", "published")
IN_PUBLIC = ("testimonial", "case_study", "story")  # what we publish in their name, and so only with their consent


class Advocacy(AccountRow):
    """One thing that a client says or does for us. `evidence` is what they said, `link` where it stands."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="advocacies")
    type = models.CharField(max_length=20)
    stage = models.CharField(max_length=10)  # one of STAGES, or declined
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="advocacies")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="advocacies")
    consented_on = models.DateField(null=True, blank=True)
    link = models.CharField(max_length=500, blank=True)
    evidence = models.TextField(blank=True)
    begun_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True, blank=True)

    noun: ClassVar[str] = "advocacy"
    ledger_fields: ClassVar[tuple[str, ...]] = ("type", "stage", "consented_on")
    client_sees: ClassVar[Q | None] = None

    class Meta:
        indexes = [models.Index(fields=["account", "type", "stage"])]
        verbose_name = "advocacy"

    def __str__(self) -> str:
        return self.type.replace("_", " ").capitalize()

    @property
    def is_open(self) -> bool:
        return self.stage in ("asked", "agreed")


def _record(kind: str, advocacy: Advocacy, times: When = NOW, **data: Any) -> None:
    fact(kind, advocacy, times, contact=advocacy.contact_id, owner=advocacy.owner_id, **data)


def _reach(advocacy: Advocacy, stage: str, times: When, consented_on: date | None, link: str, evidence: str) -> None:
    """Bring it to a stage. Raises Refused where what the stage rests on is missing."""
    advocacy.consented_on = consented_on or advocacy.consented_on
    advocacy.link = check_address(link, "link") or advocacy.link
    advocacy.evidence = evidence.strip() or advocacy.evidence
    if stage in ("given", "published") and not (advocacy.link or advocacy.evidence):
        raise Refused("no_evidence", "Say what they said or whom they sent, or where it stands.", field="evidence")
    if stage == "published" and advocacy.type in IN_PUBLIC and advocacy.consented_on is None:
        raise Refused(
            "no_consent", "Their words are published with their consent; say since when.", field="consented_on"
        )
    if stage in ("given", "published") and advocacy.given_at is None:
        advocacy.given_at = times.moment
    advocacy.stage = stage


@operation("advocacy.log", label="Log a testimonial or referral", undo="advocacy.withdraw")
def log_advocacy(
    account: Account,
    *,
    type: Type,
    stage: Stage = "asked",
    contact: str | None = None,
    owner: str | None = None,
    consented_on: date | None = None,
    link: str = "",
    evidence: Text = "",
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Advocacy:
    """Say that a client was asked to speak for us, agreed, or did so, asked or not."""
    times = when(actor, at, known_at)
    _check_consent(consented_on, actor)
    advocacy = Advocacy(
        account=account,
        type=type,
        contact=related(Contact, contact, account.pk, "contact"),
        owner=colleague(owner) or actor.person,
        begun_at=times.moment,
    )
    _reach(advocacy, stage, times, consented_on, link, evidence)
    advocacy.save(force_insert=True)
    _record(f"advocacy.{stage}", advocacy, times)
    return advocacy


def _check_consent(day: date | None, actor: Actor) -> None:
    if day is not None and day > actor.day:
        raise Refused("in_the_future", "This day has not come yet.", field="consented_on")


@operation("advocacy.move", label="Move a testimonial or referral on")
def move_advocacy(
    advocacy: Advocacy,
    *,
    stage: Stage,
    contact: str | None = UNSET,
    consented_on: date | None = None,
    link: str = "",
    evidence: Text = "",
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Advocacy:
    """Say that it came further: agreed to, given, published."""
    before = STAGES.index(advocacy.stage) if advocacy.stage in STAGES else -1
    if before >= STAGES.index(stage):
        raise Refused("not_further", f"This is {advocacy.stage} already.", field="stage")
    times = when(actor, at, known_at)
    _check_consent(consented_on, actor)
    if contact is not UNSET:
        advocacy.contact = related(Contact, contact, advocacy.account_id, "contact")
    _reach(advocacy, stage, times, consented_on, link, evidence)
    advocacy.save()
    _record(f"advocacy.{stage}", advocacy, times)
    return advocacy


@operation("advocacy.decline", label="Say that they would rather not")
def decline_advocacy(
    advocacy: Advocacy, *, reason: Code, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Advocacy:
    """Say that the client did not want to, and why."""
    if not advocacy.is_open:
        raise Refused("wrong_state", f"This is {advocacy.stage} already.")
    times = when(actor, at, known_at)
    advocacy.stage = "declined"
    advocacy.save(update_fields=["stage"])
    _record("advocacy.declined", advocacy, times, reason=reason)
    return advocacy


@operation("advocacy.withdraw", label="Undo a testimonial or referral")
def withdraw_advocacy(advocacy: Advocacy, *, actor: Actor) -> None:
    """Take back what was just logged."""
    undo(advocacy, actor)
