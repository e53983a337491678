"""How an attempt is judged: a level for each criterion of the rubric, and the result, which stays as it was given.

The facts of it belong to no account: whoever practises reads the account's timeline, and not what is thought of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, ClassVar

from django.db import models
from pydantic import Field

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.blueprint.model import Rubric
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, record
from tenure.identity.people import Person
from tenure.records.checks import Text, check_word
from tenure.records.practice import Attempt, check_practice, scenario_of

declare("assessment.scored", "Criterion judged", internal=True, attempt="id", criterion="text", level="integer")
declare("assessment.concluded", "Assessment concluded", internal=True, attempt="id", mean="number", passed="boolean")
declare("assessment.shared", "Assessment shown to the candidate", internal=True, attempt="id")

LevelGiven = Annotated[int, Field(ge=1, le=5)]


class Assessment(models.Model):
    """The judgement of one attempt. Concluded, it keeps the rubric as it was, so that it reads the same for ever."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, related_name="assessment")
    assessor = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="assessments")
    concluded_at = models.DateTimeField(null=True, blank=True)
    mean = models.DecimalField(max_digits=4, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(null=True)
    note = models.TextField(blank=True)
    is_shared = models.BooleanField(default=False)
    rubric = models.JSONField(default=dict)

    ledger_fields: ClassVar[tuple[str, ...]] = ()


class CriterionScore(models.Model):
    """A level for one criterion, and why."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="scores")
    criterion = models.CharField(max_length=60)
    level = models.PositiveSmallIntegerField()
    note = models.TextField(blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assessment", "criterion"], name="one_score_per_criterion")]


def compute_result(rubric: Rubric, levels: Mapping[str, int]) -> tuple[Decimal | None, bool | None]:
    """The weighted mean to two decimals and whether it passes; None while a criterion is not judged yet."""
    if any(key not in levels for key in rubric.criteria):
        return None, None
    weight = sum((each.weight for each in rubric.criteria.values()), Decimal(0))
    total = sum((each.weight * levels[key] for key, each in rubric.criteria.items()), Decimal(0))
    mean = (total / weight).quantize(Decimal("0.01"), ROUND_HALF_UP)
    enough = all(levels[key] >= each.least for key, each in rubric.criteria.items())
    return mean, mean >= rubric.passes and enough


def rubric_of(attempt: Attempt, actor: Actor) -> Rubric:
    """The rubric by which an attempt is judged: the one that was kept, where it is concluded."""
    held = Assessment.objects.filter(attempt=attempt).exclude(concluded_at=None).first()
    return Rubric.model_validate(held.rubric) if held else scenario_of(attempt, actor).rubric


def levels_of(attempt: Attempt) -> dict[str, int]:
    rows = CriterionScore.objects.filter(assessment__attempt=attempt)
    return dict(rows.values_list("criterion", "level"))


def _open_assessment(attempt: Attempt) -> Assessment:
    check_practice()
    if attempt.status in (Attempt.Status.INVITED, Attempt.Status.CONCLUDED):
        raise Refused("wrong_state", f"This attempt is {attempt.get_status_display().lower()}.")
    return Assessment.objects.get_or_create(attempt=attempt)[0]


@operation("attempt.score", label="Judge a criterion")
def score_attempt(
    attempt: Attempt, *, criterion: str, level: LevelGiven, note: Text = "", actor: Actor
) -> CriterionScore:
    """Give a level for one criterion. It may be changed until the assessment is concluded."""
    held = _open_assessment(attempt)
    check_word("criterion", criterion, scenario_of(attempt, actor).rubric.criteria, "criterion")
    given: dict[str, Any] = {"level": level, "note": note.strip(), "by": actor.person, "at": clock.now()}
    score, _ = CriterionScore.objects.update_or_create(assessment=held, criterion=criterion, defaults=given)
    record("assessment.scored", held, attempt=attempt.pk, criterion=criterion, level=level)
    return score


@operation("attempt.conclude", label="Conclude an assessment")
def conclude_attempt(attempt: Attempt, *, note: Text = "", share: bool = False, actor: Actor) -> Assessment:
    """Conclude: the result is reckoned by the rubric and kept. `share` lets the candidate read levels and notes."""
    held = _open_assessment(attempt)
    rubric = scenario_of(attempt, actor).rubric
    mean, passed = compute_result(rubric, levels_of(attempt))
    if mean is None:
        raise Refused("incomplete", "Judge every criterion before you conclude.")
    held.mean, held.passed, held.note, held.is_shared = mean, passed, note.strip(), share
    held.assessor, held.concluded_at = actor.person, clock.now()
    held.rubric = rubric.model_dump(mode="json", by_alias=True)
    held.save()
    attempt.status = Attempt.Status.CONCLUDED
    attempt.save(update_fields=["status"])
    record("assessment.concluded", held, attempt=attempt.pk, mean=mean, passed=passed)
    if share:
        record("assessment.shared", held, attempt=attempt.pk)
    return held
