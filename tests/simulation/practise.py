"""Work through R7's scenario in the home that this process was started for, and say what came of it, as JSON."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - the rooms want Django first
from django.core.mail import get_connection  # noqa: E402

from tenure.identity.actor import Actor  # noqa: E402
from tenure.identity.operations import perform  # noqa: E402
from tenure.identity.people import Person  # noqa: E402
from tenure.pipeline import reports  # noqa: E402
from tenure.pipeline.lake import lake, warehouse  # noqa: E402
from tenure.pipeline.reporting import prepare  # noqa: E402
from tenure.records.delivery import Mail, why_kept  # noqa: E402
from tenure.records.practice import Attempt, scenario_of  # noqa: E402
from tenure.records.practice_call import PracticeCall  # noqa: E402
from tenure.records.practice_tasks import tasks_of  # noqa: E402

DISCOVERY = (
    "Thank you for the time, Roz. Which jobs do you like best?",
    "What went wrong with the agency you had before?",
    "What would have to be different in 90 days to be worth it?",
    "How many sofa inquiries are there today?",
    "Let me sum up: six sofa inquiries a month, from two today.",
)
SYNC = (
    "You are right to ask. Inquiries fell after the profile was changed.",
    "Could you read me the telephone number on your profile?",
    "We will correct it today.",
    "I suggest before and after pieces of sofas.",
    "Can Milo film two on Friday?",
)


def do(name: str, subject: Any, actor: Actor, /, **arguments: Any) -> Any:
    return perform(name, subject, arguments, actor)


def play(attempt: Attempt, call: str, lines: tuple[str, ...], cass: Actor) -> str:
    made: PracticeCall = do("practice_call.begin", attempt, cass, call=call)
    for line in lines:
        do("practice_call.say", made, cass, line=line)
    return str(do("practice_call.end", made, cass).ending)


def work(attempt: Attempt, cass: Actor) -> str:
    account, due = attempt.account, cass.day + timedelta(days=90)
    for title, target, home_run in (("Six sofas", 6, True), ("Seen nearby", 600, False), ("Reviews", 4, False)):
        do("goal.set", account, cass, title=title, baseline=2, target=target, due_on=due, home_run=home_run)
    do("journey.deploy", account, cass, journey="new_client")
    for number in range(6):
        day = cass.day + timedelta(days=7 + number)
        piece = {"type": "published_piece", "title": f"Sofa {number + 1}", "material_on": day}
        do("deliverable.plan", account, cass, **piece)
    waiting = account.messages.get(direction="in", answered_at=None)
    do("message.send", account, cass, contact=waiting.contact_id, body="Send it here.", answers=waiting.pk)
    with lake() as opened:
        report = prepare(account, "first_success_review", cass, opened)
    do("report.change", report, cass, sentence="More see you, fewer ring: the number is wrong.")
    do("report.approve", report, cass, delivery="mail")
    inquiries = next(each for each in report.content["series"] if each["metric"] == "inquiries")
    return str([value for _, value in inquiries["weeks"]][-7:])


def main() -> None:
    lena = Actor.of(Person.objects.get(email="lena@practice.example"))
    attempt = do("attempt.invite", None, lena, scenario="fernhill", name="Cass", email="cass@candidate.example")
    reports.score_now()  # the figures reach the lake as they do in `tenure work`
    cass = Actor.of(attempt.person)
    attempt = do("attempt.begin", attempt, cass)
    endings = [play(attempt, "discovery", DISCOVERY, cass)]
    inquiries = work(attempt, cass)
    endings.append(play(attempt, "sync", SYNC, cass))
    tasks = {each.key: each.is_done for each in tasks_of(attempt, scenario_of(attempt, cass))}
    do("attempt.hand_in", attempt, cass)
    for criterion in scenario_of(attempt, lena).rubric.criteria:
        do("attempt.score", attempt, lena, criterion=criterion, level=4)
    held = do("attempt.conclude", attempt, lena)
    told = {
        "endings": endings,
        "tasks": tasks,
        "inquiries": inquiries,
        "mean": str(held.mean),
        "mails": list(Mail.objects.filter(contact__isnull=False).values_list("status", flat=True)),
        "kept": why_kept(),
        "backend": type(get_connection()).__module__,
        "database": str(settings.DATABASES["default"]["NAME"]),
        "lake": settings.LAKE_URL,
        "warehouse": str(warehouse()),
    }
    print(json.dumps(told))


main()
