"""A task by hand: the form asks what a person can answer, and answers the rest itself."""

import pytest
from django.test import Client

from tenure.work.tasks import Task
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-08")]


def test_priority_is_chosen_by_its_word_and_the_source_is_not_asked(client: Client, cast: Cast) -> None:
    client.force_login(cast.alice)
    form = client.get("/tasks/add/").content.decode()
    chosen = form.split('name="priority"')[1].split("</select>")[0]
    assert [label in chosen for label in ("Low", "Normal", "High")] == [True, True, True]
    assert 'value="1" selected' in chosen
    assert 'name="source"' not in form


def test_the_chosen_priority_is_kept(client: Client, cast: Cast) -> None:
    client.force_login(cast.alice)
    client.post("/tasks/add/", {"title": "Order the boxes", "priority": "2"})
    task = Task.objects.get(title="Order the boxes")
    assert (task.priority, task.source) == (Task.Priority.HIGH, Task.Source.HAND)
