"""What people do about journeys: deploy one, say that an item is done, leave it out, or say what blocks it."""

from __future__ import annotations

from typing import Literal

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.records.account import Account
from tenure.records.row import Moment, when
from tenure.work.going import begin
from tenure.work.journeys import (
    ChecklistItem,
    JourneyRun,
    advance,
    end_item,
    give_task,
    open_again,
    record_item,
    running,
    stop,
    take_task,
    wait_as_written,
)

Party = Literal["us", "client", "partner"]


@operation("journey.deploy", label="Deploy a journey")
def deploy_journey(account: AccountAnchor, *, journey: str = "", at: Moment | None = None, actor: Actor) -> JourneyRun:
    """Begin a journey on an account, in its first stage; where it stands in one already, it goes on from there.

    Without a name it is the one whose stage the account is in, else the blueprint's first. What the account's facts
    show as done since the journey's `starts` fact is done at once.
    """
    times = when(actor, at)
    found = Account.objects.get(pk=account.pk)
    if found.is_closed:
        raise Refused("closed", "This account is closed; reopen it first.")
    key = journey or _usual(actor.model, found.stage)
    if key not in actor.model.journeys:
        raise Refused("unknown_journey", f"The blueprint has no journey “{key}”.", field="journey")
    if any(run.journey == key for run in running([account.pk])):
        raise Refused("running", "This journey runs on the account already.", field="journey")
    return begin(found, key, times.moment, clock.now(), actor)


def _usual(model: Model, stage: str) -> str:
    """The journey in which a stage stands, else the first; the empty name where the blueprint has none."""
    inside = (key for key, journey in model.journeys.items() if stage in journey.stages)
    return next(inside, next(iter(model.journeys), ""))


@operation("journey.stop", label="Stop a journey")
def stop_journey(run: JourneyRun, *, reason: str, actor: Actor) -> JourneyRun:
    """End a journey before its items are through; what is open of it is cancelled."""
    if not run.is_running:
        raise Refused("ended", "This journey has ended already.")
    stop(run, _said(reason), actor)
    return run


@operation("journey.tick", label="Mark a checklist item as done", undo="journey.untick")
def tick_item(item: ChecklistItem, *, at: Moment | None = None, actor: Actor) -> ChecklistItem:
    """Say that an open item is done; what comes after it opens."""
    _check_open(item)
    end_item(item, ChecklistItem.Status.DONE, when(actor, at).moment, actor)
    advance(item.run, clock.now(), actor)
    return item


@operation("journey.confirm", label="Say as the client that an item is done")
def confirm_item(item: ChecklistItem, *, actor: Actor) -> ChecklistItem:
    """Say, as the client, that what was waited for is done, where the blueprint leaves that to them."""
    is_theirs = item.waits_for == ChecklistItem.Party.CLIENT and item.terms.client_label and item.terms.client_ticks
    if not is_theirs:
        raise Refused("not_yours", "This is not yours to mark as done.")
    _check_open(item)
    end_item(item, ChecklistItem.Status.DONE, clock.now(), actor)
    advance(item.run, clock.now(), actor)
    return item


@operation("journey.untick", label="Open a checklist item again")
def untick_item(item: ChecklistItem, *, actor: Actor) -> ChecklistItem:
    """Take back that an item is done or was left out; what opened because of it alone waits again."""
    if item.status not in (ChecklistItem.Status.DONE, ChecklistItem.Status.SKIPPED):
        raise Refused("not_ended", f"This item is {item.get_status_display().lower()}.")
    if not item.run.is_running and any(run.journey == item.run.journey for run in running([item.run.account_id])):
        raise Refused("running", "This journey runs on the account anew; its earlier checklist stays as it is.")
    open_again(item, actor)
    return item


@operation("journey.skip", label="Leave a checklist item out", undo="journey.untick")
def skip_item(item: ChecklistItem, *, reason: str, actor: Actor) -> ChecklistItem:
    """Say that an item is not wanted for this account, and why; what comes after it opens."""
    if item.has_ended or not item.run.is_running:
        raise Refused("not_open", f"This item is {item.get_status_display().lower()}.")
    end_item(item, ChecklistItem.Status.SKIPPED, clock.now(), actor, reason=_said(reason))
    advance(item.run, clock.now(), actor)
    return item


@operation("journey.block", label="Say what blocks a checklist item", undo="journey.unblock")
def block_item(item: ChecklistItem, *, waits_for: Party, reason: str, actor: Actor) -> ChecklistItem:
    """Say that an open item cannot go on, why, and whom it waits for from now on; it is nobody's task meanwhile."""
    _check_open(item)
    given = _said(reason)
    if item.is_blocked and (item.waits_for, item.reason) == (waits_for, given):
        return item
    # Who was waited for before is waited for on: the reason alone is new.
    keeps = item.waits_since is not None and item.waits_for == waits_for
    item.waits_since = item.waits_since if keeps else clock.now()
    item.waits_for, item.reason, item.is_blocked = waits_for, given[:400], True
    item.save(update_fields=["waits_for", "waits_since", "reason", "is_blocked"])
    record_item("checklist.blocked", item)
    take_task(item, actor)
    return item


@operation("journey.unblock", label="Let a checklist item go on")
def unblock_item(item: ChecklistItem, *, actor: Actor) -> ChecklistItem:
    """Say that nothing blocks an item any more; it is somebody's task again."""
    if not item.is_blocked:
        raise Refused("not_blocked", "Nothing blocks this item.")
    wait_as_written(item)
    item.save(update_fields=["waits_for", "waits_since", "reason", "is_blocked"])
    record_item("checklist.unblocked", item)
    give_task(item)
    return item


def _check_open(item: ChecklistItem) -> None:
    if item.is_open and item.run.is_running:
        return
    if item.status == ChecklistItem.Status.WAITING:
        before = [each for each in item.run.items.all() if each.key in item.terms.after and not each.has_ended]
        first = f" “{before[0].label}” comes first." if before else " Its stage has not begun."
        raise Refused("not_open", f"This item waits for its turn.{first}")
    raise Refused("not_open", f"This item is {item.get_status_display().lower()}.")


def _said(reason: str) -> str:
    if not reason.strip():
        raise Refused("no_reason", "Say why; others will read it.", field="reason")
    return reason.strip()
