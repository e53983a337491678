"""A condition is pending while it begins to hold, fires once it has held for long enough, and resolves."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.calendar import ALWAYS, always
from tenure.base.duration import DurationError, parse
from tenure.blueprint.model import Signal
from tenure.watch.signals import (
    Acknowledge,
    Event,
    Reading,
    Rule,
    Snooze,
    State,
    Transition,
    Wake,
    advance,
    from_json,
    inhibited,
    inhibitors,
    next_tick,
    rule_from,
    to_json,
)
from tests.watch.story import OFFICE, at

TWO_DAYS = Rule("quiet", parse("2 days"), "red")
AT_ONCE = Rule("quiet", parse("0 days"), "yellow")


def run(rule: Rule, *events: Event, state: State | None = None) -> tuple[State, list[Transition]]:
    state, told = state or State(), []
    for event in events:
        state, transitions = advance(state, event, rule)
        told += transitions
    return state, told


def days(values: list[bool | None], begin: int = 0) -> list[Reading]:
    return [Reading(at(begin + day), value) for day, value in enumerate(values)]


def heard(told: list[Transition]) -> list[tuple[str, str, datetime]]:
    return [(each.kind, each.signal, each.at) for each in told]


def test_it_fires_once_it_has_held_for_long_enough_and_resolves_when_it_ends() -> None:
    state, told = run(TWO_DAYS, *days([False, True, True, True, True, False]))
    assert heard(told) == [
        ("pending", "quiet/1", at(1)),
        ("fired", "quiet/1", at(3)),
        ("resolved", "quiet/1", at(5)),
    ]
    assert (state.status, state.episode, state.fired_at, state.resolved_at) == ("resolved", 1, at(3), at(5))
    assert told[1].since == at(1)
    assert told[1].severity == "red"


def test_one_that_ends_before_its_time_never_fires() -> None:
    state, told = run(TWO_DAYS, *days([True, True, False, True, False]))
    assert [each.kind for each in told] == ["pending", "lapsed", "pending", "lapsed"]
    assert state.status == "inactive"


def test_without_a_time_it_fires_at_once() -> None:
    state, told = run(AT_ONCE, *days([True]))
    assert heard(told) == [("fired", "quiet/1", at(0))]
    assert state.since == at(0)


def test_unknown_neither_advances_nor_resolves() -> None:
    # Known to hold from day 0 to 1 and from day 4 to 5: two days in all, and not before.
    state, told = run(TWO_DAYS, *days([True, True, None, None, True]))
    assert state.status == "pending"
    state, told = run(TWO_DAYS, Reading(at(5), True), state=state)
    assert heard(told) == [("fired", "quiet/1", at(5))]
    state, told = run(TWO_DAYS, *days([None, None], begin=6), state=state)
    assert (told, state.status, state.unknown_since) == ([], "firing", at(6))
    state, told = run(TWO_DAYS, Reading(at(8), True), state=state)
    assert (told, state.unknown_since) == ([], None)
    state, told = run(TWO_DAYS, Reading(at(9), False), state=state)
    assert heard(told) == [("resolved", "quiet/1", at(9))]


def test_unknown_before_anything_is_known_is_no_state_at_all() -> None:
    state, told = run(AT_ONCE, *days([None, None]))
    assert (state.status, told) == ("inactive", [])


def test_it_fires_again_as_another_signal() -> None:
    state, told = run(AT_ONCE, *days([True, False, True]))
    assert heard(told) == [
        ("fired", "quiet/1", at(0)),
        ("resolved", "quiet/1", at(1)),
        ("fired", "quiet/2", at(2)),
    ]
    assert (state.episode, state.resolved_at) == (2, None)


def test_a_pending_one_that_lapses_after_an_earlier_signal_leaves_that_resolved() -> None:
    state, _ = run(TWO_DAYS, *days([True, True, True, False, True, False]))
    assert (state.status, state.episode, state.resolved_at) == ("resolved", 1, at(3))


def test_a_day_that_is_delivered_twice_or_late_changes_nothing() -> None:
    state, _ = run(TWO_DAYS, *days([True, True]))
    for late in (Reading(at(1), True), Reading(at(1), False), Reading(at(0), False)):
        assert advance(state, late, TWO_DAYS) == (state, ())


def test_days_are_wall_clock_days_of_the_zone() -> None:
    # Midnights in Berlin around the change of 29 March 2026 are 23 hours apart; two days are two days.
    rule = Rule("quiet", parse("2 days"), "red", always("Europe/Berlin"))
    midnights = [datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((27, 23), (28, 23), (29, 22))]
    _, told = run(rule, *(Reading(moment, True) for moment in midnights))
    assert heard(told)[-1] == ("fired", "quiet/1", midnights[2])


def test_business_days_do_not_count_the_weekend() -> None:
    rule = Rule("quiet", parse("2 business days"), "red", OFFICE)
    friday = at(4, "12:00")
    _, told = run(rule, *(Reading(friday + timedelta(days=day), True) for day in range(6)))
    assert heard(told)[-1] == ("fired", "quiet/1", at(8, "12:00"))


def test_a_snooze_keeps_it_quiet_and_wakes_by_itself() -> None:
    state, _ = run(AT_ONCE, *days([True]))
    state, told = run(AT_ONCE, Snooze(at(1), at(4), "waits for the client"), state=state)
    assert [(each.kind, each.until, each.reason) for each in told] == [("snoozed", at(4), "waits for the client")]
    assert (state.status, state.is_quiet(at(3)), state.is_quiet(at(4)), next_tick(state)) == (
        "firing",
        True,
        False,
        at(4),
    )
    assert advance(state, Wake(at(3)), AT_ONCE) == (state, ())
    by_time, told = run(AT_ONCE, Wake(at(6)), state=state)
    assert (heard(told), next_tick(by_time)) == ([("woke", "quiet/1", at(4))], None)
    by_reading, told = run(AT_ONCE, Reading(at(5), True), state=state)
    assert heard(told) == [("woke", "quiet/1", at(4))]
    assert by_reading.status == by_time.status == "firing"


def test_what_resolves_while_it_is_snoozed_is_resolved() -> None:
    state, told = run(AT_ONCE, *days([True]), Snooze(at(0, "10:00"), at(9), "later"), *days([False], begin=1))
    assert [each.kind for each in told] == ["fired", "snoozed", "resolved"]
    assert (state.snoozed_until, state.snoozed_at, next_tick(state)) == (None, None, None)
    _, told = run(AT_ONCE, Reading(at(10), True), state=state)
    assert heard(told) == [("fired", "quiet/2", at(10))]


def test_a_snooze_told_twice_or_too_late_changes_nothing() -> None:
    state, _ = run(AT_ONCE, *days([True]))
    snooze = Snooze(at(1), at(4), "later")
    state, _ = run(AT_ONCE, snooze, state=state)
    assert advance(state, snooze, AT_ONCE) == (state, ())
    woken, _ = run(AT_ONCE, Wake(at(5)), state=state)
    assert advance(woken, snooze, AT_ONCE) == (woken, ())
    read, _ = run(AT_ONCE, Reading(at(9), True), state=woken)
    assert advance(read, Snooze(at(6), at(8), "told late"), AT_ONCE) == (read, ())
    before = Snooze(at(-1), at(20), "of the time before it fired")
    assert advance(read, before, AT_ONCE) == (read, ())


def test_a_snooze_may_be_changed_and_ended() -> None:
    state, _ = run(AT_ONCE, *days([True]), Snooze(at(1), at(4), "later"))
    state, told = run(AT_ONCE, Snooze(at(2), at(9), "much later"), state=state)
    assert [(each.kind, each.until) for each in told] == [("snoozed", at(9))]
    state, told = run(AT_ONCE, Snooze(at(3), at(3), "now"), state=state)
    assert (heard(told), state.is_quiet(at(3))) == ([("woke", "quiet/1", at(3))], False)


def test_only_what_fires_is_snoozed_or_acknowledged() -> None:
    state, _ = run(TWO_DAYS, *days([True]))
    for event in (Snooze(at(1), at(4), "later"), Acknowledge(at(1), "alice")):
        assert advance(state, event, TWO_DAYS) == (state, ())


def test_an_acknowledgement_holds_for_its_signal() -> None:
    state, told = run(AT_ONCE, *days([True]), Acknowledge(at(0, "09:00"), "alice"))
    assert [(each.kind, each.actor) for each in told[1:]] == [("acknowledged", "alice")]
    assert advance(state, Acknowledge(at(0, "10:00"), "bob"), AT_ONCE) == (state, ())
    state, _ = run(AT_ONCE, *days([False, True], begin=1), state=state)
    assert (state.status, state.acknowledged_by) == ("firing", None)
    assert advance(state, Acknowledge(at(1), "alice"), AT_ONCE) == (state, ())  # of the signal before


def test_a_signal_keeps_quiet_beside_one_that_says_more() -> None:
    rule = Rule("low_usage", parse("0 days"), "yellow", ALWAYS, ("no_usage", "closed"))
    assert inhibitors({"no_usage", "late_invoice"}, rule) == ("no_usage",)
    assert inhibited({"no_usage"}, rule)
    assert not inhibited({"late_invoice", "low_usage"}, rule)
    assert not inhibited({"quiet"}, Rule("quiet", parse("0 days"), "red", ALWAYS, ("quiet",)))


def test_a_rule_is_read_from_the_blueprint() -> None:
    fields: dict[str, Any] = {"label": "Quiet", "when": "meetings < 1", "owner": "csm", "inhibited_by": ["gone"]}
    signal = Signal.model_validate({**fields, "for": "2 days", "severity": "red"})
    assert rule_from("quiet", signal) == Rule("quiet", parse("2 days"), "red", ALWAYS, ("gone",))
    with pytest.raises(DurationError, match="quiet holds for 50 %"):
        rule_from("quiet", Signal.model_validate({**fields, "for": "50 %"}))


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.sampled_from([True, True, None, False]), st.integers(0, 30)),
        st.tuples(st.just("snooze"), st.integers(0, 5), st.integers(0, 30)),
        st.tuples(st.just("ack"), st.none(), st.integers(0, 30)),
        st.tuples(st.just("wake"), st.none(), st.integers(0, 30)),
    ),
    max_size=40,
)


def event_of(kind: str, value: Any, hours: int) -> Event:
    moment = at(0) + timedelta(hours=6 * hours)
    match kind:
        case "read":
            return Reading(moment, value)
        case "snooze":
            return Snooze(moment, moment + timedelta(days=value), "later")
        case "ack":
            return Acknowledge(moment, "alice")
        case _:
            return Wake(moment)


@settings(max_examples=300, deadline=None)
@given(EVENTS, st.sampled_from([TWO_DAYS, AT_ONCE]))
def test_whatever_comes_there_is_one_signal_at_a_time_and_the_state_survives_json(events: Any, rule: Rule) -> None:
    state, open_signal, fired = State(), None, 0
    for each in events:
        event = event_of(*each)
        state, told = advance(state, event, rule)
        assert advance(state, event, rule) == (state, ())  # the same again changes nothing
        for transition in told:
            if transition.kind == "fired":
                assert open_signal is None
                fired += 1
                open_signal = transition.signal
                assert open_signal == f"quiet/{fired}"
            elif transition.kind == "resolved":
                assert transition.signal == open_signal
                open_signal = None
            elif transition.kind in ("snoozed", "woke", "acknowledged"):
                assert transition.signal == open_signal
        assert (state.status == "firing") == (open_signal is not None)
        assert from_json(json.loads(json.dumps(to_json(state)))) == state


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([True, True, True, None, False]), max_size=30), st.integers(0, 4))
def test_a_walk_over_the_days_agrees(values: list[bool | None], needed: int) -> None:
    """The oracle counts days on which it held and had held the day before, and forgets them when it did not hold."""
    rule = Rule("quiet", parse(f"{needed} days"), "red")
    held, before, expected = 0, False, []
    firing = pending = False
    for day, value in enumerate(values):
        if value is False:
            if firing:
                expected.append(("resolved", day))
            firing = pending = False
            held = 0
        elif value:
            held = held + 1 if pending and before else held
            pending = True
            if not firing and held >= needed:
                firing = True
                expected.append(("fired", day))
        before = value is True
    _, told = run(rule, *days(values))
    assert [(each.kind, (each.at - at(0)).days) for each in told if each.kind in ("fired", "resolved")] == expected
