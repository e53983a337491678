"""What the command line prints of scores and versions, as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from tenure.blueprint.model import Model
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.people import Person
from tenure.measures.scorecards import UNKNOWN
from tenure.pipeline.home import read_folder
from tenure.pipeline.lake import lake
from tenure.pipeline.lease import Held
from tenure.pipeline.night import look
from tenure.pipeline.past import recompute
from tenure.pipeline.process import Pipeline
from tenure.records.account import Account
from tenure.work.standing import Standing


def score_now() -> list[str]:
    """Take in what waits, score the day that runs, publish it, and tell how the accounts stand. Raises LeaseTaken."""
    with Held() as lease, lake() as opened:
        pipeline = Pipeline(opened, lease)
        pipeline.run_until_idle()
        run = look(opened, lease, publishes=True)
        pipeline.run_until_idle(nights=False)
    bands = Counter(Standing.objects.exclude(status="closed").values_list("band", flat=True))
    counted = ", ".join(f"{count} {band}" for band, count in sorted(bands.items()))
    seconds = run.seconds or 0
    return [f"{run.accounts} accounts scored for {run.day.isoformat()} in {seconds:.1f} s: {counted or 'none'}."]


def score_as_of(day: date, blueprint: str | None) -> Iterator[str]:
    """Every account's score on a past day, by what was known then; nothing is stored."""
    model: Model | None = read_folder(blueprint).model if blueprint else None
    with lake() as opened:
        past = recompute(opened, day, model=model)
    names = dict(Account.objects.filter(pk__in=list(past.scores)).values_list("pk", "name"))
    card = past.measured.model.scorecards.get(past.measured.model.primary_scorecard or "")
    yield f"{day.isoformat()}, as known at {past.known_through:%Y-%m-%d %H:%M} UTC"
    for account in sorted(past.scores, key=lambda each: (names.get(each, ""), each)):
        made = past.primary(account)
        if card is None or made is None:
            continue
        label = card.bands[made.band].label if made.band in card.bands else UNKNOWN
        value = "-" if made.value is None else f"{made.value:f}"
        yield f"{value:>6}  {label:<10} {names.get(account, account)}: {made.reason(card)}"


def blueprint_history() -> Iterator[str]:
    """The versions of the blueprint, newest first."""
    versions = list(BlueprintVersion.objects.order_by("-id").defer("model", "files"))
    appliers = {row.applied_by_id for row in versions if row.applied_by_id}
    people = dict(Person.objects.filter(pk__in=appliers).values_list("pk", "name"))
    for number, row in enumerate(versions):
        who = people.get(row.applied_by_id or "", "the command line")
        mark = "*" if number == 0 else " "
        note = f"  {row.note}" if row.note else ""
        yield f"{mark} {row.pk:>4}  {row.applied_at:%Y-%m-%d %H:%M} UTC  {row.digest[:12]}  {row.folder}  {who}{note}"
