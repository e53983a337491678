"""Tools: what a journey asks them to set up, which figures they are told, and how either fares when they fail."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from standardwebhooks import Webhook

from tenure.base.errors import Forbidden, Refused
from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import batch
from tenure.outlets.calling import call_due
from tenure.records.account import Account, change_account, close_account, set_stage
from tenure.records.link import Link
from tenure.sources.connectors import wire
from tenure.sources.connectors.connector import (
    Connector,
    add_connector,
    change_connector,
    pause_connector,
    remove_connector,
    resume_connector,
)
from tenure.sources.tools.call import Call, access_call, list_calls, stop_call, tidy
from tenure.sources.tools.queueing import ask_tool, retry_call, tell_nightly
from tenure.work.checklists import deploy_journey
from tenure.work.journeys import ChecklistItem
from tenure.work.standing import Standing
from tests.book import Book
from tests.cast import Cast, blueprint
from tests.days import Days, days
from tests.outlets.desk import RECIPE, TOKEN, Desk, running

__all__ = ["days"]
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-12")]
ONBOARDING = {
    "label": "Onboarding",
    "stages": {
        "start": {
            "label": "Start",
            "items": {
                "folder": {
                    "label": "Set up the folder",
                    "owner": "csm",
                    "done_by": {"on": "tool_call.done", "where": "data.call = 'folder'"},
                }
            },
        },
        "live": {"label": "Live"},
    },
}
HOOK = {
    "label": "Webhook",
    "settings": {"signing": {"label": "Signing secret", "secret": True}},
    "signs": "signing",
    "writes": {
        "moved": {
            "label": "Stage changed",
            "on": [{"on": "account.changed", "where": "data.stage = 'live'"}],
            "per": "fact",
            "path": "/hook",
            "unknown": "null",
            "body": {
                "type": "{fact_kind}",
                "data": {"account": "{account_id}", "to": "{fact.stage}", "score": "{score}"},
            },
        }
    },
}  # fmt: skip


@pytest.fixture
def model() -> Model:
    return blueprint(journeys={"onboarding": ONBOARDING}, tools={"desk": RECIPE, "hook": HOOK})


@pytest.fixture
def desk(settings: Any) -> Iterator[Desk]:
    settings.PRIVATE_HOSTS, settings.KEEPS_MAIL = ("127.0.0.0/8",), False
    with running() as found:
        yield found


def connect(desk: Desk, cast: Cast, **settings: str) -> Connector:
    given = {"address": desk.address, "space": "77"} | settings
    return add_connector(
        kind="tool-desk", label="Our desk", source="desk", settings=given, secrets={"token": TOKEN},
        actor=cast.actor("olive"),
    )  # fmt: skip


@pytest.fixture
def acme(days: Days, book: Book) -> Account:
    return book.alices


@pytest.fixture
def deploy(acme: Account, days: Days, cast: Cast) -> Callable[[], None]:
    """Deploy the journey, and let the pipeline read that it was."""

    def act() -> None:
        deploy_journey(acme, journey="onboarding", actor=cast.actor("alice"))
        days.run()

    return act


def due(pipeline: Days, **span: float) -> int:
    """Let time pass, make the calls that are due, and let the pipeline read how they went."""
    pipeline.hands.advance(timedelta(**span))
    made = call_due()
    pipeline.run()
    return made


def test_deploying_a_journey_sets_up_what_the_recipe_says_once_undo_has_expired(
    desk: Desk, acme: Account, cast: Cast, days: Days, deploy: Callable[[], None]
) -> None:
    connect(desk, cast)
    deploy()
    assert due(days, seconds=14) == 0, "undo is open for 15 seconds, its way to us included"
    assert desk.asked == []
    assert due(days, seconds=1) == 1
    body = {"name": "Acme Ltd", "options": {"return_immediately": True}}
    assert desk.written == [("/api/v2/space/77/folder", body)]
    link = Link.objects.get()
    assert (link.url, link.title, link.tool_label, link.kind) == (
        "https://app.clickup.com/9/v/o/f/f1",
        "Acme Ltd: project",
        "ClickUp",
        "Folder",
    )
    item = ChecklistItem.objects.get(key="folder")
    assert item.status == "done"
    assert LedgerEntry.objects.get(pk=item.done_by_fact).kind == "tool_call.done"
    assert due(days, days=1) == 0


def test_without_a_connection_the_item_stays_with_its_person(
    desk: Desk, days: Days, deploy: Callable[[], None]
) -> None:
    deploy()
    assert due(days, minutes=1) == 0
    assert (Call.objects.count(), ChecklistItem.objects.get(key="folder").status) == (0, "open")


def test_what_happened_before_a_tool_was_connected_is_asked_for_by_hand_alone(
    desk: Desk, acme: Account, cast: Cast, days: Days, deploy: Callable[[], None]
) -> None:
    deploy()
    days.hands.advance(timedelta(hours=1))
    connect(desk, cast)
    days.run()
    assert due(days, minutes=1) == 0
    asked = ask_tool(acme, call="desk.folder", actor=cast.actor("alice"))
    assert asked.asked_by == cast.alice
    assert due(days, minutes=1) == 1
    with pytest.raises(Refused) as refusal:
        ask_tool(acme, call="desk.folder", actor=cast.actor("alice"))
    assert refusal.value.code == "asked"


def test_what_is_there_already_is_taken_but_not_what_is_another_clients(
    desk: Desk, acme: Account, book: Book, cast: Cast, days: Days, deploy: Callable[[], None]
) -> None:
    connect(desk, cast)
    desk.folders = [{"id": "old", "name": "Acme Ltd"}]
    deploy()
    due(days, minutes=1)
    call = Call.objects.get()
    assert (desk.written, call.kept, call.was_there) == ([], {"id": "old"}, True)
    change_account(book.bobs, name="Acme Ltd", actor=cast.actor("olive"))
    ask_tool(book.bobs, call="desk.folder", actor=cast.actor("olive"))
    due(days, minutes=1)
    assert Call.objects.get(account=book.bobs, call="folder").kept == {"id": "f2"}


def test_a_secret_is_sent_and_stands_nowhere_else(
    desk: Desk, cast: Cast, days: Days, deploy: Callable[[], None]
) -> None:
    connector = connect(desk, cast)
    deploy()
    due(days, minutes=1)
    assert {headers["authorization"] for *_, headers in desk.asked} == {TOKEN}
    assert desk.asked[1][3]["idempotency-key"] == Call.objects.get().pk
    rows = [*Call.objects.values(), *LedgerEntry.objects.values(), *Connector.objects.values()]
    assert TOKEN not in str(rows)
    # Nothing of what was said is in the ledger either.
    assert "Acme" not in str(list(LedgerEntry.objects.filter(kind__startswith="tool_call.").values()))
    with pytest.raises(Refused) as refusal:
        change_connector(connector, settings={"address": "http://127.0.0.1:1"}, actor=cast.actor("olive"))
    assert refusal.value.code == "retype"


def _later(call: Call, days: Days) -> float:
    return (call.next_try_at - days.hands.now()).total_seconds()


def test_a_tool_that_asks_us_to_wait_is_left_alone_for_so_long(
    desk: Desk, acme: Account, cast: Cast, days: Days, deploy: Callable[[], None]
) -> None:
    connect(desk, cast)
    deploy()
    desk.fails(429, {"err": "Rate limit reached"}, Retry_After="90")
    assert due(days, minutes=1) == 1
    call = Call.objects.get()
    assert (call.status, call.tries, _later(call, days)) == ("waiting", 0, 90)
    assert call.last_error == "The tool asks us to wait (429 Rate limit reached)."
    assert due(days, seconds=89) == 0
    assert due(days, seconds=1) == 1
    call.refresh_from_db()
    assert (call.status, Connector.objects.get().error) == ("done", "")


def test_what_the_tool_cannot_do_now_is_tried_again_and_given_up_after_the_sixth_time(
    desk: Desk, cast: Cast, days: Days, deploy: Callable[[], None]
) -> None:
    connect(desk, cast)
    deploy()
    waits = []
    for _ in range(6):
        desk.fails(500, {"err": "Internal"})
        assert due(days, hours=10) == 1
        waits.append(_later(Call.objects.get(), days) / 60)
    call = Call.objects.get()
    assert waits[:5] == [1, 5, 30, 120, 480]
    assert (call.status, call.tries, call.last_error) == ("failed", 6, "The tool cannot do it now (500 Internal).")
    assert due(days, days=1) == 0
    retry_call(call, actor=cast.actor("alice"))
    assert due(days) == 1
    call.refresh_from_db()
    assert call.status == "done"


def test_what_is_refused_is_mended_in_the_settings_and_tried_again(
    desk: Desk, cast: Cast, days: Days, deploy: Callable[[], None]
) -> None:
    connector = connect(desk, cast)
    deploy()
    desk.fails(404, {"err": "Space not found"})
    due(days, minutes=1)
    call = Call.objects.get()
    assert (call.status, call.last_error) == ("failed", "The tool refuses: 404 Space not found.")
    assert ChecklistItem.objects.get(key="folder").status == "open"
    change_connector(connector, settings={"space": "78"}, actor=cast.actor("olive"))
    retry_call(call, actor=cast.actor("alice"))
    due(days)
    assert desk.written[-1][0] == "/api/v2/space/78/folder"


def test_a_secret_that_is_turned_away_is_the_connections_fault_and_keeps_everything(
    desk: Desk, acme: Account, book: Book, cast: Cast, days: Days
) -> None:
    connector = connect(desk, cast)
    for account in (acme, book.bobs):
        ask_tool(account, call="desk.folder", actor=cast.actor("olive"))
    change_connector(connector, secrets={"token": "wrong"}, actor=cast.actor("olive"))
    assert due(days, minutes=1) == 1, "the second waits too, without being tried"
    connector.refresh_from_db()
    assert connector.error.startswith("The tool does not take the secret (401 Token invalid)")
    assert {_later(call, days) for call in Call.objects.all()} == {900}
    change_connector(connector, secrets={"token": TOKEN}, actor=cast.actor("olive"))
    assert due(days, minutes=15) == 2


def test_no_answer_in_time_is_a_doubt_that_looking_first_settles(
    desk: Desk, cast: Cast, days: Days, deploy: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(desk, cast)
    deploy()
    monkeypatch.setattr(wire, "TIMEOUT", 0.2)
    original = desk.answer

    def slow_to_make(method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        found = original(method, path, body, headers)
        desk.slow = 0.6 if method == "GET" else 0.0  # the folder is made, and its answer comes too late
        return found

    monkeypatch.setattr(desk, "answer", slow_to_make)
    due(days, minutes=1)
    call = Call.objects.get()
    assert (call.status, call.doubts) == ("waiting", 1)
    assert call.last_error == "No answer came within 0 seconds. It may have been done."
    desk.slow = 0.0
    monkeypatch.setattr(desk, "answer", original)
    # The server makes the folder although nobody waits for it any more.
    for _ in range(100):
        if desk.folders:
            break
        time.sleep(0.02)
    due(days, minutes=1)
    call.refresh_from_db()
    assert (call.status, call.was_there, len(desk.folders)) == ("done", True, 1)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((302, {}, {"Location": "http://169.254.169.254/"}), "The tool sends us elsewhere (302)"),
        ((200, b"x" * 600_000, {}), "The answer is larger than 512 kB."),
    ],
)
def test_nobody_is_followed_and_answers_are_bounded(
    desk: Desk, cast: Cast, days: Days, deploy: Callable[[], None], answer: Any, says: str
) -> None:
    connect(desk, cast)
    deploy()
    desk.answers.append(answer)
    due(days, minutes=1)
    assert len(desk.asked) == 1
    assert Call.objects.get().last_error.startswith(says)


def test_a_private_network_is_not_spoken_to_unless_the_home_allows_it(
    desk: Desk, cast: Cast, days: Days, deploy: Callable[[], None], settings: Any
) -> None:
    connect(desk, cast)
    deploy()
    settings.PRIVATE_HOSTS = ()
    due(days, minutes=1)
    assert desk.asked == []
    assert "lies in a private network" in Connector.objects.get().error
    with pytest.raises(Refused) as refusal:
        add_connector(
            kind="tool-desk", label="Other", source="other", settings={"address": "http://desk.example", "space": "1"},
            secrets={"token": "t"}, actor=cast.actor("olive"),
        )  # fmt: skip
    assert refusal.value.code == "not_encrypted"


def test_nothing_goes_out_of_a_demonstration_for_a_closed_account_or_a_tool_that_rests(
    desk: Desk, acme: Account, cast: Cast, days: Days, deploy: Callable[[], None], settings: Any
) -> None:
    connector = connect(desk, cast)
    deploy()
    settings.KEEPS_MAIL = True
    assert due(days, minutes=1) == 0
    settings.KEEPS_MAIL = False
    pause_connector(connector, actor=cast.actor("olive"))
    assert due(days, minutes=1) == 0
    resume_connector(connector, actor=cast.actor("olive"))
    close_account(acme, reason="moved_on", actor=cast.actor("lena"))
    assert due(days, minutes=1) == 0
    call = Call.objects.get()
    assert (call.status, call.last_error) == (
        "stopped",
        "The account was closed; nothing goes out for it any more.",
    )
    assert desk.asked == []
    with pytest.raises(Refused):
        retry_call(call, actor=cast.actor("alice"))
    with batch(Actor.machine("pipeline")):
        assert tell_nightly([acme.pk], Actor.machine("pipeline")) == 0


def test_what_waits_for_a_tool_that_is_removed_is_stopped(
    desk: Desk, cast: Cast, days: Days, deploy: Callable[[], None]
) -> None:
    connector = connect(desk, cast)
    deploy()
    remove_connector(connector, actor=cast.actor("olive"))
    assert due(days, minutes=1) == 0
    assert (Call.objects.get().status, desk.asked) == ("stopped", [])


def told(acme: Account) -> int:
    with batch(Actor.machine("pipeline")):
        return tell_nightly([acme.pk], Actor.machine("pipeline"))


def test_figures_are_told_when_they_have_changed_and_only_then(
    desk: Desk, acme: Account, cast: Cast, days: Days, deploy: Callable[[], None]
) -> None:
    connect(desk, cast, field_rvs="c-1", field_stage="c-2")
    assert told(acme) == 0, "nothing is set up yet that they could be written to"
    deploy()
    due(days, minutes=1)
    Standing.objects.filter(pk=acme.pk).update(score=Decimal("3.6667"))
    assert told(acme) == 2
    due(days, minutes=1)
    assert sorted(desk.written[1:], key=str) == [
        ("/api/v2/task/f1/field/c-1", {"value": 3.6667}),
        ("/api/v2/task/f1/field/c-2", {"value": "Start"}),
    ]
    assert told(acme) == 0
    Standing.objects.filter(pk=acme.pk).update(score=Decimal(4))
    assert told(acme) == 1
    # What waits tells the figures of now, and is one call.
    Standing.objects.filter(pk=acme.pk).update(score=Decimal("4.5"))
    assert told(acme) == 0
    due(days, minutes=1)
    assert desk.written[3:] == [("/api/v2/task/f1/field/c-1", {"value": 4.5})]
    # An unknown score is not written as nought; what is not known is left out.
    Standing.objects.filter(pk=acme.pk).update(score=None)
    assert told(acme) == 0


def test_a_fact_tells_figures_at_once_and_a_field_that_is_not_set_is_left_out(
    desk: Desk, acme: Account, cast: Cast, days: Days, deploy: Callable[[], None]
) -> None:
    connect(desk, cast, field_stage="c-2")
    deploy()
    due(days, minutes=1)
    set_stage(acme, stage="live", actor=cast.actor("alice"))
    days.run()
    due(days, minutes=1)
    assert desk.written[1:] == [("/api/v2/task/f1/field/c-2", {"value": "Live"})]


@pytest.mark.requirement("P-07")
def test_a_webhook_is_signed_and_told_of_every_fact(desk: Desk, acme: Account, cast: Cast, days: Days) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    add_connector(
        kind="tool-hook", label="Hook", source="hook", settings={"address": desk.address},
        secrets={"signing": secret}, actor=cast.actor("olive"),
    )  # fmt: skip
    for stage in ("live", "start", "live"):
        set_stage(acme, stage=stage, actor=cast.actor("alice"))
    days.run()
    desk.fails(200)
    desk.fails(200)
    assert due(days, minutes=1) == 2
    _, path, body, headers = desk.asked[0]
    assert path == "/hook"
    assert body == {"type": "account.changed", "data": {"account": acme.pk, "to": "live", "score": None}}
    said = Webhook(secret).sign(headers["webhook-id"], days.hands.now(), json.dumps(body))
    assert headers["webhook-signature"] == said


def test_a_fact_that_is_taken_back_takes_its_call_back(
    desk: Desk, acme: Account, cast: Cast, days: Days, deploy: Callable[[], None]
) -> None:
    connect(desk, cast)
    deploy()
    call = Call.objects.get()
    cause = LedgerEntry.objects.get(pk=call.cause)
    LedgerEntry.objects.create(
        kind=cause.kind, account_id=cause.account_id, subject=cause.subject, subject_id=cause.subject_id,
        happened_at=cause.happened_at, known_at=cause.known_at, recorded_at=days.hands.now(), data=cause.data,
        retracts=cause.pk,
    )  # fmt: skip
    days.run()
    assert due(days, minutes=1) == 0
    assert (Call.objects.get().status, desk.asked) == ("stopped", [])


def test_an_outsider_sees_no_call_and_the_clients_people_none_either(
    desk: Desk, acme: Account, cast: Cast, days: Days
) -> None:
    connect(desk, cast)
    call = ask_tool(acme, call="desk.folder", actor=cast.actor("alice"))
    for name in ("bob", "mallory", "carl"):
        with pytest.raises(Forbidden):
            access_call(cast.actor(name), call.pk)
        with pytest.raises(Forbidden):
            stop_call(call, actor=cast.actor(name))
    assert list(list_calls(cast.actor("mallory"))) == []
    assert list(list_calls(cast.actor("alice"))) == [call]


def test_what_calls_said_is_emptied_and_old_figures_go(desk: Desk, acme: Account, cast: Cast, days: Days) -> None:
    connect(desk, cast, field_stage="c-2")
    ask_tool(acme, call="desk.folder", actor=cast.actor("alice"))
    due(days, minutes=1)
    for stage in ("start", "live"):
        set_stage(acme, stage=stage, actor=cast.actor("alice"))
        days.run()
        due(days, minutes=1)
    assert Call.objects.count() == 3
    now = days.hands.now()
    assert tidy(now + timedelta(days=29)) == 0
    assert tidy(now + timedelta(days=31)) == 3
    assert {str(call.body) for call in Call.objects.all()} == {"{}"}
    assert tidy(now + timedelta(days=200)) == 1, "the folder and the newest figures stay"
