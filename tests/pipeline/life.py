"""A week in the life of a home, in processes that a test may kill anywhere and start again.

It is made; it lives through its moments, going on where it stood; it tells what came of it, without what chance drew.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management import call_command

from tenure.base import clock
from tenure.base.ids import seeded
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.company import install
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import batch
from tenure.identity.people import Person
from tenure.pipeline import night
from tenure.pipeline.cursors import FillState, Run, SetAside
from tenure.pipeline.lake import lake
from tenure.pipeline.process import Pipeline
from tenure.records.account import Account, create_account
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.message import Message, log_message
from tenure.work.commitments import Opening, Verdict
from tenure.work.plays import Play, PlayStep
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task, do_task
from tests.cast import FIRST_DAY, blueprint

BEGUN = datetime(2026, 3, 2, 14, tzinfo=UTC)
STEP = timedelta(hours=8)
MOMENTS = [BEGUN + STEP * step for step in range(15)]
night.AT_ONCE = 2  # so that a night has several transactions

MODEL = blueprint(
    meetings={"sync": {"label": "Sync"}},
    commitments={
        "replies": {
            "label": "Replies",
            "opens": {"on": "message.received"},
            "met_by": [{"on": "message.sent"}],
            "within": "24 hours",
            "owner": "csm",
        },
        "syncs": {
            "label": "Syncs",
            "kind": "cadence",
            "met_by": [{"on": "meeting.held"}],
            "every": "2 days",
            "applies": "tier = 'core'",
            "owner": "csm",
        },
    },
    scorecards={
        "health": {
            "label": "Health",
            "components": {
                "contact": {"label": "Contact", "measure": "days_since_meeting", "points": [[0, 100], [3, 0]]}
            },
            "bands": {
                "red": {"label": "Red", "tone": "red", "from": 0},
                "green": {"label": "Green", "tone": "green", "from": 60},
            },
        }
    },
    signals={"silent": {"label": "Silent", "when": "score < 60", "owner": "csm", "play": "reconnect"}},
    playbooks={
        "reconnect": {
            "label": "Reconnect",
            "steps": {
                "call": {"label": "Call", "owner": "csm"},
                "note": {"label": "Note", "owner": "csm", "after": ["call"]},
            },
        }
    },
)


def make() -> None:
    call_command("migrate", verbosity=0, skip_checks=True)
    with clock.use(clock.SetClock(BEGUN)), seeded(1):
        install(MODEL, files={}, folder="scenario")
        person = Person.objects.create(email="alice@example.com", name="Alice")
        person.memberships.create(role="csm", from_day=FIRST_DAY)
        system = Actor.machine("scenario")
        for number in range(5):
            account = create_account(name=f"Account {number}", tier=["core", "growth"][number % 2], actor=system)
            Assignment.objects.create(account_id=account.pk, person=person, role="csm", from_day=FIRST_DAY)


def act(step: int) -> None:
    """What people do at a moment: in one transaction with the mark that it was done."""
    if FillState.objects.filter(run="scenario", step=str(step)).exists():
        return
    actor = Actor.machine("people")
    with batch(actor):
        for number, account in enumerate(Account.objects.order_by("name")):
            if (step + number * 2) % 8 == 0:
                meeting = schedule_meeting(account, type="sync", starts_at=clock.now(), minutes=5, actor=actor)
                hold_meeting(meeting, actor=actor)
            if (step * 2 + number) % 4 == 0:
                log_message(account, direction="in", actor=actor)
            if (step + number) % 6 == 1:
                waiting = Message.objects.filter(account=account, direction="in", answered_at=None).first()
                log_message(account, direction="out", answers=waiting.pk if waiting else None, actor=actor)
        for task in Task.objects.filter(status="open").order_by("created_at", "account__standing__name")[:2]:
            do_task(task, actor=actor)
        FillState.objects.create(run="scenario", step=str(step), finished_at=clock.now())


def live() -> None:
    done = set(FillState.objects.filter(run="lived").values_list("step", flat=True))
    with clock.use(clock.SetClock(BEGUN)) as hands, lake() as opened:
        assert isinstance(hands, clock.SetClock)
        pipeline = Pipeline(opened)
        for step, moment in enumerate(MOMENTS):
            hands.set(moment)
            if str(step) in done:
                continue
            # Ids are drawn by chance, as in earnest: a seed would give those of a killed process to the next one again.
            act(step)
            pipeline.run_until_idle()
            FillState.objects.create(run="lived", step=str(step), finished_at=moment)


def tell() -> None:
    names = dict(Account.objects.values_list("pk", "name"))

    def named(value: Any) -> Any:
        return names.get(value, value) if isinstance(value, str) else value

    def plain(rows: Any, *fields: str) -> list[str]:
        return sorted(json.dumps([named(v) for v in row], default=str) for row in rows.values_list(*fields))

    def facts() -> list[str]:
        kept = {
            "rule",
            "verdict",
            "due_at",
            "severity",
            "state",
            "playbook",
            "step",
            "outcome",
            "score",
            "band",
            "before",
        }
        return sorted(
            json.dumps(
                [e.kind, names.get(e.account_id, ""), str(e.happened_at), str(e.recorded_at)]
                + [[k, v] for k, v in sorted(e.data.items()) if k in kept],
                default=str,
            )
            for e in LedgerEntry.objects.all()
        )

    with lake() as opened:
        counts = {name: opened.execute(opened.read(name)).num_rows for name in ("ledger", "measures", "scores")}
        ids = opened.execute(opened.read("ledger", columns=["id"]))["id"].to_pylist()
    told = {
        "facts": facts(),
        "openings": plain(Opening.objects, "rule", "account_id", "status", "opened_at", "due_at", "met_at"),
        "verdicts": plain(
            Verdict.objects, "opening__rule", "opening__account_id", "verdict", "happened_at", "known_at"
        ),
        "signals": plain(OpenSignal.objects, "rule", "account_id", "state", "since", "fired_at", "resolved_at"),
        "plays": plain(Play.objects, "playbook", "account_id", "status", "started_at"),
        "steps": plain(PlayStep.objects, "play__account_id", "key", "status", "opened_at", "due_at"),
        "tasks": plain(Task.objects, "account_id", "title", "status", "due_at", "created_at", "closed_at"),
        "standings": plain(
            Standing.objects,
            *("account_id", "score", "band", "band_since", "previous_score", "score_day", "reason", "spark"),
            *("next_step", "signals_open", "commitments_open", "commitments_overdue", "metrics"),
        ),
        "runs": plain(Run.objects, "id", "status", "accounts", "edition"),
        "aside": SetAside.objects.count(),
        "lake": counts,
        "exported once": len(ids) == len(set(ids)) == LedgerEntry.objects.filter(id__lte=max(ids)).count(),
    }
    print(json.dumps(told))


ACTS = {"make": make, "live": live, "tell": tell}
