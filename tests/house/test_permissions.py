"""The table of permissions, by hand: every act and every view for every role of the base blueprint.

c success manager, l team lead, o operations, e executive, s specialist, x sales, a administrator, k client. What is not
listed fails, so that nobody adds an act without saying who may do it.
"""

from pathlib import Path
from typing import Any

import pytest

from tenure.base.errors import Awaiting, Forbidden, Refused
from tenure.blueprint.loader import load
from tenure.blueprint.model import Model
from tenure.identity import access, operations
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.operations import OPERATIONS, VIEWS
from tenure.identity.people import Pod, Team
from tenure.records.account import Account
from tests.cast import FIRST_DAY, join

pytestmark = pytest.mark.requirement("P-05", "T-02")

BLUEPRINTS = Path(__file__).resolve().parents[2] / "blueprints"
ROLES = {
    "c": "csm", "l": "lead", "o": "ops", "e": "executive", "s": "specialist", "x": "sales", "a": "admin", "k": "client",
}  # fmt: skip
EVERYBODY = "cloesxa"  # of our own

TABLE = {
    "access.view": "loea",
    "account.assign": "loa",
    "account.change": "cloa",
    "account.close": "lo",
    "account.create": "loxa",
    "account.list": EVERYBODY,
    "account.plan_next_step": "cl",
    "account.reopen": "lo",
    "account.report_churn": "clox",
    "account.set_slot": "cloxk",
    "account.set_stage": "clo",
    "account.unassign": "loa",
    "account.view": EVERYBODY + "k",  # a client sees their own
    "action.add": "closx",
    "action.cancel": "closx",
    "action.change": "closx",
    "action.do": "closx",
    "action.reopen": "closx",
    "action.withdraw": "closx",
    "activity.log": "closx",
    "activity.withdraw": "closx",
    "advocacy.decline": "clox",
    "advocacy.log": "clox",
    "advocacy.move": "clox",
    "advocacy.withdraw": "clox",
    "arrival.assign": "loa",
    "arrival.correct": "loa",
    "arrival.dismiss": "loa",
    "arrival.retry": "loa",
    "attempt.begin": EVERYBODY,
    "attempt.conclude": "loa",
    "attempt.hand_in": EVERYBODY,
    "attempt.invite": "loa",
    "attempt.renew_link": "loa",
    "attempt.restart": "loa",
    "attempt.score": "loa",
    "attempt.withdraw": "loa",
    "blueprint.apply": "oa",
    "blueprint.plan": "loa",
    "blueprint.rollback": "oa",
    "blueprint.view": EVERYBODY,
    "commitment.correct": "lo",
    "commitment.explain": "clo",
    "commitment.pause": "clo",
    "commitment.resume": "clo",
    "commitment.view": EVERYBODY,
    "connector.add": "oa",
    "connector.change": "oa",
    "connector.pause": "oa",
    "connector.readdress": "oa",
    "connector.remove": "oa",
    "connector.resume": "oa",
    "connector.view": "loa",
    "contact.add": "clox",
    "contact.change": "clox",
    "contact.erase": "oa",
    "contact.export": "oa",
    "contact.hold": "oa",
    "contact.leave": "clox",
    "contact.rejoin": "clox",
    "contact.release": "oa",
    "contact.remove": "clox",
    "contract.change": "lox",
    "contract.end": "lox",
    "contract.renew": "clox",
    "contract.start": "lox",
    "contract.withdraw": "lox",
    "decision.withdraw": "clsx",
    "deliverable.accept": "clk",
    "deliverable.approve": "clk",
    "deliverable.ask_changes": "clk",
    "deliverable.cancel": "cls",
    "deliverable.change": "cls",
    "deliverable.deliver": "cls",
    "deliverable.hand_back": "cls",
    "deliverable.hand_over": "cls",
    "deliverable.move": "cls",
    "deliverable.plan": "cls",
    "deliverable.plan_several": "cls",
    "deliverable.reschedule": "cls",
    "deliverable.take_back": "clsk",
    "deliverable.withdraw": "cls",
    "draft.change": "closx",
    "draft.discard": "closx",
    "draft.make": "closx",
    "draft.recall": "closx",
    "draft.send": "closx",
    "deliverable.withdraw_plan": "cls",
    "entry.retry": "oa",
    "escalation.answer": "cloes",
    "escalation.close": "cloes",
    "escalation.raise": "cloes",
    "goal.agree": "k",
    "goal.change": "cl",
    "goal.confirm": "k",
    "goal.drop": "cl",
    "goal.judge": "cl",
    "goal.set": "cl",
    "goal.withdraw": "cl",
    "handover.accept": "closx",
    "handover.begin": "closx",
    "handover.give": "closx",
    "handover.return": "closx",
    "handover.write": "closx",
    "import.correct_row": "oa",
    "import.dismiss_row": "oa",
    "import.dismiss_rows": "oa",
    "import.prepare": "oa",
    "import.retry_rows": "oa",
    "import.run": "oa",
    "import.undo": "oa",
    "import.view": "loa",
    "issue.change": "clos",
    "issue.escalate": "clos",
    "issue.log": "clos",
    "issue.open": "clos",
    "issue.rate": "clos",
    "issue.reopen": "clos",
    "issue.resolve": "clos",
    "issue.respond": "clos",
    "issue.withdraw": "clos",
    "journey.confirm": "k",
    "journey.block": "closx",
    "journey.deploy": "clo",
    "journey.skip": "closx",
    "journey.stop": "clo",
    "journey.tick": "closx",
    "journey.unblock": "closx",
    "journey.untick": "closx",
    "kpi.team": "loe",
    "kpi.view": EVERYBODY,
    "leave.cancel": EVERYBODY,
    "leave.take": EVERYBODY,
    "ledger.view": "loea",
    "mail.retry": "closxa",
    "mail.stop": "closxa",
    "mail.view": "closxa",
    "tool_call.ask": "closa",
    "tool_call.retry": "closa",
    "tool_call.stop": "closa",
    "tool_call.view": "closa",
    "link.add": "closx",
    "link.change": "closx",
    "link.remove": "closx",
    "link.withdraw": "closx",
    "meeting.add_item": "clsx",
    "meeting.cancel": "clsx",
    "meeting.change": "clsx",
    "meeting.decide": "clsx",
    "meeting.discuss_item": "clsx",
    "meeting.hold": "clsx",
    "meeting.miss": "clsx",
    "meeting.prepare": "clsx",
    "meeting.recall_notes": "clsx",
    "meeting.reschedule": "clsx",
    "meeting.schedule": "clsx",
    "meeting.send_notes": "clsx",
    "meeting.withdraw": "clsx",
    "meeting.write_notes": "clsx",
    "mention.clear": "cloa",
    "message.log": "closx",
    "message.merge": "closx",
    "message.part": "closx",
    "message.send": "closx",
    "message.settle": "closx",
    "message.unsettle": "closx",
    "message.withdraw": "closx",
    "message.write": "k",
    "note.change": "cloesx",
    "note.log": "cloesx",
    "note.withdraw": "cloesx",
    "pace.set": "cl",
    "person.change": "loa",
    "person.deactivate": "oa",
    "person.erase": "a",
    "person.export": "a",
    "person.hold": "a",
    "person.invite": "loa",
    "person.release": "a",
    "person.view": EVERYBODY,
    "play.complete_step": "clos",
    "play.start": "clos",
    "play.stop": "clos",
    "pod.change": "loa",
    "pod.create": "loa",
    "point.correct": "clos",
    "point.enter": "clos",
    "point.withdraw": "clos",
    "portal.enter": "k",
    "portal.invite": "cloxa",
    "portal.remind": "cloxa",
    "portal.renew_calendar": "k",
    "portal.send_link": "a",
    "portal.withdraw": "cloxa",
    "practice.view": EVERYBODY,
    "practice_call.begin": EVERYBODY,
    "practice_call.end": EVERYBODY,
    "practice_call.note": EVERYBODY,
    "practice_call.say": EVERYBODY,
    "quality.view": "loa",
    "rating.calibrate": "l",
    "rating.give": "cl",
    "rating.withdraw": "cl",
    "record.backdate": "closx",
    "report.approve": "clo",
    "report.change": "clo",
    "report.hold": "clo",
    "report.prepare": "clo",
    "report.recall": "clo",
    "request.approve": EVERYBODY,
    "request.decline": EVERYBODY,
    "result.add": "clos",
    "result.withdraw": "clos",
    "segment.remove": EVERYBODY,
    "segment.save": EVERYBODY,
    "signal.acknowledge": "clo",
    "signal.resolve": "clo",
    "signal.snooze": "clo",
    "signal.view": EVERYBODY,
    "signal.wake": "clo",
    "source.create_key": "oa",
    "source.match": "oa",
    "source.revoke_key": "oa",
    "survey.answer": "cok",
    "task.cancel": "closx",
    "task.change": "closx",
    "task.create": "closx",
    "task.do": "closx",
    "task.reassign": "clo",
    "task.reopen": "closx",
    "team.change": "loa",
    "team.create": "loa",
    "win.record": "clos",
    "win.withdraw": "clos",
    "upload.receive": "closk",
    "upload.remove": "clos",
}


@pytest.fixture
def model() -> Model:
    return load(BLUEPRINTS / "base", search=[BLUEPRINTS])


@pytest.fixture
def everyone(company: object) -> dict[str, Actor]:
    """One person per role, all within reach of one account; nobody of another company."""
    team, pod = Team.objects.create(name="North"), Pod.objects.create(name="One")
    account = Account.objects.create(name="Acme", pod=pod)
    found = {}
    for letter, role in ROLES.items():
        person = join(role.capitalize(), role, team=team, pod=pod)
        Assignment.objects.create(account=account, person=person, role=role, from_day=FIRST_DAY)
        found[letter] = Actor.of(person)
    return found


def subject_of(name: str) -> Any:
    """A row of the kind that an act is about, on the account that everyone reaches."""
    operation = OPERATIONS.get(name)
    model = operation.subject_model if operation else None
    if model is None:
        return None
    if issubclass(Account, model):
        return Account.objects.get(name="Acme")
    row = model()
    path = getattr(model, "anchor_path", "")
    if path:
        holder: Any = row
        *steps, last = path.split("__")
        for step in steps:
            made = holder._meta.get_field(step).related_model()
            setattr(holder, step, made)
            holder = made
        setattr(holder, last, Account.objects.get(name="Acme"))
    return row


def allowed(actor: Actor, name: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the door of an act opens: it is called as any door calls it, with nothing in hand."""
    if name in VIEWS:
        try:
            access.require(actor, name, subject_of("account.change") if name == "account.view" else None)
        except Forbidden:
            return False
        return True
    operation = OPERATIONS[name]
    row = subject_of(name)
    monkeypatch.setattr(operations.Operation, "_lock", lambda self, subject: subject)

    def stop(self: Any, given: dict[str, Any]) -> dict[str, Any]:
        raise Refused("inside", "The door opened.")

    monkeypatch.setattr(operations.Operation, "check_arguments", stop)
    try:
        operation(*([row] if operation.has_subject else []), actor=actor)
    except Forbidden:
        return False
    except Refused as refusal:
        return refusal.code == "inside"
    except Awaiting:
        return True
    return True


def test_every_act_and_view_is_in_the_table() -> None:
    assert sorted(TABLE) == sorted([*OPERATIONS, *VIEWS])


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_role_may_do_what_the_table_says(
    everyone: dict[str, Actor], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = "".join(letter for letter, actor in everyone.items() if allowed(actor, name, monkeypatch))
    assert sorted(found) == sorted(TABLE[name])


@pytest.mark.parametrize("name", sorted(set(TABLE) & set(OPERATIONS)))
def test_switching_a_requirement_off_is_noticed(
    everyone: dict[str, Actor], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its requirement gone an act opens to roles that the table does not name: the test above would fail."""
    require = access.require

    def open_one(actor: Actor, wanted: str, subject: Any = None) -> None:
        if wanted != name:
            require(actor, wanted, subject)

    monkeypatch.setattr(access, "require", open_one)
    found = "".join(letter for letter, actor in everyone.items() if allowed(actor, name, monkeypatch))
    assert sorted(found) != sorted(TABLE[name])


LIMITED = "clsxk"  # roles that do not see every account


def limited(name: str) -> str:
    """The first role with a limited reach that may do an act on accounts; empty where only those do it who see all."""
    on_account = getattr(OPERATIONS[name].subject_model, "anchor_path", None) is not None
    return next((ROLES[letter] for letter in LIMITED if on_account and letter in TABLE.get(name, "")), "")


@pytest.mark.parametrize("name", [name for name in OPERATIONS if limited(name)])
def test_an_outsider_cannot_tell_that_the_account_exists(
    everyone: dict[str, Actor], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody of the right role without the account is refused as if it were not there."""
    stranger = Actor.of(join("Stranger", limited(name)))
    monkeypatch.setattr(operations.Operation, "_lock", lambda self, subject: subject)
    with pytest.raises(Forbidden) as refusal:
        OPERATIONS[name](subject_of(name), actor=stranger)
    assert refusal.value.hidden is True
