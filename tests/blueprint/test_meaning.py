"""What a model means is checked wherever it came from: a folder, a database, or a person's form."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tenure.blueprint.check import Measured, Vocabulary, check
from tenure.blueprint.loader import read
from tenure.blueprint.model import Model
from tenure.blueprint.sources import Sources
from tenure.blueprint.terms import Terms, measures_of

from .conftest import Write
from .vocabulary import VOCABULARY

SMALL = Vocabulary(
    facts={
        "meeting.held": {"type": "text", "attended": "boolean", "due_on": "day"},
        "issue.opened": {"severity": "text"},
        "point.entered": {"metric": "text", "value": "number"},
    },
    measures={"usage_days": Measured(), "score": Measured(windowed=False), "churned": Measured("boolean", False)},
    operations=frozenset({"note.log"}),
    account_fields={"tier": "text", "status": "text", "stage": "text", "seats_licensed": "integer"},
)
Build = Callable[..., Model]


def build(**sections: Any) -> Model:
    raci = {"note.log": {"accountable": "csm"}}
    data = {"company": {"name": "Acme"}, "roles": {"csm": {"label": "CSM"}}, "raci": raci, **sections}
    return Model.model_validate_json(json.dumps(data))


def told(model: Model) -> list[tuple[str, str, str]]:
    return [(each.path, each.message, each.nearest) for each in check(model, Sources(), SMALL)]


def signal(when: str) -> list[tuple[str, str]]:
    model = build(
        tiers={"pro": {"label": "Pro"}, "basic": {"label": "Basic"}},
        metrics={"views": {"label": "Views"}},
        meetings={"sync": {"label": "Sync", "ratings": {"pace": {"text": "Pace"}}}},
        measures={"share": {"label": "Share", "is": "usage_days / 28"}},
        journeys={"way": {"label": "Way", "stages": {"first": {"label": "First"}}}},
        signals={"it": {"label": "It", "when": when, "owner": "csm"}},
    )
    return [(message, near) for _, message, near in told(model)]


def test_a_sound_model_has_no_problems_and_needs_no_sources() -> None:
    assert told(build()) == []


def test_a_problem_without_sources_still_says_the_way() -> None:
    model = build(signals={"it": {"label": "It", "when": "usage_day > 3", "owner": "csm"}})
    (problem,) = check(model, Sources(), SMALL)
    assert (problem.file, problem.line) == ("", 0)
    assert str(problem) == (
        "signals.it.when: “usage_day” is not a measure or a field of an account (column 1 of the expression); "
        "did you mean “usage_days”?"
    )


@pytest.mark.parametrize(
    "when",
    [
        "usage_days > 3 and tier = 'pro'",
        "churned or not churned",
        "metric_views_change < 0 or over(metric_views, 7) = 0",
        "rating_pace < 3",
        "share > 0.5 and ago(share, 28) < 0.5 and over(share, 7) > 0",
        "stage = 'first' and status in ('active', 'closed')",
        "ago(score, 14) - score > 1",
        "usage_days is null",
        "case when tier = 'pro' then usage_days else 2 * usage_days end > 10",
        "seats_licensed > 3",
        "day > date '2026-01-01'",
    ],
)
def test_what_an_account_expression_may_say(when: str) -> None:
    assert signal(when) == []


@pytest.mark.requirement("P-04")
@pytest.mark.parametrize(
    ("when", "message", "near"),
    [
        ("metric_view > 3", "“metric_view” is not a measure or a field of an account (column 1 of the expression)",
         "metric_views"),
        ("rating_speed > 3", "“rating_speed” is not a measure or a field of an account (column 1 of the expression)",
         "rating_pace"),
        ("data.type = 'x'", "“data.type” is not a measure or a field of an account (column 1 of the expression)", ""),
        ("ago(tier, 7) = 'pro'", "“tier” is no measure: history is kept of measures (column 5 of the expression)", ""),
        ("over(score, 7) > 3", "“score” has no window, so that over cannot change it (column 6 of the expression)", ""),
        ("usage_days", "this is a number, and a condition stands here (column 1 of the expression)", ""),
        ("churned > 3", "“>” puts true or false beside a number (column 11 of the expression)", ""),
        ("tier = 'Pro'", "“tier” is never 'Pro' (basic or pro) (column 8 of the expression)", "pro"),
        ("'basik' = tier", "“tier” is never 'basik' (basic or pro) (column 1 of the expression)", "basic"),
        ("stage in ('first', 'lst')", "“stage” is never 'lst' (first) (column 20 of the expression)", ""),
        ("coalesce(usage_days, 0) = 0",
         "coalesce would pass off an unknown “usage_days” as known (column 10 of the expression)", ""),
        ("coalesce(share, 0) = 0", "coalesce would pass off an unknown “share” as known (column 10 of the expression)",
         ""),
        ("case when usage_days > 3 then true else false end",
         "case would pass off an unknown “usage_days” as known; a condition of case reads account fields "
         "(column 11 of the expression)", ""),
    ],
)  # fmt: skip
def test_what_an_account_expression_may_not_say(when: str, message: str, near: str) -> None:
    assert signal(when) == [(message, near)]


def test_every_unknown_name_of_one_expression_is_told_once() -> None:
    assert [(message[:12], near) for message, near in signal("usage_dayz > 3 and scor < 2 and usage_dayz > 4")] == [
        ("“scor” is no", "score"),
        ("“usage_dayz”", "usage_days"),
    ]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("data.attended = true and account.tier = 'pro'", None),
        ("kind = 'meeting.held' and happened_at = known_at", None),
        ("data.type = 'sink'", "“data.type” is never 'sink' (sync) (column 13 of the expression)"),
        ("kind = 'meeting.hold'", "“kind” is never 'meeting.hold'"),
        ("data.severity = 'low'", "“data.severity” is not a field of meeting.held"),
        ("usage_days > 3", "“usage_days” is not a field of meeting.held"),
        ("days_since(data.due_on) > 3", "a fact has no past"),
        ("over(data.type, 3) = 'sync'", "a fact has no past"),
        ("data.attended", None),
        ("data.type", "this is a text, and a condition stands here"),
    ],
)
def test_what_a_condition_over_a_fact_may_say(where: str, message: str | None) -> None:
    model = build(
        tiers={"pro": {"label": "Pro"}},
        meetings={"sync": {"label": "Sync"}},
        commitments={
            "it": {
                "label": "It",
                "opens": {"on": "meeting.held", "where": where},
                "met_by": [{"on": "issue.opened"}],
                "within": "1 day",
                "owner": "csm",
            }
        },
    )
    messages = [each for path, each, _ in told(model) if path == "commitments.it.opens.where"]
    assert len(messages) == (0 if message is None else 1)
    assert message is None or messages[0].startswith(message)


def test_points_name_a_declared_metric() -> None:
    trigger = {"on": "point.entered", "where": "data.metric = 'viws'"}
    ramp = {
        "first": {"label": "First", "by": "30 days", "expects": {"x": {"label": "X", "counts": trigger, "target": 1}}}
    }
    model = build(metrics={"views": {"label": "Views"}}, roles={"csm": {"label": "CSM", "ramp": ramp}})
    assert [(message, near) for _, message, near in told(model)] == [
        ("“data.metric” is never 'viws' (views) (column 15 of the expression)", "views")
    ]


def test_metrics_ratings_and_meetings_join_the_catalogue() -> None:
    data = {
        "metrics": {"views": {}},
        "meetings": {"a": {"ratings": {"pace": {}, "ease": {}}}, "b": {"ratings": {"pace": {}}}},
    }
    found = measures_of(data, SMALL)
    brought = {"metric_views", "metric_views_change", "rating_pace", "rating_ease", "attendance_a", "attendance_b"}
    since = {"days_since_meeting_a", "days_since_meeting_b"}
    assert set(found) - set(SMALL.measures) == brought | since
    assert not any(found[name].windowed for name in since)
    assert (found["metric_views"].windowed, found["rating_pace"].windowed) == (True, False)


def test_own_measures_have_the_type_of_what_they_stand_on() -> None:
    data = {
        "measures": {
            "late": {"is": "early > 3"},  # before what it stands on
            "early": {"is": "usage_days * 2"},
            "loop": {"is": "loop + 1"},
            "broken": {"is": "usage_days >"},
        }
    }
    terms = Terms(data, SMALL)
    assert {key: terms.types[key] for key in terms.own} == {
        "late": "boolean",
        "early": "number",
        "loop": "number",
        "broken": "any",
    }
    assert terms.reads("late") == {"early", "usage_days"}


def test_expressions_over_several_lines_are_told_at_their_first_line(write: Write) -> None:
    text = """\
company: {name: Acme}
roles: {csm: {label: CSM}}
signals:
  quoted: {label: A, owner: csm, when: 'usage_dayz > 3'}
  plain: {label: B, owner: csm, when: usage_dayz > 3}
  folded:
    label: C
    owner: csm
    when: >-
      usage_days > 3
      and usage_dayz > 3
"""
    folder = write("acme", company=text)
    problems = [each for each in read(folder, vocabulary=VOCABULARY).problems if each.path.startswith("signals")]
    assert [(each.line, each.column, each.message.partition(" (")[2]) for each in problems] == [
        (4, 41, "column 1 of the expression)"),
        (5, 39, "column 1 of the expression)"),
        (9, 11, "column 20 of the expression)"),
    ]
