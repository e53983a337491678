"""The page that is shown to the client in a meeting: nothing internal stands in it, and it follows what is noted."""

from datetime import timedelta

import pytest
from django.conf import settings as project
from django.test import Client

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.pipeline.lake import open_lake
from tenure.records.action import add_action
from tenure.records.agenda import AgendaLine
from tenure.records.deliverable import Deliverable, plan_deliverable
from tenure.records.goal import set_goal
from tenure.records.issue import open_issue
from tenure.records.meeting import Meeting, hold_meeting, schedule_meeting
from tenure.records.minutes import decide, write_notes
from tenure.records.note import log_note
from tenure.records.point import enter_point
from tenure.records.preparation import discuss_item
from tenure.records.rating import give_ratings
from tenure.work.refresh import refresh_standing
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tests.book import take_on
from tests.cast import FIRST_DAY, Cast
from tests.web.portal.test_isolation import MARK, plant
from tests.web.r7 import r7

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-14", "R-04")]


@pytest.fixture
def model() -> Model:
    return r7()


@pytest.fixture
def sync(cast: Cast, system: Actor) -> Meeting:
    """A sync with everything that must stay inside: ratings, a score, a signal, notes, lines and rows of our own."""
    with open_lake() as made:  # as the pipeline's first night does
        assert made is not None
    account, alice, now = take_on("Acme Ltd", cast.alice, system), cast.actor("alice"), clock.now()
    Assignment.objects.create(account_id=account.pk, person=cast.carl, role="client", from_day=FIRST_DAY)
    set_goal(account, title="60 orders", baseline=12, target=60, home_run=True, actor=alice)
    set_goal(account, title=f"{MARK} goal", client_visible=False, actor=alice)
    enter_point(account, metric="views", day=alice.day - timedelta(days=1), value=40, actor=alice)
    begins, agenda = now - timedelta(minutes=10), [AgendaLine(text="The winter")]
    agenda.append(AgendaLine(text=f"{MARK} line", client_visible=False))
    before = hold_meeting(
        schedule_meeting(account, type="sync", starts_at=begins - timedelta(14), actor=alice), actor=alice
    )
    decide(before, text=f"{MARK} before", client_visible=False, actor=alice)
    sync = hold_meeting(
        schedule_meeting(account, type="sync", starts_at=begins, agenda=agenda, actor=alice), actor=alice
    )
    write_notes(sync, internal=f"{MARK} notes", actor=alice)
    decide(sync, text=f"{MARK} decision", client_visible=False, actor=alice)
    add_action(account, text=f"{MARK} action", meeting=sync.pk, client_visible=False, actor=alice)
    parts = ("ease", "pace", "result_quality")
    give_ratings(sync, values=dict.fromkeys(parts, 2), evidence=dict.fromkeys(parts, f"{MARK} why"), actor=alice)
    log_note(account, text=f"{MARK} note", actor=alice)
    open_issue(account, title=f"{MARK} issue", type="tactical", actor=alice)
    plan_deliverable(account, type="published_piece", title="Hands at work", internal_note=f"{MARK} piece", actor=alice)
    hidden = plan_deliverable(account, type="published_piece", title=f"{MARK} piece", actor=alice)
    Deliverable.objects.filter(account=account).update(meeting=sync.pk)
    Deliverable.objects.filter(pk=hidden.pk).update(client_visible=False)
    OpenSignal.objects.create(
        account_id=account.pk, rule="red", state="firing", severity="red", kind="risk", owner_role="csm",
        owner=cast.alice, since=now, fired_at=now, reason=f"{MARK} signal",
    )  # fmt: skip
    refresh_standing([account.pk], system)
    Standing.objects.filter(pk=account.pk).update(score="2.34", band="red", reason=f"{MARK} reason")
    return sync


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("who", ["alice", "carl"])
def test_nothing_internal_stands_in_its_markup(sync: Meeting, cast: Cast, client: Client, who: str) -> None:
    plant(sync.account_id)
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    inside = read(client, f"/meetings/{sync.pk}/")
    for words in (f"{MARK}-Meeting-notes_internal", f"{MARK}-Rating-evidence", f"{MARK} line", "2.34"):
        assert words in inside, "the page that is worked on shows what the other must not"
    client.force_login(getattr(cast, who), backend=project.AUTHENTICATION_BACKENDS[0])
    for path in ("shown/", "so-far/"):
        page = read(client, f"/meetings/{sync.pk}/{path}")
        assert MARK not in page
        own = page[page.find("<main") :] if "<main" in page else page  # the head brings the icons of every page
        for internal in ("2.34", "Red", "How easy was it", "rating", "evidence", "signal", "/accounts/", "/act/"):
            assert internal not in own, internal
        for theirs in ("The winter", "Hands at work", "60 orders"):
            assert theirs in page, theirs


# A sync's notes are drafted from a template, those of a meeting without one from what was said in it.
@pytest.mark.parametrize(("type", "theirs"), [("sync", "Hands at work"), ("brand_strategy", "The winter")])
def test_the_drafted_notes_hold_nothing_internal(
    sync: Meeting, cast: Cast, client: Client, type: str, theirs: str
) -> None:
    Meeting.objects.filter(pk=sync.pk).update(type=type)
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    decide(sync, text="Film on Fridays", actor=cast.actor("alice"))
    drafted = client.get(f"/meetings/{sync.pk}/notes/").context["form"]["client"].value()
    assert theirs in drafted
    assert "Film on Fridays" in drafted
    assert MARK not in drafted


def test_it_follows_what_is_noted_and_says_nothing_where_nothing_is_new(
    sync: Meeting, cast: Cast, client: Client
) -> None:
    alice = cast.actor("alice")
    client.force_login(cast.carl, backend=project.AUTHENTICATION_BACKENDS[0])
    page = client.get(f"/meetings/{sync.pk}/shown/")
    mark = page.context["mark"]
    so_far = f"/meetings/{sync.pk}/so-far/?seen={mark}"
    assert so_far in page.content.decode()
    assert client.get(so_far).status_code == 204
    # What is ours alone is no news for the client.
    write_notes(sync, internal=f"{MARK} more", actor=alice)
    assert client.get(so_far).status_code == 204
    changes = (
        lambda: decide(sync, text="Film on Fridays", actor=alice),
        lambda: add_action(sync.account, text="Send the guides", meeting=sync.pk, client_visible=True, actor=alice),
        lambda: discuss_item(sync, item=sync.items.get(text="The winter").pk, actor=alice),
    )
    for change in changes:
        change()
        news = client.get(so_far)
        assert news.status_code == 200
        so_far = f"/meetings/{sync.pk}/so-far/?seen={news.context['mark']}"
        assert client.get(so_far).status_code == 204
    for words in ("Film on Fridays", "Send the guides"):
        assert words in news.content.decode()
    # Half a day later nobody asks any more.
    Meeting.objects.filter(pk=sync.pk).update(starts_at=clock.now() - timedelta(hours=13))
    assert "every 4s" not in read(client, f"/meetings/{sync.pk}/shown/")
