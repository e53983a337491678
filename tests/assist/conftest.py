"""The company of the records' tests, with templates that ask for drafts."""

import pytest

from tenure.blueprint.model import Model
from tests.cast import blueprint
from tests.days import days  # noqa: F401 - a fixture
from tests.records.conftest import SECTIONS

TEMPLATES = {
    "pillars": {
        "label": "Pillars are there",
        "subject": "{account_name}: your pillars",
        "body": "Hello {contact_name},\n\nhere they are: {deliverable_link}\nWe meet on {next_meeting_date}.\n\n"
        "{owner_name}",
        "drafts_on": [{"on": "deliverable.delivered", "where": "data.type = 'plan'"}],
        "once": True,
    },
    "win": {
        "label": "A win",
        "subject": "Good news",
        "body": "{result_summary}\nIt shows in: {evidence}",
        "drafts_on": [{"on": "win.recorded"}, {"on": "goal.attained"}],
    },
    "check_in": {"label": "Checking in", "subject": "How are things", "body": "Hello {contact_name}, how is it going?"},
}
COMMITMENTS = {
    "milestone_update": {
        "label": "Milestones are told",
        "opens": {"on": "deliverable.delivered"},
        "met_by": [{"on": "message.sent"}],
        "match": "all",
        "within": "2 days",
        "owner": "csm",
    }
}
PLAYBOOKS = {
    "rescue": {
        "label": "Rescue",
        "steps": {"ask": {"label": "Ask", "owner": "csm", "does": "message", "template": "check_in"}},
    }
}


@pytest.fixture
def model() -> Model:
    return blueprint(**SECTIONS, templates=TEMPLATES, commitments=COMMITMENTS, playbooks=PLAYBOOKS)
