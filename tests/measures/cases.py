"""The one table of what measures come to, worked out by hand. Every engine is tried on all of it.

Facts are lines as `tenure.measures.trial` reads them; the day in question is 31 March 2026 unless a case says another.
A window of 28 days before that day begins on 4 March, one of 90 days on 1 January, one of 180 on 3 October 2025.
"""

from datetime import date
from typing import NamedTuple


class Example(NamedTuple):
    column: str
    lines: tuple[str, ...]
    expected: float | None
    on: date = date(2026, 3, 31)
    zone: str = "UTC"


MARCH_10 = date(2026, 3, 10)

USAGE = (
    # Ann twice and Bob once are two people; Cid used it on 3 March, the day before the window begins.
    Example("active_users", ("03-04 event user=ann", "03-31 event user=ann", "03-31 event user=bob"), 2.0),
    Example("active_users", ("03-03 event user=cid",), 0.0),
    Example("active_users", ("04-01 event user=dan",), 0.0),
    Example("active_users/1", ("03-30 event user=ann", "03-31 event user=bob"), 1.0),
    Example("active_users@28", ("03-03 event user=cid", "03-31 event user=ann", "03-31 event user=bob"), 1.0),
    Example("active_users/7@7", ("03-18 event user=ann", "03-24 event user=bob", "03-25 event user=cid"), 2.0),
    # An event that names nobody was somebody's all the same.
    Example("active_users", ("03-20 event name=export",), None),
    Example("usage_events", (), 0.0),
    Example("usage_events", ("03-10 event count=2.5", "03-10 event count=4"), 6.5),
    Example("usage_events", ("03-10 event account=other",), 0.0),
    Example("usage_days", ("03-10 event user=a", "03-10 event user=b", "03-11 event user=a"), 2.0),
    Example("usage_seconds", ("03-10 event seconds=90", "03-11 event"), 90.0),
    Example("usage_errors", ("03-10 event errors=3 count=6", "03-03 event errors=5"), 3.0),
    Example("error_rate", ("03-10 event errors=3 count=6", "03-11 event count=6"), 0.25),
    Example("error_rate", (), None),
    Example("features_used", ("03-10 event name=a", "03-11 event name=b", "03-12 event name=a"), 2.0),
    # Two people; Ann on 2 days and Bob on 2 are 4 user-days of 28: 4 / 28 = 1/7 daily, over 2 people 1/14.
    Example(
        "stickiness",
        ("03-10 event user=a", "03-11 event user=a", "03-11 event user=b", "03-12 event user=b"),
        1 / 14,
    ),
    Example("stickiness/1", ("03-31 event user=a", "03-31 event user=a name=b"), 1.0),
    Example("stickiness", (), None),
    Example("usage_change", ("02-10 event count=8", "03-10 event count=10"), 0.25),
    Example("usage_change", ("03-10 event count=10",), None),
    Example("usage_change", ("02-10 event count=8",), -1.0),
    Example("usage_change/7", ("03-20 event count=4", "03-30 event count=1"), -0.75),
    # The two windows of 28 days before 10 March reach back to 13 January: 10 against 4.
    Example("usage_change@21", ("02-01 event count=4", "03-10 event count=10"), 1.5),
    Example("days_since_usage", ("03-31 event",), 0.0),
    Example("days_since_usage", ("01-01 event",), 89.0),
    Example("days_since_usage", (), None),
    Example("days_since_usage@10", ("03-11 event", "03-25 event"), 10.0),
    Example("active_users_per_seat", ("01-01 contract.started seats=4", "03-31 event user=ann"), 0.25),
    Example("active_users_per_seat", ("03-31 event user=ann",), None),
    Example("active_users_per_seat", ("01-01 contract.started seats=0", "03-31 event user=ann"), None),
)

ENGAGEMENT = (
    Example("meetings_held", ("03-10 meeting.held subject=m1", "03-03 meeting.held subject=m2"), 1.0),
    Example("meetings_held", ("03-20 meeting.scheduled subject=m1",), 0.0),
    # Missed, then held after all: it is held, and not missed.
    Example("meetings_held", ("03-10 meeting.missed subject=m1", "03-12 meeting.held subject=m1"), 1.0),
    Example("meetings_missed", ("03-10 meeting.missed subject=m1", "03-12 meeting.held subject=m1"), 0.0),
    Example("meetings_missed", ("03-10 meeting.missed subject=m1", "03-12 meeting.missed subject=m2"), 2.0),
    Example("meetings_missed@20", ("03-10 meeting.missed subject=m1", "03-12 meeting.held subject=m1"), 1.0),
    Example("days_since_meeting", ("03-10 meeting.held", "03-30 meeting.missed"), 21.0),
    Example("days_since_meeting", ("03-30 meeting.scheduled",), None),
    # The review is the last meeting; the last sync, 11 March, was moved by nothing since and lies 20 days back.
    Example(
        "days_since_meeting_sync",
        (
            "03-01 meeting.held type=sync",
            "03-11 meeting.held type=sync",
            "03-30 meeting.held type=review",
            "03-30 meeting.missed type=sync",
        ),
        20.0,
    ),
    Example("days_since_meeting", ("03-11 meeting.held type=sync", "03-30 meeting.held type=review"), 1.0),
    Example("days_since_meeting_sync", ("03-30 meeting.held type=review",), None),
    # Three came of four that were due: the one that we missed is on neither side.
    Example(
        "meeting_attendance_rate",
        (
            "01-10 meeting.held attended=true",
            "02-10 meeting.held attended=true",
            "03-10 meeting.held",
            "03-20 meeting.held attended=false",
            "03-21 meeting.missed whose=us",
        ),
        0.75,
    ),
    Example("meeting_attendance_rate", ("03-10 meeting.missed whose=client", "03-12 meeting.missed"), 0.0),
    Example("meeting_attendance_rate", ("03-21 meeting.missed whose=us",), None),
    # Of the two syncs they came to one; the review counts for meetings as a whole.
    Example(
        "attendance_sync",
        (
            "03-10 meeting.held type=sync",
            "03-20 meeting.missed type=sync whose=client",
            "03-21 meeting.held type=review",
            "03-22 meeting.missed type=sync whose=us",
        ),
        0.5,
    ),
    Example("attendance_sync", ("03-21 meeting.held type=review",), None),
    Example("messages_received", ("03-10 message.received", "03-10 message.received", "03-10 message.sent"), 2.0),
    Example("messages_received", (), 0.0),
    Example("messages_sent/7", ("03-24 message.sent", "03-25 message.sent"), 1.0),
    # Two threads: in the first the answer of the 11th came before the second question; the other was settled by phone.
    Example(
        "messages_unanswered",
        (
            "03-10 message.received subject=a thread=a",
            "03-11 message.sent subject=b thread=a",
            "03-12 message.received subject=c thread=a",
            "03-12 message.received subject=d thread=d",
            "03-13 message.settled subject=d thread=d",
            "03-14 message.sent subject=e thread=e",
        ),
        1.0,
    ),
    Example("messages_unanswered", ("03-31 message.received subject=a", "04-01 message.sent subject=b thread=a"), 1.0),
    Example("messages_unanswered", (), 0.0),
    Example("days_since_contact", ("03-01 meeting.held", "03-21 message.sent"), 10.0),
    Example("days_since_contact", ("03-01 note.logged",), None),
    Example("days_since_contact", ("03-01 activity.logged type=visit", "03-21 activity.logged type=time"), 30.0),
    Example("activities_logged", ("03-10 activity.logged type=call", "03-04 activity.logged type=visit"), 2.0),
    Example("activities_logged", ("03-03 activity.logged type=call",), 0.0),
    Example("activities_logged", ("03-10 activity.logged type=time", "03-10 activity.logged"), 1.0),
    Example("open_tasks_overdue", ("03-10 task.created subject=t due_at=2026-03-31T23:59:59+00:00",), 1.0),
    Example("open_tasks_overdue", ("03-10 task.created subject=t due_at=2026-04-01T00:00:00+00:00",), 0.0),
    Example(
        "open_tasks_overdue",
        (
            "03-10 task.created subject=t due_at=2026-03-20T12:00:00+00:00",
            "03-21 task.done subject=t due_at=2026-03-20T12:00:00+00:00",
        ),
        0.0,
    ),
    Example(
        "open_tasks_overdue@10",
        (
            "03-10 task.created subject=t due_at=2026-03-20T12:00:00+00:00",
            "03-22 task.done subject=t due_at=2026-03-20T12:00:00+00:00",
        ),
        1.0,
    ),
    Example("open_tasks_overdue", ("03-10 task.created subject=t",), 0.0),
    # A task put off is due when it was put off to.
    Example(
        "open_tasks_overdue",
        (
            "03-10 task.created subject=t due_at=2026-03-20T12:00:00+00:00",
            "03-19 task.changed subject=t due_at=2026-04-20T12:00:00+00:00",
        ),
        0.0,
    ),
    # In New York the 31st ends at 04:00 UTC on 1 April: what is due at 03:00 UTC is overdue by then.
    Example(
        "open_tasks_overdue",
        ("03-10 task.created subject=t due_at=2026-04-01T03:00:00+00:00",),
        1.0,
        zone="America/New_York",
    ),
)

DELIVERY = (
    Example(
        "commitments_met_rate",
        ("03-01 commitment.met", "03-02 commitment.met", "03-03 commitment.met", "03-04 commitment.missed"),
        0.75,
    ),
    Example("commitments_met_rate", ("03-01 commitment.opened",), None),
    Example("commitments_met_rate", ("2025-12-31 commitment.met", "01-01 commitment.missed"), 0.0),
    # Restated in March, the verdict is still on the promise of January, which a window of 28 days does not hold.
    Example(
        "commitments_met_rate/28",
        (
            "01-10 commitment.missed subject=c1",
            "03-20 commitment.restated subject=c1 verdict=met",
            "03-21 commitment.missed subject=c2",
        ),
        0.0,
    ),
    Example(
        "commitments_met_rate",
        ("01-10 commitment.missed subject=c1", "03-20 commitment.restated subject=c1 verdict=met"),
        1.0,
    ),
    # One of the promise was missed and stands; the other verdict was restated; the third is another promise's.
    Example(
        "missed_reply",
        (
            "03-10 commitment.missed subject=a rule=reply",
            "03-11 commitment.missed subject=b rule=reply",
            "03-12 commitment.restated subject=b rule=reply verdict=met",
            "03-12 commitment.missed subject=c rule=notes",
        ),
        1.0,
    ),
    Example("missed_reply/14", ("03-10 commitment.missed rule=reply",), 0.0),
    Example("commitments_missed", ("03-01 commitment.missed", "03-02 commitment.missed", "03-03 commitment.met"), 2.0),
    Example("commitments_missed", ("03-01 commitment.missed subject=c1", "03-02 commitment.cancelled subject=c1"), 0.0),
    Example("commitments_missed", (), 0.0),
    Example(
        "commitments_open_overdue",
        (
            "03-10 commitment.opened subject=c1 due_at=2026-03-20T12:00:00+00:00",
            "03-10 commitment.opened subject=c2 due_at=2026-03-20T12:00:00+00:00",
            "03-21 commitment.missed subject=c2 due_at=2026-03-20T12:00:00+00:00",
            "03-10 commitment.opened subject=c3 due_at=2026-03-20T12:00:00+00:00",
            "03-15 commitment.paused subject=c3 due_at=2026-03-20T12:00:00+00:00",
            "03-10 commitment.opened subject=c4 due_at=2026-04-20T12:00:00+00:00",
        ),
        1.0,
    ),
    Example("deliverables_delivered", ("03-10 deliverable.delivered", "03-11 deliverable.planned"), 1.0),
    Example("deliverables_delivered", ("03-03 deliverable.delivered",), 0.0),
    Example("days_in_stage", ("01-01 account.created stage=start", "03-11 account.changed stage=grow"), 20.0),
    # Back in the first stage: counted from the return.
    Example(
        "days_in_stage",
        (
            "01-01 account.created stage=start",
            "02-01 account.changed stage=grow",
            "03-01 account.changed stage=start",
            "03-11 account.changed stage=start tier=pro",
        ),
        30.0,
    ),
    Example("days_in_stage", ("01-01 account.created",), None),
    # Of four: i1 is done, i2 is open past due, i3 is due on 5 April only, i4 was left out: 1 of 2.
    Example(
        "checklist_completion_rate",
        (
            "03-02 checklist.opened subject=i1 due_at=2026-03-04T17:00:00+00:00",
            "03-09 checklist.done subject=i1",
            "03-03 checklist.opened subject=i2 due_at=2026-03-20T17:00:00+00:00",
            "03-03 checklist.opened subject=i3 due_at=2026-04-05T17:00:00+00:00",
            "03-03 checklist.opened subject=i4 due_at=2026-03-05T17:00:00+00:00",
            "03-04 checklist.skipped subject=i4 due_at=2026-03-05T17:00:00+00:00",
        ),
        0.5,
    ),
    # Blocked, it is as late as before; open again, it is no longer done: 0 of 2.
    Example(
        "checklist_completion_rate",
        (
            "03-03 checklist.opened subject=i1 due_at=2026-03-20T17:00:00+00:00",
            "03-04 checklist.blocked subject=i1 due_at=2026-03-20T17:00:00+00:00",
            "03-03 checklist.done subject=i2 due_at=2026-03-20T17:00:00+00:00",
            "03-04 checklist.reopened subject=i2 due_at=2026-03-20T17:00:00+00:00",
        ),
        0.0,
    ),
    Example("checklist_completion_rate", ("03-03 checklist.opened due_at=2026-04-20T17:00:00+00:00",), None),
    Example("checklist_completion_rate", ("03-03 checklist.cancelled due_at=2026-03-20T17:00:00+00:00",), None),
    Example("checklist_completion_rate", (), None),
    # The day ends nine hours after 15:00: from 11 March that is 20 days and nine hours, from 25 March six days.
    Example(
        "checklist_blocked_days",
        (
            "03-25 checklist.opened subject=i1 since=2026-03-25T15:00:00+00:00",
            "03-11 checklist.blocked subject=i2 since=2026-03-11T15:00:00+00:00",
            "03-01 checklist.blocked subject=i3 since=2026-03-01T15:00:00+00:00",
            "03-02 checklist.done subject=i3",
        ),
        20.0,
    ),
    # Not a whole day yet.
    Example("checklist_blocked_days", ("03-31 checklist.opened since=2026-03-31T01:00:00+00:00",), 0.0),
    Example("checklist_blocked_days", ("03-11 checklist.opened",), 0.0),
    Example("checklist_blocked_days", ("03-11 checklist.done",), None),
    Example("checklist_blocked_days", (), None),
    Example("days_in_stage", ("01-01 account.created stage=start", "03-11 account.changed stage="), None),
)

SUPPORT = (
    Example("issues_opened", ("03-04 issue.opened", "03-03 issue.opened", "03-10 issue.opened severity=low"), 2.0),
    Example("issues_opened", (), 0.0),
    Example(
        "issues_open",
        (
            "01-10 issue.opened subject=i1",
            "01-10 issue.opened subject=i2",
            "02-10 issue.resolved subject=i2",
            "03-10 issue.opened subject=i3",
            "03-11 issue.resolved subject=i3",
            "03-12 issue.reopened subject=i3",
        ),
        2.0,
    ),
    Example("issues_open@49", ("01-10 issue.opened subject=i1", "02-10 issue.resolved subject=i1"), 0.0),
    Example("issues_open@50", ("01-10 issue.opened subject=i1", "02-10 issue.resolved subject=i1"), 1.0),
    # Opened and settled on one day: it was never open at a day's end.
    Example("issues_open", ("03-31T09:00 issue.opened subject=i1", "03-31T15:00 issue.resolved subject=i1"), 0.0),
    Example(
        "urgent_issues_open",
        (
            "03-10 issue.opened subject=i1 severity=low",
            "03-11 issue.changed subject=i1 severity=urgent",
            "03-10 issue.opened subject=i2 severity=urgent",
            "03-12 issue.changed subject=i2 severity=normal",
            "03-10 issue.opened subject=i3 severity=urgent",
            "03-12 issue.resolved subject=i3 severity=urgent",
        ),
        1.0,
    ),
    # 24 hours and 6 hours; the third was reopened, the fourth resolved before the window.
    Example(
        "issue_resolution_hours/28",
        (
            "03-10T09:00 issue.opened subject=i1",
            "03-11T09:00 issue.resolved subject=i1",
            "03-12T09:00 issue.opened subject=i2",
            "03-12T15:00 issue.resolved subject=i2",
            "03-10T09:00 issue.opened subject=i3",
            "03-13T09:00 issue.resolved subject=i3",
            "03-14T09:00 issue.reopened subject=i3",
            "01-10T09:00 issue.opened subject=i4",
            "01-11T10:00 issue.resolved subject=i4",
        ),
        15.0,
    ),
    Example("issue_resolution_hours", ("03-10 issue.opened",), None),
    # Rated a week after it was resolved, it is resolved as long as before; the second resolution counts.
    Example(
        "issue_resolution_hours",
        (
            "03-10T09:00 issue.opened subject=i1 status=open",
            "03-10T11:00 issue.resolved subject=i1 status=resolved",
            "03-10T12:00 issue.reopened subject=i1 status=open",
            "03-10T17:00 issue.resolved subject=i1 status=resolved",
            "03-17T09:00 issue.rated subject=i1 status=resolved satisfaction=4",
        ),
        8.0,
    ),
    # Summer time begins in New York on 8 March 2026: from 21:00 to 09:00 are 11 hours by the clock.
    Example(
        "issue_resolution_hours",
        ("03-07T21:00 issue.opened subject=i1", "03-08T09:00 issue.resolved subject=i1"),
        11.0,
        zone="America/New_York",
    ),
    Example(
        "issue_satisfaction",
        ("03-10 issue.resolved satisfaction=5", "03-11 issue.resolved satisfaction=2", "03-12 issue.resolved"),
        3.5,
    ),
    Example("issue_satisfaction", ("03-12 issue.resolved",), None),
    Example(
        "issue_satisfaction/7",
        (
            "03-10 issue.opened subject=i1",
            "03-11 issue.rated subject=i1 satisfaction=2",
            "03-30 issue.logged subject=i1 satisfaction=2",
            "03-10 issue.opened subject=i2",
            "03-28 issue.rated subject=i2 satisfaction=5",
        ),
        5.0,
    ),
    Example(
        "issues_escalated",
        (
            "03-01 issue.opened subject=i1",
            "03-02 issue.escalated subject=i1",
            "03-03 issue.escalated subject=i1",
            "03-01 issue.opened subject=i2 escalated=true",
            "03-02 issue.resolved subject=i2 escalated=true",
            "03-01 issue.opened subject=i3 escalated=false",
        ),
        2.0,
    ),
)

OUTCOMES = (
    # 20 of 40 days are gone on 31 March. The first has half its way behind it, the second a quarter, the third ended.
    Example(
        "goals_on_track_rate",
        (
            "03-11 goal.set subject=g1 baseline=0 target=100 current=50 due_on=2026-04-20",
            "03-11 goal.set subject=g2 baseline=0 target=100 current=25 due_on=2026-04-20",
            "03-11 goal.set subject=g3 baseline=0 target=100 current=0 due_on=2026-04-20",
            "03-12 goal.missed subject=g3 baseline=0 target=100 current=0 due_on=2026-04-20 status=missed",
        ),
        0.5,
    ),
    # Fewer is better: from 80 down to 40, and 50 is three quarters of the way.
    Example("goals_on_track_rate", ("03-11 goal.set baseline=80 target=40 current=50 due_on=2026-04-20",), 1.0),
    # Past its due day it is on track only when it is there.
    Example("goals_on_track_rate", ("03-01 goal.set baseline=0 target=10 current=9 due_on=2026-03-11",), 0.0),
    Example("goals_on_track_rate", ("03-01 goal.set due_on=2026-05-11",), None),
    Example("goals_on_track_rate", (), None),
    # Given on the 10th and published on the 20th: once, on the 10th.
    Example("advocacy_given", ("03-10 advocacy.given subject=a", "03-20 advocacy.published subject=a"), 1.0),
    Example("advocacy_given/14", ("03-10 advocacy.given subject=a", "03-20 advocacy.published subject=a"), 0.0),
    Example("advocacy_given", ("03-10 advocacy.published", "03-11 advocacy.given"), 2.0),
    Example("advocacy_given", ("03-10 advocacy.asked", "03-11 advocacy.agreed", "03-12 advocacy.declined"), 0.0),
    Example("advocacy_given/28", ("03-03 advocacy.given",), 0.0),
    Example("testimonials_given", ("03-10 advocacy.given type=testimonial", "03-10 advocacy.given type=review"), 1.0),
    Example("referrals_given", ("03-10 advocacy.given type=referral", "03-11 advocacy.given type=referral"), 2.0),
    Example("reviews_given", ("03-10 advocacy.given type=review subject=a",), 1.0),
    Example("reviews_given", (), 0.0),
    Example("goals_attained", ("03-10 goal.attained subject=g1", "03-11 goal.confirmed subject=g1"), 1.0),
    Example("goals_attained", ("03-10 goal.set",), 0.0),
    Example("goals_attained/28", ("03-03 goal.attained",), 0.0),
    # 2 promoters, 1 passive, 1 detractor of 4: 50 - 25.
    Example(
        "survey_nps",
        (
            "03-01 survey.answered scale=nps score=10",
            "03-01 survey.answered scale=nps score=9",
            "03-01 survey.answered scale=nps score=8",
            "03-01 survey.answered scale=nps score=6",
            "03-01 survey.answered scale=csat score=1",
        ),
        25.0,
    ),
    Example("survey_nps", ("03-01 survey.answered scale=csat score=1",), None),
    Example(
        "survey_csat",
        (
            "03-01 survey.answered scale=csat score=4",
            "03-01 survey.answered scale=csat score=5",
            "03-01 survey.answered scale=csat score=3",
            "03-01 survey.answered scale=csat",
        ),
        200 / 3,
    ),
    Example("survey_csat", (), None),
    # Two of the three that a meeting asked are satisfied; what was asked without a meeting does not count.
    Example(
        "meeting_csat",
        (
            "03-01 survey.answered scale=csat score=4 meeting=m1",
            "03-02 survey.answered scale=csat score=5 meeting=m2",
            "03-03 survey.answered scale=csat score=3 meeting=m3",
            "03-04 survey.answered scale=csat score=1",
            "03-05 survey.answered scale=nps score=9 meeting=m3",
        ),
        200 / 3,
    ),
    Example("meeting_csat", ("03-04 survey.answered scale=csat score=1",), None),
    Example("rating_ease", ("03-10 rating.given part=ease value=4", "03-10 rating.given part=pace value=1"), 4.0),
    Example(
        "rating_ease", ("03-10T09:00 rating.given part=ease value=4", "03-10T10:00 rating.given part=ease value=2"), 2.0
    ),
    Example("rating_ease@21", ("03-10 rating.given part=ease value=4", "03-20 rating.given part=ease value=2"), 4.0),
    Example("rating_ease", ("03-10 rating.given part=pace value=4",), None),
)

COMMERCIAL = (
    Example("amount", (), None),
    Example("amount", ("01-01 contract.started amount=1000 starts_on=2026-04-01",), 0.0),
    Example("amount", ("01-01 contract.started amount=1000 starts_on=2026-01-01 ends_on=2026-03-31",), 1000.0),
    Example("amount", ("01-01 contract.started amount=1000 starts_on=2026-01-01 ends_on=2026-03-30",), 0.0),
    # Past its end it runs on where it renews by itself, until another contract has renewed it.
    Example(
        "amount",
        ("01-01 contract.started amount=1000 starts_on=2025-03-01 ends_on=2026-02-28 auto_renew=true",),
        1000.0,
    ),
    Example(
        "amount",
        (
            "01-01 contract.started subject=k1 amount=1000 starts_on=2025-03-01 ends_on=2026-02-28 auto_renew=true",
            "02-20 contract.renewed subject=k2 renews=k1 amount=1500 starts_on=2026-03-01 ends_on=2027-02-28",
        ),
        1500.0,
    ),
    # Ended in February for the end of May, it runs until then.
    Example(
        "amount",
        (
            "01-01 contract.started subject=k amount=1000 starts_on=2026-01-01 ends_on=2026-12-31 auto_renew=true",
            "02-20 contract.ended subject=k amount=1000 starts_on=2026-01-01 ends_on=2026-05-31 churned=true",
        ),
        1000.0,
    ),
    Example("amount", ("01-01 contract.started amount=1000", "01-01 contract.started"), None),
    Example(
        "amount", ("01-01 contract.started amount=1 currency=USD", "01-01 contract.started amount=1 currency=EUR"), None
    ),
    Example(
        "amount_change/60",
        ("01-01 contract.started subject=k amount=1000", "03-01 contract.changed subject=k amount=800"),
        -0.2,
    ),
    Example("amount_change", ("01-01 contract.started subject=k amount=1000",), None),
    Example("seats", ("01-01 contract.started seats=5", "02-01 contract.started seats=7"), 12.0),
    Example("seats", ("01-01 account.created seats=9",), 9.0),
    Example("seats", (), None),
    Example("seats_contracted", ("01-01 contract.started ends_on=2026-02-01 seats=5",), None),
    Example("seats_of_account", ("01-01 account.created seats=9", "03-01 account.changed seats=8"), 8.0),
    Example("days_to_renewal", ("01-01 contract.started starts_on=2026-01-01 ends_on=2026-03-31",), 0.0),
    Example(
        "days_to_renewal",
        ("01-01 contract.started ends_on=2026-06-29", "01-01 contract.started ends_on=2026-05-30"),
        60.0,
    ),
    Example("days_to_renewal", ("01-01 contract.started",), None),
    # Renewed already: what counts is the end of the next term, 30 April 2027, 395 days ahead.
    Example(
        "days_to_renewal",
        (
            "01-01 contract.started subject=k1 starts_on=2025-05-01 ends_on=2026-03-30",
            "03-01 contract.renewed subject=k2 renews=k1 starts_on=2026-03-31 ends_on=2027-04-30",
        ),
        395.0,
    ),
    Example(
        "days_to_renewal",
        ("01-01 contract.started subject=k ends_on=2026-12-31", "02-01 contract.ended subject=k ends_on=2026-05-31"),
        None,
    ),
    Example(
        "contract_age_days",
        (
            "01-01 contract.started subject=k1 starts_on=2025-03-31 ends_on=2026-12-31",
            "01-01 contract.started subject=k2 starts_on=2024-03-31 ends_on=2025-03-30",
        ),
        365.0,
    ),
    # First signed on 1 January, renewed by a new term in March, closed on the 21st: 89 days ago, a client for 79.
    Example("client_age_days", ("01-01 contract.started", "03-01 contract.started", "03-21 account.closed"), 89.0),
    Example("client_days", ("01-01 contract.started", "03-01 contract.started", "03-21 account.closed"), 79.0),
    Example("client_days", ("01-01 contract.started", "02-01 account.closed", "03-01 account.reopened"), 89.0),
    Example("client_days", ("03-01 contract.started starts_on=2025-12-31",), 90.0),
    Example("client_days", ("03-21 account.closed",), None),
    Example("client_age_days", (), None),
    Example("contract_age_days", ("03-01 contract.started subject=k", "03-10 contract.changed subject=k"), 30.0),
    Example("contract_age_days", ("01-01 contract.started ends_on=2026-02-01",), None),
    Example(
        "downgrades",
        (
            "01-01 contract.started subject=k1 amount=10",
            "02-01 contract.changed subject=k1 amount=8 amount_before=10",
            "02-02 contract.changed subject=k1 amount=12 amount_before=8",
            "02-03 contract.renewed subject=k2 amount=6 amount_before=12",
        ),
        2.0,
    ),
    Example("downgrades", ("01-01 contract.started amount=10",), 0.0),
    Example("downgrades", (), None),
    Example("account_lost", ("02-01 account.churned", "03-01 account.reopened"), 0.0),
    Example("account_lost", ("02-01 account.closed",), 1.0),
    Example("account_lost", (), 0.0),
    Example("contracts_lost", (), None),
    Example("contracts_lost", ("02-01 contract.started",), 0.0),
    Example("contracts_lost", ("02-01 contract.ended ends_on=2026-03-30 churned=true",), 1.0),
    # Notice was given, and the contract still runs.
    Example("contracts_lost", ("02-01 contract.ended ends_on=2026-03-31 churned=true",), 0.0),
    Example("contracts_lost", ("02-01 contract.ended ends_on=2026-03-01 churned=false",), 0.0),
    # One of two contracts went: the client stays.
    Example("churned", ("02-01 contract.ended ends_on=2026-02-01 churned=true", "01-01 contract.started"), 0.0),
    Example("churned", ("02-01 contract.ended ends_on=2026-02-01 churned=true",), 1.0),
    Example("churned", ("02-01 account.churned",), 1.0),
    Example("churned@60", ("02-01 account.churned",), 0.0),
    Example("churned", (), 0.0),
    Example("score", ("03-01 score.banded band=green score=82",), 82.0),
    Example("score", (), None),
    Example("score", ("03-01 score.banded band=green score=82", "03-02 score.banded band=unknown"), None),
    # The same band said again does not begin it anew.
    Example(
        "score_days_in_band",
        (
            "03-01 score.banded band=red score=10",
            "03-11 score.banded band=green score=80",
            "03-21 score.banded band=green score=90",
        ),
        20.0,
    ),
    Example("score_days_in_band", (), None),
)

POINTS = (
    Example("metric_leads", ("03-04 point metric=leads value=3", "03-31 point metric=leads value=4"), 7.0),
    Example("metric_leads", ("03-03 point metric=leads value=3", "03-31 point metric=views value=4"), 0.0),
    Example("metric_leads/7", ("03-24 point metric=leads value=3", "03-25 point metric=leads value=4"), 4.0),
    # A person enters on 20 March what is of 1 March.
    Example("metric_leads", ("03-20 point.entered metric=leads value=5 day=2026-03-01",), 0.0),
    Example("metric_leads@20", ("03-10 point.entered metric=leads value=5 day=2026-03-01",), 5.0),
    Example("metric_price", ("03-10 point metric=price value=3", "03-11 point metric=price value=4"), 3.5),
    Example("metric_price", (), None),
    Example("metric_peak", ("03-10 point metric=peak value=9", "03-11 point metric=peak value=4"), 9.0),
    Example("metric_peak", (), None),
    Example("metric_stock", ("03-10 point metric=stock value=9", "03-11 point metric=stock value=4"), 4.0),
    Example("metric_stock", ("03-03 point metric=stock value=9",), None),
    Example("metric_stock", ("03-11T08:00 point metric=stock value=9", "03-11T07:00 point metric=stock value=4"), 9.0),
    Example("metric_leads_change", ("02-10 point metric=leads value=4", "03-10 point metric=leads value=3"), -0.25),
    Example("metric_leads_change", ("03-10 point metric=leads value=3",), None),
    Example("metric_stock_change/7", ("03-20 point metric=stock value=4", "03-30 point metric=stock value=5"), 0.25),
)

CASES = (*USAGE, *ENGAGEMENT, *DELIVERY, *SUPPORT, *OUTCOMES, *COMMERCIAL, *POINTS)
