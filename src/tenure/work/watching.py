"""Watching accounts: measures of a day go through the signals' fold, and what it tells is stored and recorded.

Called in a batch of the pipeline, some hundred accounts at once, with a constant number of queries.
"""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Q

from tenure.blueprint.expressions import Expr
from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.identity.hours import calendar_of_company
from tenure.measures.request import UnknownMeasure, definition
from tenure.watch import signals as watch
from tenure.watch.signals import Reading, Rule, State
from tenure.work.names import Names, evaluate, names_of
from tenure.work.owners import Staffing
from tenure.work.signals import OpenSignal, record_signal, resolve

Values = Mapping[str, Any]
Key = tuple[str, str]  # rule, account
_CHANGES = ["state", "fold", "fired_at", "reason", "evidence", "evidence_day", "severity", "since", "owner"]


@dataclass(slots=True)
class Watch:
    """The signals of a blueprint, ready to be read against values."""

    model: Model
    names: Names
    rules: Mapping[str, Rule]
    conditions: Mapping[str, Expr]

    @classmethod
    def of(cls, model: Model) -> Watch:
        names, calendar = names_of(model), calendar_of_company(model)
        rules = {key: watch.rule_from(key, signal, calendar=calendar) for key, signal in model.signals.items()}
        return cls(model, names, rules, {key: names.parse(signal.when) for key, signal in model.signals.items()})

    def read(self, rule: str, values: Values) -> bool | None:
        """Whether the condition holds; None where that is unknown."""
        found = evaluate(self.conditions[rule], values)
        return None if found is None else bool(found)

    def reason(self, rule: str, values: Values) -> str:
        """The rule's sentence with the measures that it names."""
        template = self.model.signals[rule].reason
        if not template:
            return self.model.signals[rule].label
        return fill(template, self.names, values, self.model)

    def evidence(self, rule: str, values: Values) -> dict[str, Any]:
        """The rule as it stands, and what it read."""
        columns = self.names.columns(self.model.signals[rule].when)
        read = {column.key: _plain(values.get(column.key)) for column in sorted(columns, key=lambda each: each.key)}
        return {"when": self.model.signals[rule].when, "values": read}


def fill(template: str, names: Names, values: Values, model: Model) -> str:
    """A sentence with its ``{measures}`` as people write numbers, shares in per cent; what is not known says so."""
    found = {name for _, name, _, _ in string.Formatter().parse(template) if name}
    shown = {}
    for name in found:
        value = evaluate(names.parse(name), values)
        is_share = isinstance(value, Decimal) and _is_share(name, model)
        shown[name] = f"{value * 100:,.0f} %".replace("-", "−") if is_share else _worded(value)
    return template.format_map(shown)[:400]


def _is_share(name: str, model: Model) -> bool:
    try:
        return definition(name, model.metrics).unit == "share"
    except UnknownMeasure:
        return False


def _worded(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, Decimal):
        digits = Decimal(1) if value == value.to_integral_value() or abs(value) >= 100 else Decimal("0.1")
        if abs(value) < 1 and value:
            digits = Decimal("0.01")
        return f"{value.quantize(digits, ROUND_HALF_UP):,f}"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else value


@dataclass(slots=True)
class Told:
    """What one pass over some accounts came to."""

    new: list[OpenSignal] = field(default_factory=list)
    changed: dict[str, OpenSignal] = field(default_factory=dict)
    lapsed: list[str] = field(default_factory=list)
    fired: list[OpenSignal] = field(default_factory=list)
    over: list[tuple[OpenSignal, datetime]] = field(default_factory=list)


def watch_accounts(readings: Mapping[str, Values], at: datetime, day: date, actor: Actor) -> Told:
    """Read every signal of the blueprint against the values of some accounts, as of a moment.

    A value of ``status`` other than active or prospect reads as no signal at all. The same moment read twice changes
    nothing. What fires, ends, or moves behind another signal is recorded.
    """
    watcher = Watch.of(actor.model)
    open_ = OpenSignal.objects.filter(account_id__in=list(readings)).filter(
        ~Q(state=OpenSignal.State.RESOLVED) | Q(is_held_back=True)
    )
    rows: dict[Key, OpenSignal] = {(row.rule, row.account_id): row for row in open_}
    truths = {
        (rule, account): watcher.read(rule, values) for account, values in readings.items() for rule in watcher.rules
    }
    truths |= {
        (rule, account): False
        for account, values in readings.items()
        if values.get("status") == "closed"
        for rule in watcher.rules
    }
    fresh = {key for key, truth in truths.items() if truth is True and key not in rows}
    states = _earlier(fresh)
    staffing = Staffing(actor.model, actor.day, readings) if fresh else None
    told = Told()
    for key, truth in truths.items():
        row = rows.get(key)
        if row is None and truth is not True:
            continue
        if row is not None and row.is_held_back:
            _hold_back(row, truth, told)
            continue
        if row is None:
            row = _begin(key, states.get(key, State()), watcher, staffing)
            told.new.append(row)
        _advance(row, Reading(at, truth), watcher, readings[key[1]], day, told)
    _retire(rows, watcher, at, told)
    _store(told)
    _record(told, _inhibit(readings, watcher))
    return told


def _earlier(keys: Iterable[Key]) -> dict[Key, State]:
    """The states in which earlier episodes of the same rules ended."""
    wanted = set(keys)
    if not wanted:
        return {}
    accounts, rules = {account for _, account in wanted}, {rule for rule, _ in wanted}
    ended = OpenSignal.objects.filter(account_id__in=accounts, rule__in=rules, state=OpenSignal.State.RESOLVED)
    rows = ended.order_by("resolved_at", "id").values_list("rule", "account_id", "fold")
    return {(rule, account): watch.from_json(fold) for rule, account, fold in rows if (rule, account) in wanted}


def _begin(key: Key, state: State, watcher: Watch, staffing: Staffing | None) -> OpenSignal:
    rule, account = key
    signal = watcher.model.signals[rule]
    return OpenSignal(
        account_id=account,
        rule=rule,
        severity=signal.severity,
        kind=signal.kind,
        owner_role=signal.owner,
        owner_id=staffing.responsible(account, signal.owner) if staffing else None,
        fold=watch.to_json(state),
    )


def _hold_back(row: OpenSignal, truth: bool | None, told: Told) -> None:
    """A signal that somebody closed while its condition held comes back only once the condition was false."""
    if truth is False:
        row.is_held_back = False
        told.changed[row.pk] = row


def _advance(row: OpenSignal, reading: Reading, watcher: Watch, values: Values, day: date, told: Told) -> None:
    rule = watcher.rules[row.rule]
    before = watch.from_json(row.fold)
    state, transitions = watch.advance(before, reading, rule)
    if state is before:
        return
    row.fold, row.severity = watch.to_json(state), rule.severity
    told.changed[row.pk] = row
    if reading.value is True:
        row.reason, row.evidence = watcher.reason(row.rule, values), watcher.evidence(row.rule, values)
        row.evidence_day = day
    for transition in transitions:
        match transition.kind:
            case "pending":
                row.since = transition.since or transition.at
            case "fired":
                row.state, row.fired_at = OpenSignal.State.FIRING, transition.at
                row.since = transition.since or transition.at
                told.fired.append(row)
            case "resolved":
                told.over.append((row, transition.at))
            case "lapsed":
                told.lapsed.append(row.pk)
            case "woke":
                row.snoozed_until, row.snooze_reason = None, ""


def _retire(rows: Mapping[Key, OpenSignal], watcher: Watch, at: datetime, told: Told) -> None:
    """End the signals whose rule the blueprint has no longer."""
    for (rule, _), row in rows.items():
        if rule not in watcher.rules:
            told.over.append((row, at))


def _store(told: Told) -> None:
    lapsed = set(told.lapsed)
    new = [row for row in told.new if row.pk not in lapsed]
    known = {row.pk for row in told.new}
    OpenSignal.objects.bulk_create(new, batch_size=40)
    changed = [row for pk, row in told.changed.items() if pk not in known and pk not in lapsed]
    OpenSignal.objects.bulk_update(
        changed, [*_CHANGES, "is_held_back", "snoozed_until", "snooze_reason"], batch_size=40
    )
    OpenSignal.objects.filter(pk__in=lapsed).delete()
    for row, moment in told.over:
        resolve(row, moment)


def _inhibit(accounts: Iterable[str], watcher: Watch) -> dict[str, OpenSignal]:
    """Set of every signal that fires whether it stands behind another one; returns those that changed, by id."""
    firing: dict[str, list[OpenSignal]] = defaultdict(list)
    rows = OpenSignal.objects.filter(account_id__in=list(accounts), state=OpenSignal.State.FIRING)
    for row in rows.order_by("account_id", "rule"):
        firing[row.account_id].append(row)
    changed = {}
    for signals in firing.values():
        rules = {row.rule for row in signals}
        for row in signals:
            behind = watch.inhibitors(rules, watcher.rules[row.rule]) if row.rule in watcher.rules else ()
            if bool(behind) != row.is_inhibited:
                row.is_inhibited, row.inhibited_by = bool(behind), behind[0] if behind else ""
                changed[row.pk] = row
    OpenSignal.objects.bulk_update(changed.values(), ["is_inhibited", "inhibited_by"], batch_size=100)
    return changed


def _record(told: Told, turned: Mapping[str, OpenSignal]) -> None:
    """The facts: what fired, loud or behind another, and what moved behind another or came out again."""
    fired = {row.pk for row in told.fired}
    for row in told.fired:
        record_signal("signal.fired", row, row.fired_at, inhibited=row.pk in turned)
    for pk, row in turned.items():
        if pk not in fired:
            record_signal("signal.inhibited" if row.is_inhibited else "signal.uninhibited", row)
