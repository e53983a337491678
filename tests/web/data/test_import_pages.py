"""Importing by hand: files are looked at, run, taken back; what is odd is gathered."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from tenure.base import clock
from tenure.base.clock import SystemClock
from tenure.pipeline.lease import Lease
from tenure.records.account import Account, change_account
from tenure.sources.imports import Import
from tenure.web import uploads
from tests.cast import Cast
from tests.web.conftest import PageAt
from tests.web.data.conftest import ACCOUNTS, MAPPING, Importing, csv, page

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-09", "O-11")]


class TestBeginning:
    def test_files_are_looked_at_before_anything_is_imported(self, olive: Client) -> None:
        assert "CSV or Excel" in page(olive, "/data/imports/new/")
        went = olive.post("/data/imports/new/", {"files": csv(), "text": MAPPING})
        made = Import.objects.get()
        assert (went.status_code, went["Location"]) == (303, f"/data/imports/{made.pk}/")
        shown = page(olive, went["Location"])
        assert "Nothing is imported yet." in shown and "Import it" in shown
        # Two rows can be loaded, one of them marked; one lacks its name, one has no such day.
        assert "Rows <b>4</b>" in shown and "New <b>2</b>" in shown and "Set aside <b>2</b>" in shown
        assert "line 4: This is empty." in shown and "line 5: “31-02-2026” is no day." in shown
        assert "Create an account: account A1" in shown and "name Ashdown, seats 10" in shown
        assert not Account.objects.exists()
        assert not list((Path(settings.UPLOADS) / "staged").iterdir()), "what was handed in has moved on"

    def test_a_known_mapping_is_chosen(self, olive: Client, looked_at: Importing) -> None:
        known = looked_at()
        assert f'<option value="import:{known.pk}">Our CRM (mapping.yaml' in page(olive, "/data/imports/new/")
        olive.post("/data/imports/new/", {"files": csv(), "mapping": f"import:{known.pk}"})
        assert Import.objects.order_by("id").last().mapping == known.mapping  # type: ignore[union-attr]

    def test_a_mapping_is_handed_in_as_a_file(self, olive: Client) -> None:
        olive.post("/data/imports/new/", {"files": csv(), "mapping_file": csv("crm.yaml", MAPPING)})
        assert Import.objects.get().mapping_name == "crm.yaml"

    def test_what_is_wrong_with_a_mapping_is_shown_at_its_line_and_everything_stays(self, olive: Client) -> None:
        wrong = MAPPING.replace("do: account.create", "do: account.creat").replace("type: integer", "type: whole")
        refused = olive.post("/data/imports/new/", {"files": csv(), "mapping_file": csv("crm.yaml", wrong)})
        shown = refused.content.decode()
        assert refused.status_code == 422
        assert "crm.yaml:10:21" in shown, "the type of seats stands in line 10"
        assert "do: account.creat" in shown
        assert '<input type="checkbox" name="keep" value="accounts.csv" checked>' in shown
        kept = re.search(r'name="kept" value="([^"]+)"', shown)
        assert kept
        again = olive.post("/data/imports/new/", {"kept": kept[1], "keep": "accounts.csv", "text": MAPPING})
        assert again.status_code == 303
        assert Import.objects.get().files[0]["name"] == "accounts.csv"

    def test_files_of_somebody_else_are_not_taken(self, olive: Client, cast: Cast) -> None:
        other = uploads.Stage.begin(cast.alice.pk)
        other.add([csv()])
        refused = olive.post("/data/imports/new/", {"kept": other.token, "keep": "accounts.csv", "text": MAPPING})
        assert "Give at least one file." in refused.content.decode()

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"text": MAPPING}, "Give at least one file."),
            ({"files": csv}, "Choose a mapping, or hand one in"),
            ({"files": lambda: csv("orders.csv"), "text": MAPPING}, "“orders.csv” fits none of the mapping"),
            ({"files": lambda: csv(text="id,Name\n1,A\n"), "text": MAPPING}, "There is no column Account Name"),
            ({"files": lambda: csv(text=""), "text": MAPPING}, "The submitted file is empty."),
        ],
    )
    def test_what_cannot_be_looked_at_says_what_to_do(self, olive: Client, given: dict[str, Any], words: str) -> None:
        sent = {name: value() if callable(value) else value for name, value in given.items()}
        refused = olive.post("/data/imports/new/", sent)
        assert refused.status_code == 422
        assert words in refused.content.decode()

    def test_too_much_is_turned_away_before_it_is_read(self, olive: Client) -> None:
        refused = olive.generic(
            "POST", "/data/imports/new/", b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(20 * 1024 * 1024)
        )
        assert refused.status_code == 413
        assert "larger than 16 MB together" in refused.content.decode()

    def test_the_forms_token_is_checked_all_the_same(self, cast: Cast) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(cast.olive)
        assert strict.post("/data/imports/new/", {"files": csv(), "text": MAPPING}).status_code == 403
        assert not Import.objects.exists()

    def test_what_nobody_came_back_to_is_removed(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        left = uploads.Stage.begin(cast.olive.pk)
        later = clock.now() + timedelta(days=2)
        monkeypatch.setattr(clock, "now", lambda: later)
        uploads.Stage.begin(cast.olive.pk)
        assert not left.folder.exists()


class TestRunning:
    def test_without_a_pipeline_the_open_page_does_the_work(self, olive: Client, looked_at: Importing) -> None:
        made = looked_at()
        assert olive.post(f"/data/imports/{made.pk}/run/").status_code == 303
        shown = page(olive, f"/data/imports/{made.pk}/")
        assert "Importing: 0 of 4 rows, 0 %." in shown and "No pipeline is running." in shown
        assert f'hx-post="/data/imports/{made.pk}/go-on/"' in shown
        ended = olive.post(f"/data/imports/{made.pk}/go-on/", headers={"HX-Request": "true"})
        assert (ended.status_code, ended["HX-Refresh"]) == (204, "true")
        done = page(olive, f"/data/imports/{made.pk}/")
        assert "Account: 2 new" in done and "2 rows are set aside." in done
        assert sorted(Account.objects.values_list("name", flat=True)) == ["Ashdown", "Birch"]

    def test_it_goes_on_by_a_plain_button_too(self, olive: Client, looked_at: Importing) -> None:
        made = looked_at()
        olive.post(f"/data/imports/{made.pk}/run/")
        assert olive.post(f"/data/imports/{made.pk}/go-on/")["Location"] == f"/data/imports/{made.pk}/"
        made.refresh_from_db()
        assert made.status == "done"

    def test_where_a_pipeline_runs_the_page_only_looks(self, olive: Client, looked_at: Importing) -> None:
        now = SystemClock().now()
        Lease.objects.create(
            name="pipeline", holder="here", taken_at=now, heartbeat_at=now, expires_at=now + timedelta(minutes=1)
        )
        made = looked_at()
        olive.post(f"/data/imports/{made.pk}/run/")
        shown = page(olive, f"/data/imports/{made.pk}/")
        assert "You can leave; it goes on." in shown and "go-on" not in shown
        asked = olive.get(f"/data/imports/{made.pk}/progress/", headers={"HX-Request": "true"})
        assert asked.status_code == 200 and "<html" not in asked.content.decode()
        assert not Account.objects.exists()

    def test_it_runs_once(self, olive: Client, imported: Importing) -> None:
        refused = olive.post(f"/data/imports/{imported().pk}/run/")
        assert refused.status_code == 422
        assert "This import is done; prepare it anew." in refused.content.decode()

    def test_what_stopped_it_is_told(self, olive: Client, looked_at: Importing) -> None:
        made = looked_at()
        olive.post(f"/data/imports/{made.pk}/run/")
        made.refresh_from_db()
        path = made.path_of("accounts")
        assert path
        path.unlink()
        olive.post(f"/data/imports/{made.pk}/go-on/")
        assert "The stored copy of this file is gone" in page(olive, f"/data/imports/{made.pk}/")

    def test_its_mapping_can_be_saved(self, olive: Client, looked_at: Importing) -> None:
        saved = olive.get(f"/data/imports/{looked_at().pk}/mapping/")
        assert saved.content.decode() == MAPPING
        assert saved["Content-Disposition"] == 'attachment; filename="mapping.yaml"'


class TestTakingBack:
    def test_it_says_what_goes_and_takes_it(self, olive: Client, imported: Importing) -> None:
        made = imported()
        shown = page(olive, f"/data/imports/{made.pk}/undo/")
        assert "2 made" in shown and "nobody has touched what it brought" in shown
        assert olive.post(f"/data/imports/{made.pk}/undo/").status_code == 303
        olive.post(f"/data/imports/{made.pk}/go-on/")
        assert not Account.objects.exists()
        assert "2 rows are gone and 2 facts retracted." in page(olive, f"/data/imports/{made.pk}/")

    def test_what_people_built_on_stands_in_the_way_unless_it_is_kept(
        self, olive: Client, imported: Importing, cast: Cast
    ) -> None:
        made = imported()
        change_account(Account.objects.get(name="Birch"), industry="Timber", actor=cast.actor("olive"))
        address = f"/data/imports/{made.pk}/undo/"
        shown = page(olive, address)
        assert "Birch" in shown and "was done on" in shown and 'name="keep"' in shown
        refused = olive.post(address)
        assert refused.status_code == 422
        assert "people have built on 1 of its rows: Birch" in refused.content.decode()
        assert olive.post(address, {"keep": "on"}).status_code == 303
        olive.post(f"/data/imports/{made.pk}/go-on/")
        assert [account.name for account in Account.objects.all()] == ["Birch"]
        assert "1 row on which people had built stayed." in page(olive, f"/data/imports/{made.pk}/")


@pytest.mark.browser
@pytest.mark.django_db
def test_an_import_from_the_file_to_the_corrected_row(page_at: PageAt, cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(ACCOUNTS)
    (tmp_path / "crm.yaml").write_text(MAPPING)
    opened = page_at("/data/imports/new/", person=cast.olive)
    opened.set_input_files("input[name=files]", tmp_path / "accounts.csv")
    opened.set_input_files("input[name=mapping_file]", tmp_path / "crm.yaml")
    opened.get_by_role("button", name="Look at them").click()
    opened.get_by_role("button", name="Import it").click()
    expect(opened.get_by_text("2 rows are set aside.")).to_be_visible(timeout=20_000)
    opened.get_by_role("link", name="See them").click()
    opened.get_by_label("Account Name of line 4").fill("Cedar")
    opened.get_by_role("button", name="Try line 4 again").click()
    expect(opened.get_by_text("Line 4 of accounts is loaded.")).to_be_visible()
    assert Account.objects.filter(name="Cedar").exists()


@pytest.mark.browser
@pytest.mark.django_db
def test_the_same_without_a_script(page_at: PageAt, cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(ACCOUNTS)
    opened = page_at("/data/imports/new/", person=cast.olive, script=False)
    opened.set_input_files("input[name=files]", tmp_path / "accounts.csv")
    opened.locator("summary", has_text="Write or change the mapping").click()
    opened.get_by_label("Mapping, as YAML").fill(MAPPING)
    opened.get_by_role("button", name="Look at them").click()
    opened.get_by_role("button", name="Import it").click()
    opened.get_by_role("button", name="Go on").click()
    expect(opened.get_by_text("2 rows are set aside.")).to_be_visible()
