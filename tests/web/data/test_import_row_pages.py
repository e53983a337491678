"""Rows that were set aside: why, corrected in place, tried again, dismissed, one by one and many; data quality."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from tenure.records.account import Account
from tenure.sources.imports import ImportRow
from tests.web.data.conftest import MAPPING, Importing, page, said

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-09", "O-11")]


class TestRowsSetAside:
    def test_each_says_why_and_offers_the_cell(self, olive: Client, imported: Importing) -> None:
        shown = page(olive, f"/data/imports/{imported().pk}/rows/")
        assert "This is empty." in shown and "“31-02-2026” is no day." in shown
        assert 'name="cell.Account Name"' in shown and 'name="cell.signed" value="31-02-2026"' in shown
        assert "An account without seats" in page(olive, reverse("rows_aside"), show="marked")

    def test_a_cell_is_corrected_in_place(self, olive: Client, imported: Importing) -> None:
        row = ImportRow.objects.get(made_by=imported(), line=4)
        went = olive.post(f"/data/rows/{row.pk}/mend/", {"cell.Account Name": "Cedar", "next": "/data/rows/"})
        assert (went.status_code, went["Location"]) == (303, "/data/rows/")
        assert "Line 4 of accounts is loaded." in said(olive)
        assert Account.objects.filter(name="Cedar").exists()
        row.refresh_from_db()
        assert row.status == "corrected"
        assert "Line 4" in page(olive, reverse("rows_aside"), show="settled")

    def test_what_is_still_wrong_is_said_and_what_was_typed_stays(self, olive: Client, imported: Importing) -> None:
        row = ImportRow.objects.get(made_by=imported(), line=5)
        olive.post(f"/data/rows/{row.pk}/mend/", {"cell.signed": "32-01-2026"})
        assert "still cannot be loaded: “32-01-2026” is no day." in said(olive)
        assert 'name="cell.signed" value="32-01-2026"' in page(olive, f"/data/imports/{row.made_by_id}/rows/")

    def test_a_row_has_a_page_with_every_cell(self, olive: Client, imported: Importing) -> None:
        row = ImportRow.objects.get(made_by=imported(), line=5)
        shown = page(olive, f"/data/rows/{row.pk}/")
        assert [f'name="cell.{name}"' in shown for name in ("id", "Account Name", "seats", "signed")] == [True] * 4
        refused = olive.post(f"/data/rows/{row.pk}/", {"cell.signed": "someday", "cell.seats": "4"})
        assert refused.status_code == 422
        assert 'value="someday"' in refused.content.decode() and "was 31-02-2026" in refused.content.decode()
        assert olive.post(f"/data/rows/{row.pk}/", {"cell.signed": "28-02-2026"}).status_code == 303
        assert Account.objects.get(name="Dover").started_on == date(2026, 2, 28)

    def test_a_row_that_is_only_marked_is_shown_and_is_no_form(self, olive: Client, imported: Importing) -> None:
        row = ImportRow.objects.get(made_by=imported(), severity="flag")
        shown = page(olive, f"/data/rows/{row.pk}/")
        assert "It is loaded as it stands" in shown and "An account without seats" in shown
        assert 'name="cell.' not in shown and "Accept it</button>" in shown

    def test_a_row_is_left_out_for_a_reason(self, olive: Client, imported: Importing) -> None:
        row = ImportRow.objects.get(made_by=imported(), line=4)
        refused = olive.post(f"/data/rows/{row.pk}/dismiss/", {"reason": " "})
        assert refused.status_code == 422 and "Say why it can be left out." in refused.content.decode()
        assert olive.post(f"/data/rows/{row.pk}/dismiss/", {"reason": "A test of ours"}).status_code == 303
        assert "A test of ours" in page(olive, reverse("rows_aside"), show="settled")

    def test_many_are_tried_again(self, olive: Client, imported: Importing) -> None:
        made = imported()
        rows = ImportRow.objects.filter(made_by=made, severity="quarantine")
        for row in rows:
            row.corrected = {"Account Name": "Elm", "signed": "01-03-2026"} if row.line == 4 else {}
            row.save()
        asked = {"act": "retry", "selected": [row.pk for row in rows]}
        olive.post(f"/data/imports/{made.pk}/rows/", asked)
        assert "1 of 2 rows loaded; 1 still set aside." in said(olive)
        assert Account.objects.filter(name="Elm").exists()

    def test_many_are_dismissed(self, olive: Client, imported: Importing) -> None:
        made = imported()
        rows = [row.pk for row in ImportRow.objects.filter(made_by=made)]
        refused = olive.post(f"/data/imports/{made.pk}/rows/", {"act": "dismiss", "selected": rows})
        assert refused.status_code == 422
        olive.post(f"/data/imports/{made.pk}/rows/", {"act": "dismiss", "selected": rows, "reason": "Known"})
        assert set(ImportRow.objects.values_list("status", "note")) == {("dismissed", "Known")}

    def test_every_row_of_a_check_at_once(self, olive: Client, imported: Importing) -> None:
        made = imported()
        address = f"/data/imports/{made.pk}/rows/"
        assert "Try all of these again" in page(olive, address, check="not_a_day")
        olive.post(address, {"act": "retry_all", "check": "not_a_day"})
        assert "1 of 1 rows tried again." in said(olive)
        olive.post(address, {"act": "dismiss_all", "check": "has_seats", "reason_all": "Sales knows"})
        assert ImportRow.objects.get(line=3).note == "Sales knows"
        assert ImportRow.objects.filter(status="open").count() == 2

    def test_an_act_without_rows_says_so(self, olive: Client, imported: Importing) -> None:
        address = f"/data/imports/{imported().pk}/rows/"
        for act in ("retry", "dismiss"):
            refused = olive.post(address, {"act": act, "reason": "x"})
            assert refused.status_code == 422 and "Select at least one row" in refused.content.decode()
        assert olive.post(address, {"act": "burn"}).status_code == 422

    def test_rows_of_another_import_are_not_touched(self, olive: Client, imported: Importing) -> None:
        one = ImportRow.objects.get(made_by=imported(), line=4)
        other = imported("id,Account Name,seats,signed\nB1,,1,01-01-2026\n", MAPPING.replace("crm", "erp"))
        refused = olive.post(f"/data/imports/{other.pk}/rows/", {"act": "dismiss", "selected": one.pk, "reason": "No"})
        assert refused.status_code == 422
        one.refresh_from_db()
        assert one.is_open

    def test_they_can_be_saved_as_a_file(self, olive: Client, imported: Importing) -> None:
        saved = olive.get(f"/data/imports/{imported().pk}/rows/accounts.csv")
        lines = b"".join(saved.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
        assert lines[0] == "line,id,Account Name,seats,signed,why it was set aside"
        assert [line.split(",")[0] for line in lines[1:]] == ["3", "4", "5"]


def test_what_is_odd_is_gathered_over_all_imports(olive: Client, imported: Importing) -> None:
    made = imported()
    shown = page(olive, reverse("quality"))
    assert "An account without seats" in shown and "Ask sales." in shown and "line 3: seats empty" in shown
    # One row of four fails each check.
    assert shown.count("1 open of 1 · 25.0 %") == 3
    assert f'href="/data/imports/{made.pk}/"' in shown
    assert f'href="{reverse("rows_aside")}?source=crm&amp;file=accounts&amp;check=has_seats&amp;show=marked"' in shown
    ImportRow.objects.update(status="dismissed")
    assert page(olive, reverse("quality")).count("all settled") == 3
