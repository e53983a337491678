"""The evening before a visit: nothing is invented, but what a visitor should find on their first page is seen to."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.records.meeting import Meeting
from tenure.simulation import gatherings, letters
from tenure.simulation.days import Company
from tenure.simulation.office import NOTHING, Case, Office

LATE_FOR = time(15)  # when the task that will be overdue falls due
EVENING_MAIL = (time(19, 12), time(20, 41), time(21, 6))
AHEAD = timedelta(days=2)


def two_days_before(company: Company) -> None:
    """Somebody takes on a small thing for tomorrow afternoon, and will not get to it."""
    office = company.office
    due = office.local(office.day + AHEAD, LATE_FOR)
    for key in _hosts(office):
        for case in _book(company, key)[:1]:
            task = office.do(
                key, "task.create", case, NOTHING, title=office.say("tasks", case), account=case.id, due_at=due
            )
            company.desk.leave(task)
    office.doors.flush()


def evening_before(company: Company) -> None:
    """Tomorrow has meetings and things to do, clients have written, and somebody waits to be asked."""
    office = company.office
    tomorrow = office.day + timedelta(days=1)
    for number, key in enumerate(_hosts(office)):
        book = _book(company, key)
        if not book:
            continue
        if not _meets(office, key, tomorrow):
            _meet_tomorrow(office, book[-1], key)
        for at, case in zip((time(11, 30), time(16)), book[1:3], strict=False):
            due = office.local(tomorrow, at)
            task = office.do(
                key, "task.create", case, NOTHING, title=office.say("tasks", case), account=case.id, due_at=due
            )
            company.desk.leave(task)
        if not number:
            _ask_before_changing(office, book[len(book) // 2])
    office.doors.flush()
    for at, key in zip(EVENING_MAIL, (*_hosts(office), *_hosts(office)), strict=False):
        cases = [case for case in _book(company, key) if not case.life.is_silent(office.day)]
        if cases:
            office.doors.at(office.local(office.day, at))
            letters.receive(office, office.draw("visit", key, at).one(cases), "any")
    office.doors.flush()


def _hosts(office: Office) -> list[str]:
    """The people whom visitors step into and who carry accounts."""
    return [worker.key for worker in office.plan.workers if worker.is_demo and worker.role == office.plan.main_role]


def _book(company: Company, key: str) -> list[Case]:
    return [case for case in company.cases if case.is_active and company.office.carrier(case) == key]


def _meets(office: Office, key: str, day: date) -> bool:
    zone = ZoneInfo(office.model.company.zone)
    own = Meeting.objects.filter(facilitator=office.person(key), status=Meeting.Status.SCHEDULED)
    return any(starts.astimezone(zone).date() == day for starts in own.values_list("starts_at", flat=True))


def _meet_tomorrow(office: Office, case: Case, key: str) -> None:
    types = [type_ for type_, kind in office.model.meetings.items() if kind.client_visible]
    starts = datetime.combine(office.day + timedelta(days=1), time(10), ZoneInfo(case.client.zone))
    gatherings.fix(office, case, key, types[min(3, len(types) - 1)], starts)


def _ask_before_changing(office: Office, case: Case) -> None:
    """A contract is to grow; where the blueprint wants somebody asked first, the request waits for them."""
    if case.contract is not None:
        amount = round(case.client.amount * 1.15 / 50) * 50
        office.do("", "contract.change", case, case.contract, amount=amount)
