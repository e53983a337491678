"""Links to other tools: told by their address alone, beside the account, shown to a client only where it says so."""

import pytest

from tenure.base.errors import Refused
from tenure.records.account import Account
from tenure.records.deliverable import plan_deliverable
from tenure.records.link import Link, add_link, change_link, remove_link, tell, withdraw_link
from tenure.records.lookup import list_links
from tenure.records.meeting import schedule_meeting
from tests.book import Book
from tests.cast import Cast, at
from tests.records.facts import facts_of, last_fact

pytestmark = pytest.mark.requirement("R-12")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://app.clickup.com/t/86abc123", ("clickup", "Task", "Task 86abc123", "")),
        ("https://app.clickup.com/9012/v/li/901", ("clickup", "List", "", "")),
        ("https://app.frame.io/reviews/1a2b/3c4d", ("frame_io", "Review", "", "in review")),
        ("https://f.io/AbCdEf12", ("frame_io", "Share", "Share AbCdEf12", "shared")),
        ("https://docs.google.com/document/d/1AbC/edit?usp=sharing", ("google_docs", "Document", "", "for editing")),
        ("https://docs.google.com/spreadsheets/d/1AbC", ("google_docs", "Sheet", "", "")),
        ("https://drive.google.com/drive/folders/1AbC", ("google_drive", "Folder", "", "")),
        ("https://drive.google.com/file/d/1AbC/view", ("google_drive", "File", "", "to view")),
        ("https://us02web.zoom.us/j/81234567890?pwd=x", ("zoom", "Meeting", "Meeting 81234567890", "")),
        ("https://zoom.us/rec/share/abc", ("zoom", "Recording", "", "recorded")),
        ("https://meet.google.com/abc-defg-hij", ("google_meet", "Call", "Call abc-defg-hij", "")),
        ("https://acme.slack.com/archives/C01/p1699", ("slack", "Message", "", "")),
        ("https://acme.slack.com/archives/C01", ("slack", "Channel", "", "")),
        ("https://www.figma.com/file/AbC/Spring-campaign", ("figma", "Design", "Spring campaign", "")),
        ("https://acme.atlassian.net/browse/OPS-12", ("jira", "Issue", "Issue OPS-12", "")),
        ("https://www.notion.so/Autumn-plan-0123456789abcdef0123456789abcdef", ("notion", "Page", "Autumn plan", "")),
        ("https://wiki.acme.example/how-we-work", ("other", "", "how we work", "")),
        ("https://evilclickup.com/t/86abc", ("other", "", "86abc", "")),
    ],
)
def test_an_address_tells_what_it_leads_to(url: str, told: tuple[str, str, str, str]) -> None:
    found = tell(url)
    assert (found.tool, found.kind, found.title, found.state) == told


def test_a_link_stands_on_the_account_its_meeting_and_its_deliverable(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    meeting = schedule_meeting(acme, type="sync", starts_at=at("2026-03-03 15:00"), actor=alice)
    plan = plan_deliverable(acme, type="plan", title="Spring plan", actor=alice)
    link = add_link(acme, url="https://zoom.us/j/81234567890", meeting=meeting.pk, deliverable=plan.pk, actor=alice)
    assert (link.tool, str(link), link.tool_label, link.client_visible) == (
        "zoom",
        "Meeting 81234567890",
        "Zoom",
        False,
    )
    assert list(meeting.links.all()) == list(plan.links.all()) == list(list_links(alice, acme)) == [link]
    assert last_fact("link.added").data == {
        "tool": "zoom",
        "kind": "Meeting",
        "client_visible": False,
        "meeting": meeting.pk,
        "deliverable": plan.pk,
    }


def test_what_is_typed_counts_before_what_the_address_tells(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    link = add_link(acme, url="app.clickup.com/t/86abc", title="The launch", state="in progress", actor=alice)
    assert (link.url, link.title, link.state) == ("https://app.clickup.com/t/86abc", "The launch", "in progress")
    changed = change_link(link, url="https://f.io/AbCdEf12", state="approved", client_visible=True, actor=alice)
    assert (changed.tool, changed.title, changed.state) == ("frame_io", "The launch", "approved")
    assert last_fact("link.changed").data["changed"] == ["client_visible", "kind", "state", "tool", "url"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("javascript:alert(1)", "no_address"),
        ("ftp://example.com/x", "no_address"),
        ("https://dana:secret@example.com/x", "with_password"),
        ("", "no_address"),
    ],
)
def test_a_link_that_leads_nowhere_good_is_refused(acme: Account, cast: Cast, url: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        add_link(acme, url=url, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == (code, "url")


def test_the_same_link_stands_once(acme: Account, book: Book, cast: Cast) -> None:
    add_link(acme, url="https://f.io/AbCdEf12", actor=cast.actor("alice"))
    with pytest.raises(Refused) as refusal:
        add_link(acme, url="https://f.io/AbCdEf12", actor=cast.actor("alice"))
    assert refusal.value.code == "taken"
    assert add_link(book.bobs, url="https://f.io/AbCdEf12", actor=cast.actor("bob")).pk


def test_a_client_sees_what_is_theirs_to_see(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    add_link(acme, url="https://app.clickup.com/t/86abc", actor=alice)
    shared = add_link(acme, url="https://f.io/AbCdEf12", client_visible=True, actor=alice)
    assert list(list_links(cast.actor("carl"), acme)) == [shared]


def test_a_link_is_undone_or_removed(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    undone = add_link(acme, url="https://f.io/AbCdEf12", actor=alice)
    withdraw_link(undone, actor=alice)
    removed = add_link(acme, url="https://f.io/AbCdEf12", actor=alice)
    remove_link(removed, actor=alice)
    assert not Link.objects.exists()
    assert [fact.kind for fact in facts_of(undone.pk)] == ["link.added", "link.withdrawn"]
    assert [fact.kind for fact in facts_of(removed.pk)] == ["link.added", "link.removed"]
