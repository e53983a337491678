"""What was left empty is named, with what to do about it, on every form and in the same words."""

import pytest
from django import forms
from django.conf import settings as project
from django.test import Client

from tenure.identity.actor import Actor
from tests.book import take_on
from tests.cast import Cast

pytestmark = pytest.mark.requirement("P-08")


class EveryKind(forms.Form):
    why = forms.CharField()
    due_on = forms.DateField(label="Due on")
    at = forms.TimeField(label="At")
    pieces = forms.IntegerField()
    owner = forms.ChoiceField(choices=[("a", "Alice")])
    days = forms.MultipleChoiceField(choices=[("mo", "Monday")])
    material = forms.FileField()
    agreed = forms.BooleanField(label="I agree")
    own = forms.CharField(error_messages={"required": "Say what is to be mended first."})
    size = forms.IntegerField(max_value=5)


def test_each_kind_of_field_says_which_it_is_and_how_to_mend_it() -> None:
    form = EveryKind({"size": "6"})
    told = {name: list(form[name].errors) for name in form.fields}
    assert told == {
        "why": ["“Why” is missing: write it."],
        "due_on": ["“Due on” is missing: say the day."],
        "at": ["“At” is missing: say the time."],
        "pieces": ["“Pieces” is missing: write a number."],
        "owner": ["“Owner” is missing: choose one."],
        "days": ["“Days” is missing: choose at least one."],
        "material": ["“Material” is missing: choose a file."],
        "agreed": ["“I agree” is missing: tick it to go on."],
        "own": ["Say what is to be mended first."],
        "size": ["Ensure this value is less than or equal to 5."],
    }


@pytest.mark.django_db
def test_our_own_pages_and_those_of_signing_in_say_it(client: Client, cast: Cast, system: Actor) -> None:
    account = take_on("Acme", cast.alice, system, pod=cast.pod.pk)
    entrance = client.post("/sign-in/", {"login": "", "password": ""}).content.decode()
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    act = client.post(f"/do/contact.add/{account.pk}/", {}).content.decode()
    for page, words in ((entrance, "“Password” is missing: write it."), (act, "“Name” is missing: write it.")):
        assert words in page
        assert "This field is required" not in page
