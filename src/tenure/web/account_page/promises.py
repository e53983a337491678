"""What is promised to an account: what runs now, and what came of the earlier ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenure.blueprint.model import Model
from tenure.records.account import Account
from tenure.web import drawing, wording
from tenure.work.commitments import Opening

MOST = 400  # openings of one account that are looked at


@dataclass(frozen=True)
class Promise:
    """A rule of the blueprint as it went for this account: what runs now and what came of the earlier ones."""

    key: str
    label: str
    promise: str
    kind: str
    current: Opening | None
    drawing: str
    verdict: str
    words: str
    met: int
    judged: int

    @property
    def is_over(self) -> bool:
        """Whether it was promised once, and kept or missed: nothing of it runs or comes again."""
        return self.current is None and self.kind == "clock" and self.judged == 1


def promises(account: Account, model: Model, now: datetime) -> list[Promise]:
    """Every promise that was ever opened for the account, what runs first; one query whatever their number."""
    return promises_of(Opening.objects.filter(account_id=account.pk).order_by("-opened_at")[:MOST], model, now)


def promises_of(openings: Iterable[Opening], model: Model, now: datetime) -> list[Promise]:
    """Openings, the latest first, as their rules went for the account."""
    by_rule: dict[str, list[Opening]] = defaultdict(list)
    for opening in openings:
        by_rule[opening.rule].append(opening)
    made = [_promise(key, model, openings, now) for key, openings in by_rule.items() if key in model.commitments]
    return sorted(made, key=lambda p: (p.current is None, p.current.due_at if p.current and p.current.due_at else now))


def _promise(key: str, model: Model, openings: list[Opening], now: datetime) -> Promise:
    terms = model.commitments[key]
    running = [each for each in openings if each.is_open]
    current = min(running, key=lambda each: each.due_at or now) if running else None
    judged = [each for each in openings if each.status in (Opening.Status.MET, Opening.Status.MISSED)]
    met = sum(each.status == Opening.Status.MET for each in judged)
    said = f"{met} of {len(judged)} kept" if judged else "none judged yet"
    shown = [str(each.status) for each in reversed(judged[:8])] + ["running"] * bool(current)
    if terms.kind == "clock" and current is not None and len(judged) < 2:
        image = drawing.used(spent(current, now), label=used_words(current, now), state=current.status, width=120)
    else:
        image = drawing.verdicts(shown, label=said)
    state, words = verdict_words(current or openings[0], now)
    promise = terms.promise or terms.label
    return Promise(key, terms.label, promise, terms.kind, current, image, state, words, met, len(judged))


def spent(opening: Opening, now: datetime) -> float:
    """How much of a clock is used, in per cent of the time from its opening to its due moment."""
    if opening.due_at is None or opening.due_at <= opening.opened_at:
        return 0.0
    end = opening.paused_since or now
    return min(100.0, max(0.0, (end - opening.opened_at) / (opening.due_at - opening.opened_at) * 100))


def used_words(opening: Opening, now: datetime) -> str:
    return f"{spent(opening, now):.0f} % of the time used"


def verdict_words(opening: Opening, now: datetime) -> tuple[str, str]:
    """The state of a promise and what a tag says of it, such as ``5 h 50 left`` or ``1 d late``."""
    status = opening.status
    if status == Opening.Status.MET:
        took = opening.met_at - opening.opened_at if opening.met_at else None
        return "met", f"in {wording.span(took)}" if took is not None and took > timedelta(0) else "kept"
    if status == Opening.Status.MISSED:
        return "missed", "missed, the client’s" if opening.whose == Opening.Whose.CLIENT else "missed"
    if status == Opening.Status.PAUSED:
        return "paused", "paused"
    if status == Opening.Status.CANCELLED or opening.due_at is None:
        return "unknown", opening.get_status_display().lower()
    left = opening.due_at - now
    if left < timedelta(0):
        return "missed", f"{wording.span(-left)} over"
    return str(status), f"{wording.span(left)} left"
