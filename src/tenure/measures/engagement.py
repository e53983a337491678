"""Measures of engagement: meetings, messages, activities and tasks, from the ledger.

The examples ask `tenure.measures.trial.trial` on 31 March 2026.
"""

import ibis
import ibis.expr.types as ir

from tenure.measures.registry import Measure, Window, measure
from tenure.measures.relations import noun, relation

MEETING = ("meeting.scheduled", "meeting.rescheduled", "meeting.held", "meeting.missed", "meeting.cancelled")
MESSAGE = ("message.received", "message.sent")
EXCHANGE = (*MESSAGE, "message.settled")
CONTACT = ("meeting.held", *MESSAGE, "activity.logged")
TASK = ("task.created", "task.changed", "task.done", "task.cancelled", "task.reopened")


@relation("meetings", kinds=MEETING, source="meetings")
def meetings(span: int) -> ir.Table:
    """Meetings and what became of them."""
    return noun(MEETING, span, {"attended": "boolean", "whose": "text", "type": "text"})


@relation("last_meeting", kinds=("meeting.held",), source="meetings")
def last_meeting(span: int) -> ir.Table:
    """Each account's last meeting of each kind."""
    return noun(("meeting.held",), None, {"type": "text"}, per=("account_id", "type"))


@relation("messages", kinds=MESSAGE, source="messages")
def messages(span: int) -> ir.Table:
    """Messages from and to the client."""
    return noun(MESSAGE, span, only_within=True)


@relation("exchanges", kinds=EXCHANGE, source="messages")
def exchanges(span: int) -> ir.Table:
    """Each message as it stands, with the day on which one of ours came after it in its thread."""
    return noun(EXCHANGE, None, {"thread": "text"}, also=_with_answer)


def _with_answer(rows: ir.Table) -> ir.Table:
    rows = rows.mutate(thread=ibis.coalesce(rows.thread.nullif(""), rows.subject_id))
    later = ibis.window(group_by="thread", order_by=["happened_at", "place", "id"], preceding=0, following=None)
    answers = ibis.ifelse(rows.kind == "message.sent", rows.fact_day, ibis.null("date"))
    return rows.mutate(answered_day=answers.min().over(later))


@relation("last_contact", kinds=CONTACT, source="messages")
def last_contact(span: int) -> ir.Table:
    """Each account's last contact, whichever way it took."""
    return noun(CONTACT, None, {"type": "text"}, per=("account_id",), also=_with_the_client)


@relation("activities", kinds=("activity.logged",), source="activities")
def activities(span: int) -> ir.Table:
    """Calls, visits and other activities that somebody logged."""
    return noun(("activity.logged",), span, {"type": "text"}, only_within=True, also=_with_the_client)


def _with_the_client(rows: ir.Table) -> ir.Table:
    """Without time that was only booked: it is work, and nobody met."""
    return rows.filter((rows.kind != "activity.logged") | (rows.type.fill_null("") != "time"))


@relation("tasks", kinds=TASK)
def tasks(span: int) -> ir.Table:
    """Tasks as they stand."""
    return noun(TASK, None, {"due_at": "moment"})


@measure("meetings_held", over="meetings", unit="meetings")
def meetings_held(meetings: ir.Table, window: Window) -> ir.Value:
    """Meetings that took place.

    Per account and day, over the window's days; meetings. Null where a source of meetings was not live throughout.
    Source: ours.

    >>> trial("meetings_held", "03-10 meeting.held subject=m1", "03-24 meeting.held subject=m2")
    2.0
    """
    return meetings.count(where=window.both(meetings.current, meetings.kind == "meeting.held"))


@measure("meetings_missed", over="meetings", unit="meetings", better="down")
def meetings_missed(meetings: ir.Table, window: Window) -> ir.Value:
    """Meetings that should have taken place and did not, whoever stayed away. One moved to another day is not missed.

    Per account and day, over the window's days; meetings. Null where a source of meetings was not live throughout.
    Source: ours.

    >>> trial("meetings_missed", "03-10 meeting.missed subject=m1", "03-12 meeting.rescheduled subject=m1")
    0.0
    """
    return meetings.count(where=window.both(meetings.current, meetings.kind == "meeting.missed"))


@measure("meeting_attendance_rate", over="meetings", unit="share", window=90, empty=None)
def meeting_attendance_rate(meetings: ir.Table, window: Window) -> ir.Value:
    """Meetings to which the client came, of those that were held or that the client missed.

    Per account and day, over the window's days; a share from 0 to 1. A meeting that we missed counts on neither side.
    Null where none was due and where a source of meetings was not live throughout. Source: ours.

    >>> trial("meeting_attendance_rate", "03-10 meeting.held attended=true", "03-24 meeting.missed whose=client")
    0.5
    """
    return _attended(meetings, window.both(meetings.current))


def attendance(name: str, type: str) -> Measure:
    """Attendance at one kind of meeting: what ``attendance_<meeting>`` means; `meeting_attendance_rate` of that kind.

    Per account and day, over the window's days; a share from 0 to 1. Null where none was due and where a source of
    meetings was not live throughout. Source: ours.

    >>> trial("attendance_sync", "03-10 meeting.held type=sync", "03-12 meeting.missed type=review")
    1.0
    """

    def attended(meetings: ir.Table, window: Window) -> ir.Value:
        return _attended(meetings, window.both(meetings.current, meetings.type == type))

    attended.__doc__ = f"Meetings of the kind {type} to which the client came, of those held or missed by them."
    return Measure(name, "meetings", attended, unit="share", window=90, empty=None, better="up")


def _attended(meetings: ir.Table, counts: ir.BooleanValue) -> ir.Value:
    held = counts & (meetings.kind == "meeting.held")
    came = held & meetings.attended.fill_null(True)
    by_client = meetings.whose.fill_null("client") != "us"
    missed = counts & (meetings.kind == "meeting.missed") & by_client
    return meetings.count(where=came) / meetings.count(where=held | missed).cast("float64").nullif(0.0)


@measure("days_since_meeting", over="last_meeting", unit="days", window=None, empty=None, better="down", live="since")
def days_since_meeting(last_meeting: ir.Table, window: Window) -> ir.Value:
    """Days since a meeting was held; 0 when one was on the day itself.

    Per account and day, as of the day; days. Null where none was ever held. Source: ours.

    >>> trial("days_since_meeting", "03-10 meeting.held", "03-24 meeting.held")
    7.0
    """
    return last_meeting.age_days.min()


def days_since(name: str, type: str) -> Measure:
    """Days since a meeting of one kind was held: what ``days_since_meeting_<meeting>`` means.

    Per account and day, as of the day; days. Null where none of that kind was ever held. Source: ours.

    >>> trial("days_since_meeting_sync", "03-10 meeting.held type=sync", "03-24 meeting.held type=review")
    21.0
    """

    def since(last_meeting: ir.Table, window: Window) -> ir.Value:
        return last_meeting.age_days.min(where=last_meeting.type == type)

    since.__doc__ = f"Days since a meeting of the kind {type} was held; 0 when one was on the day itself."
    return Measure(name, "last_meeting", since, unit="days", window=None, empty=None, better="down", live="since")


@measure("messages_received", over="messages", unit="messages")
def messages_received(messages: ir.Table, window: Window) -> ir.Value:
    """Messages that came from the client.

    Per account and day, over the window's days; messages. Null where a source of messages was not live throughout.
    Source: ours.

    >>> trial("messages_received", "03-10 message.received", "03-11 message.sent")
    1.0
    """
    return messages.subject_id.nunique(where=window.both(messages.kind == "message.received"))


@measure("messages_sent", over="messages", unit="messages")
def messages_sent(messages: ir.Table, window: Window) -> ir.Value:
    """Messages that we sent to the client.

    Per account and day, over the window's days; messages. Null where a source of messages was not live throughout.
    Source: ours.

    >>> trial("messages_sent", "03-10 message.received", "03-11 message.sent", "03-12 message.sent")
    2.0
    """
    return messages.subject_id.nunique(where=window.both(messages.kind == "message.sent"))


@measure("messages_unanswered", over="exchanges", unit="messages", window=None, better="down")
def messages_unanswered(exchanges: ir.Table, window: Window) -> ir.Value:
    """Messages of the client that wait: nobody answered in their thread since, or settled them otherwise.

    Per account and day, as of the day; messages. Null where a source of messages was not live. Source: ours.

    >>> trial(
    ...     "messages_unanswered",
    ...     "03-10 message.received subject=a thread=a",
    ...     "03-11 message.sent subject=b thread=a",
    ...     "03-12 message.received subject=c thread=c",
    ...     "03-13 message.settled subject=c thread=c",
    ...     "03-14 message.received subject=d thread=d",
    ... )
    1.0
    """
    waits = exchanges.answered_day.isnull() | (exchanges.answered_day > exchanges.day)
    return exchanges.subject_id.nunique(where=(exchanges.kind == "message.received") & waits)


@measure("days_since_contact", over="last_contact", unit="days", window=None, empty=None, better="down", live="since")
def days_since_contact(last_contact: ir.Table, window: Window) -> ir.Value:
    """Days since we and the client last had to do with each other: a meeting, a message either way, a logged activity.

    Per account and day, as of the day; days. Null where there was never any contact. Source: ours.

    >>> trial("days_since_contact", "03-10 meeting.held", "03-29 activity.logged type=call")
    2.0
    """
    return last_contact.age_days.min()


@measure("activities_logged", over="activities", unit="activities")
def activities_logged(activities: ir.Table, window: Window) -> ir.Value:
    """Calls, visits, e-mails and chats that somebody logged. Booked time is none of them.

    Per account and day, over the window's days; activities. Null where a source of activities was not live throughout.
    Source: ours.

    >>> trial("activities_logged", "03-10 activity.logged type=call", "02-10 activity.logged type=visit")
    1.0
    """
    return activities.subject_id.nunique(where=window.holds)


@measure("open_tasks_overdue", over="tasks", unit="tasks", window=None, better="down")
def open_tasks_overdue(tasks: ir.Table, window: Window) -> ir.Value:
    """Tasks that are open although their due moment has passed by the end of the day.

    Per account and day, as of the day's end in the company's zone; tasks. Never null. Source: ours.

    >>> trial("open_tasks_overdue", "03-10 task.created due_at=2026-03-20T17:00:00+00:00")
    1.0
    """
    is_open = ~tasks.kind.isin(["task.done", "task.cancelled"])
    return tasks.count(where=is_open & (tasks.due_at < tasks.ends_at))
