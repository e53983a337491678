"""What a recipe's places stand for on an account: words of the engine, figures, settings, what earlier answers held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model, ToolCall
from tenure.identity.ledger import LedgerEntry
from tenure.records.account import Account, stages
from tenure.records.goal import Goal
from tenure.records.meeting import Meeting
from tenure.sources.connectors.connector import Connector
from tenure.sources.tools.call import Call
from tenure.sources.tools.filling import Values
from tenure.work.commitments import Opening
from tenure.work.names import evaluate, names_of
from tenure.work.promises import fields_of
from tenure.work.standing import Standing


class Words:
    """The words of some accounts, read in a few queries however many there are."""

    def __init__(self, model: Model, accounts: Iterable[str]) -> None:
        self.model = model
        ids = list(accounts)
        self.accounts = {row.pk: row for row in Account.objects.filter(pk__in=ids)}
        self._standing = {row.pk: row for row in Standing.objects.filter(pk__in=ids)}
        self._meetings = _meetings(ids)
        self._home_runs: dict[str, Goal] = {}
        for goal in Goal.objects.filter(account__in=ids, home_run=True).exclude(status="dropped").order_by("set_at"):
            self._home_runs[goal.account_id] = goal  # the newest
        self._verdicts: dict[str, dict[str, str]] = defaultdict(dict)
        rows = Opening.objects.filter(account__in=ids).order_by("opened_at", "pk")
        for account, rule, status in rows.values_list("account_id", "rule", "status"):
            self._verdicts[account][f"verdict.{rule}"] = status
        self._kept: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
        done = Call.objects.filter(account__in=ids, is_provision=True, status=Call.Status.DONE).order_by("done_at")
        for account, connector, key, kept in done.values_list("account_id", "connector_id", "call", "kept"):
            names = {f"kept.{key}.{name}": value for name, value in kept.items()}
            self._kept[account, connector] |= names

    def of(self, connector: Connector, account_id: str) -> dict[str, Any]:
        """Everything that a recipe may name on an account, but for a call's own figures and its fact."""
        account, row = self.accounts[account_id], self._standing.get(account_id)
        goal, (last, following) = self._home_runs.get(account_id), self._meetings.get(account_id, (None, None))
        zone = ZoneInfo(account.zone_in(self.model))
        return {
            "account_id": account.pk,
            "account_link": settings.PUBLIC_URL + reverse("account", args=[account.pk]),
            "account_name": account.name,
            "company_name": self.model.company.name,
            "stage": stages(self.model).get(account.stage, account.stage),
            "status": account.status,
            "tier": self.model.tiers[account.tier].label if account.tier in self.model.tiers else account.tier,
            "now": clock.now().astimezone(zone),
            "last_meeting_at": last and last.astimezone(zone),
            "next_meeting_at": following and following.astimezone(zone),
            **_of_standing(row, self.model),
            **_of_goal(goal),
            **self._verdicts.get(account_id, {}),
            **{f"setting.{name}": value for name, value in connector.settings.items()},
            **self._kept.get((account_id, connector.pk), {}),
        }

    def figures(self, call: ToolCall, account_id: str) -> dict[str, Any]:
        """The figures that a call computes by its own expressions, from the last edition and the fields of now."""
        values = self._values(account_id)
        names = names_of(self.model)
        return {name: evaluate(names.parse(text), values) for name, text in call.values.items()}

    def applies(self, call: ToolCall, account_id: str) -> bool:
        """Whether a call is meant for an account; what is unknown is not."""
        if call.applies is None:
            return True
        return evaluate(names_of(self.model).parse(call.applies), self._values(account_id)) is True

    def _values(self, account_id: str) -> Mapping[str, Any]:
        row = self._standing.get(account_id)
        fields = fields_of(self.accounts[account_id])
        return {**(row.values if row else {}), **fields.pop("custom", {}), **fields}


def _meetings(ids: list[str]) -> dict[str, tuple[Any, Any]]:
    """When the last meeting with each client was, and when the next one is."""
    last: dict[str, Any] = {}
    following: dict[str, Any] = {}
    now = clock.now()
    rows = Meeting.objects.filter(account__in=ids, status__in=("held", "scheduled"), client_visible=True)
    for account, status, at in rows.order_by("starts_at").values_list("account_id", "status", "starts_at"):
        if status == "held":
            last[account] = at
        elif at >= now:
            following.setdefault(account, at)
    return {account: (last.get(account), following.get(account)) for account in {*last, *following}}


def _of_standing(row: Standing | None, model: Model) -> dict[str, Any]:
    if row is None:
        return {}
    card = model.scorecards[model.primary_scorecard] if model.primary_scorecard else None
    band = card.bands[row.band].label if card and row.band in card.bands else None
    return {
        "score": row.score,
        "band": band,
        "score_reason": row.reason,
        "next_step": row.next_step,
        "renewal_on": row.renewal_on,
    }


def _of_goal(goal: Goal | None) -> dict[str, Any]:
    if goal is None:
        return {}
    return {
        "home_run": goal.title,
        "home_run_current": goal.current,
        "home_run_target": goal.target,
        "home_run_progress": goal.progress,
        "home_run_due": goal.due_on,
    }


def of_fact(entry: LedgerEntry | None) -> Values:
    """What a recipe may name of the fact that asked for a call."""
    if entry is None:
        return {}
    head = {"fact_id": str(entry.id), "fact_kind": entry.kind, "fact_at": entry.happened_at}
    return head | {f"fact.{name}": value for name, value in entry.data.items()}
