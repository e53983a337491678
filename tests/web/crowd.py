"""A crowd of accounts made in bulk, for tests of what pages cost: each with a standing, a signal, a promise, a task
and a journey."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection

from tenure.base import clock
from tenure.blueprint.model import Journey
from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.meeting import Meeting
from tenure.work.commitments import Opening
from tenure.work.journeys import ChecklistItem, JourneyRun
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task
from tests.cast import FIRST_DAY

JOURNEY = {
    "label": "Onboarding",
    "stages": {"welcome": {"label": "Welcome", "items": {"folder": {"label": "Set up the folder", "owner": "csm"}}}},
}
TERMS = Journey.model_validate(JOURNEY).model_dump_json()
BANDS = (("red", "2.1", "0.1"), ("yellow", "3.3", "1.3"), ("green", "4.4", "3.4"), ("unknown", None, "2"))


def add_crowd(size: int, owner: Person, like: Account) -> list[str]:
    """`size` accounts like one that exists, carried by `owner`; returns their ids."""
    now = clock.now()
    anchors = AccountAnchor.objects.bulk_create([AccountAnchor() for _ in range(size)], batch_size=500)
    ids = [anchor.pk for anchor in anchors]
    _copy(like, ids)
    Assignment.objects.bulk_create(
        [Assignment(account_id=pk, person=owner, role="csm", from_day=FIRST_DAY) for pk in ids], batch_size=500
    )
    Standing.objects.bulk_create([_standing(n, pk, owner) for n, pk in enumerate(ids)], batch_size=100)
    OpenSignal.objects.bulk_create(
        [
            OpenSignal(account_id=pk, rule="quiet", state="firing", severity="red", kind="risk", owner_role="csm",
                       owner=owner, since=now, fired_at=now)
            for pk in ids
        ],
        batch_size=200,
    )  # fmt: skip
    Opening.objects.bulk_create(
        [
            Opening(rule="reply", account_id=pk, opening="1", opened_at=now, due_at=now + timedelta(hours=5),
                    owner_role="csm", owner=owner)
            for pk in ids
        ],
        batch_size=200,
    )  # fmt: skip
    Task.objects.bulk_create(
        [Task(title=f"Call {n}", account_id=pk, owner=owner, due_at=now, created_at=now) for n, pk in enumerate(ids)],
        batch_size=200,
    )
    runs = [
        JourneyRun(account_id=pk, journey="onboarding", terms=TERMS, stage="welcome", stage_since=now, started_at=now)
        for pk in ids
    ]
    JourneyRun.objects.bulk_create(runs, batch_size=100)
    ChecklistItem.objects.bulk_create(
        [
            ChecklistItem(run=run, key="folder", stage="welcome", position=0, owner=owner, status="open",
                          opened_at=now, due_at=now)
            for run in runs
        ],
        batch_size=100,
    )  # fmt: skip
    Meeting.objects.bulk_create(
        [Meeting(account_id=pk, type="sync", starts_at=now, minutes=30, facilitator=owner) for pk in ids],
        batch_size=200,
    )
    return ids


def _copy(like: Account, ids: list[str]) -> None:
    """Rows of the account's own table, which Django does not insert in bulk for a model that extends another."""
    key = str(Account._meta.pk.column)
    rest = [f.column for f in Account._meta.local_concrete_fields if f.column != key]
    names = ", ".join(f'"{name}"' for name in rest)
    table = Account._meta.db_table
    sql = f'INSERT INTO "{table}" ("{key}", {names}) SELECT %s, {names} FROM "{table}" WHERE "{key}" = %s'
    with connection.cursor() as cursor:
        cursor.executemany(sql, [(pk, like.pk) for pk in ids])


def _standing(number: int, pk: str, owner: Person) -> Standing:
    band, score, rank = BANDS[number % 4]
    return Standing(
        account_id=pk,
        name=f"Account {number:05}",
        owner=owner,
        owner_name=owner.name,
        band=band,
        band_tone=band,
        score=Decimal(score) if score else None,
        health_rank=Decimal(rank),
        segments=" core ",
        signals_open=1,
        signals_rank=3001,
        commitments_open=1,
        spark=[3.0, 3.1, None, 3.3],
        parts=[{"key": "ease", "label": "Ease", "level": 3}],
        metrics={"days_since_meeting": 3.0},
        fields={"tier": "core"},
        explanation={"parts": []},
    )
