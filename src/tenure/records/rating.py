"""The rating: parts of a meeting's result judged on a scale, with evidence; a lead may calibrate it, both stay."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tenure.base.errors import Forbidden, Refused
from tenure.blueprint.model import Question
from tenure.facts.contract import declare
from tenure.identity.access import who_may
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Text, check_word
from tenure.records.meeting import Meeting
from tenure.records.row import AccountRow, Moment, fact, said, when
from tenure.records.withdrawal import last_entry, undo

# The ends of each scale as the field uses it.
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "rating": (1, 5)}

FIELDS = {"scale": "text", "part": "text", "value": "number", "of": "id", "type": "text", "calibrated": "boolean"}
declare("rating.given", "Rating given", internal=True, **FIELDS)
declare("rating.withdrawn", "Rating taken back", internal=True, **FIELDS, fact="text")


class Rating(AccountRow):
    """One part of a meeting's result: what was given and, where a lead corrected it, what it was calibrated to."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="ratings")
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="ratings")
    part = models.CharField(max_length=60)
    scale = models.CharField(max_length=10)
    given = models.PositiveSmallIntegerField()
    evidence = models.TextField(blank=True)
    given_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="ratings")
    given_at = models.DateTimeField()
    calibration = models.PositiveSmallIntegerField(null=True)
    calibrated_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    calibrated_at = models.DateTimeField(null=True)
    calibration_reason = models.TextField(blank=True)

    noun: ClassVar[str] = "rating"
    ledger_fields: ClassVar[tuple[str, ...]] = ("scale", "part", "value", "calibrated")
    client_sees: ClassVar[Q | None] = None

    class Meta:
        indexes = [models.Index(fields=["account", "part", "-given_at"])]
        constraints = [models.UniqueConstraint(fields=["meeting", "part"], name="one_rating_per_meeting_and_part")]

    @property
    def value(self) -> int:
        """What counts: the calibration where there is one, else what was given."""
        return self.given if self.calibration is None else self.calibration

    @property
    def calibrated(self) -> bool:
        return self.calibration is not None


def check_value(question: Question, value: int, field: str) -> int:
    """A value on the question's scale."""
    low, high = SCALES[question.scale]
    if not low <= value <= high:
        raise Refused("off_scale", f"{question.text}: answer from {low} to {high}.", field=field)
    return value


@operation("rating.give", label="Rate a meeting")
def give_ratings(
    meeting: Meeting,
    *,
    values: dict[str, int],
    evidence: dict[str, Text] | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> list[Rating]:
    """Rate a meeting that was held, part by part. Rating a part again corrects it; both stay in the ledger."""
    if meeting.status != Meeting.Status.HELD:
        raise Refused("not_held", "A meeting is rated once it was held.")
    times = when(actor, at, known_at)
    if not values:
        raise Refused("empty", "Rate at least one part.", field="values")
    kind = actor.model.meetings.get(meeting.type)
    questions = kind.ratings if kind else {}
    standing = {rating.part: rating for rating in Rating.objects.filter(meeting=meeting)}
    ratings = []
    for part, value in values.items():
        question = questions[check_word("rating", part, questions, "values")]
        check_value(question, value, f"values.{part}")
        words = (evidence or {}).get(part, "").strip()
        _check_evidence(question, words, standing.get(part), part, actor)
        rating = standing.get(part) or Rating(account_id=meeting.account_id, meeting=meeting, part=part)
        corrects = None
        if not rating._state.adding:
            if rating.calibrated:
                raise Refused("calibrated", f"{question.text}: this is calibrated; it stays.", field=f"values.{part}")
            if rating.given == value and (not words or words == rating.evidence):
                ratings.append(rating)
                continue
            corrects = last_entry(rating, "rating.given")
        rating.scale, rating.given, rating.evidence = question.scale, value, words or rating.evidence
        rating.given_by, rating.given_at = actor.person, times.moment
        rating.save()
        fact(
            "rating.given",
            rating,
            when(actor, corrects.happened_at, known_at) if corrects else times,
            corrects=corrects.id if corrects else None,
            of=meeting.pk,
            type=meeting.type,
        )
        ratings.append(rating)
    return ratings


def _check_evidence(question: Question, words: str, before: Rating | None, part: str, actor: Actor) -> None:
    """Whoever rates what they are judged by says what speaks for it; a changed rating may rest on what stood there."""
    if question.evidence and not actor.is_system and not words and not (before and before.evidence):
        mend = "say in a few words what speaks for it"
        raise Refused("no_evidence", f"{question.text}: {mend}.", field=f"evidence.{part}")


@operation("rating.calibrate", label="Calibrate a rating")
def calibrate_rating(rating: Rating, *, value: int, reason: Text, actor: Actor) -> Rating:
    """Set what a rating counts as, with the reason; what was given stays beside it. Nobody calibrates their own."""
    if actor.person is not None and rating.given_by_id == actor.id:
        who = who_may(actor.model, "rating.calibrate")
        raise Forbidden("rating.calibrate", "Whoever gave a rating does not calibrate it.", who)
    kind = actor.model.meetings.get(rating.meeting.type)
    question = kind.ratings.get(rating.part) if kind else None
    if question is not None:
        check_value(question, value, "value")
    entry = last_entry(rating, "rating.given")
    rating.calibration, rating.calibration_reason = value, said(reason, "reason", "why")
    rating.calibrated_by, rating.calibrated_at = actor.person, when(actor, None).moment
    rating.save(update_fields=["calibration", "calibration_reason", "calibrated_by", "calibrated_at"])
    fact(
        "rating.given",
        rating,
        when(actor, entry.happened_at),
        corrects=entry.id,
        of=rating.meeting_id,
        type=rating.meeting.type,
    )
    return rating


@operation("rating.withdraw", label="Undo a rating")
def withdraw_rating(rating: Rating, *, actor: Actor) -> None:
    """Take back a rating that was just given."""
    undo(rating, actor)
