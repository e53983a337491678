"""The words that blueprints are checked against: fact kinds, measures, operations and account fields."""

from tenure.blueprint.vocabulary import Measured, Vocabulary

_ACCOUNT = (
    "tier:text industry:text country:text status:text seats:integer stage:text pod:id parent:id zone:text "
    "trial:boolean source:text custom:object"
)
_CONTACT = "role:text level:text influence:integer primary:boolean"
_CONTRACT = (
    "amount:number amount_monthly:number currency:text seats:integer starts_on:day ends_on:day auto_renew:boolean "
    "notice_days:integer billing:text status:text tier:text trial:boolean reason:text churned:boolean "
    "amount_before:number"
)
_MEETING = "type:text starts_at:moment minutes:integer attended:boolean attendees:integer"
_ISSUE = "type:text severity:text status:text satisfaction:number escalated:boolean channel:text"
_MESSAGE = "channel:text direction:text answers:id"
_TASK = "status:text due_at:moment owner:id play:id step:text meeting:id"
_GOAL = "metric:text baseline:number target:number current:number due_on:day status:text home_run:boolean"
_DELIVERABLE = (
    "type:text due_on:day status:text state:text means:text format:text material_on:day material_by:text "
    "received_on:day maker:id per_week:number"
)
_COMMITMENT = "rule:text opening:text due_at:moment cause:text whose:text verdict:text"
_SIGNAL = "rule:text severity:text"
_CHECKLIST = "journey:text run:id stage:text item:text owner:id status:text due_at:moment waits_for:text since:moment"
_PLAY = "playbook:text signal:id step:text outcome:text"

_FACTS = {
    "account": ("created changed", _ACCOUNT),
    "account.": ("closed", "reason:text status:text"),
    "account..": ("reopened", ""),
    "account...": ("churned", "reason_code:text refund:number reactivation:boolean"),
    "contact": ("added changed left", _CONTACT),
    "contract": ("started changed renewed ended", _CONTRACT),
    "meeting": ("scheduled rescheduled held cancelled notes_sent", f"{_MEETING} cause:text"),
    "meeting.": ("missed", f"{_MEETING} cause:text whose:text"),
    "issue": ("opened responded escalated resolved reopened", _ISSUE),
    "message": ("received sent", _MESSAGE),
    "message.": ("settled", f"{_MESSAGE} how:text"),
    "note": ("logged", "type:text"),
    "report": ("prepared changed approved", "type:text first:day last:day status:text by:id"),
    "draft": ("made approved", "template:text status:text"),
    "win": ("recorded", "metric:text goal:id happened_on:day"),
    "activity": ("logged", "type:text minutes:number direction:text"),
    "decision": ("made", "meeting:id"),
    "task": ("created changed done cancelled", _TASK),
    "goal": ("set changed agreed attained missed confirmed", _GOAL),
    "deliverable": (
        "planned changed delivered accepted cancelled approved changes_asked rescheduled",
        _DELIVERABLE,
    ),
    "deliverable.": ("moved", f"{_DELIVERABLE} moved_from:text moved_to:text"),
    "pace": ("set", "type:text per_week:number"),
    "result": ("added", "deliverable:id metric:text value:number day:day"),
    "upload": ("received quarantined removed", "type:text size:integer by_client:boolean deliverable:id"),
    "rating": ("given", "scale:text part:text value:number of:id"),
    "survey": ("answered", "survey:text scale:text score:number"),
    "point": ("entered", "metric:text value:number day:day"),
    "commitment": ("opened warned met missed cancelled paused resumed restated", _COMMITMENT),
    "signal": ("fired resolved snoozed acknowledged", _SIGNAL),
    "play": ("started step_done ended", _PLAY),
    "handover": ("written given accepted returned", "form:text status:text giver:id taker:id round:integer"),
    "portal": ("invited reminded entered withdrawn calendar_renewed", "role:text contact:id person:id first:boolean"),
    "journey": ("deployed ended reopened", "journey:text stage:text status:text"),
    "checklist": ("opened done skipped blocked unblocked reopened cancelled", _CHECKLIST),
    "tool_call": ("queued done failed", "tool:text call:text part:text status:text tries:integer cause:integer"),
    "score": ("banded", "card:text score:number band:text before:text tone:text"),
}

_WINDOWED = """
active_users usage_events usage_days usage_seconds usage_errors error_rate features_used usage_change
active_users_per_seat stickiness meetings_held meetings_missed meeting_attendance_rate messages_received messages_sent
activities_logged commitments_met_rate commitments_missed deliverables_delivered issues_opened issue_resolution_hours
issue_satisfaction issues_escalated work_finished material_asked material_submitted material_submitted_rate
advocacy_given testimonials_given referrals_given reviews_given
goals_attained survey_nps survey_csat meeting_csat amount_change downgrades seats churned
"""
_STANDING = """
messages_unanswered days_since_usage days_since_meeting days_since_contact open_tasks_overdue commitments_open_overdue
days_in_stage
issues_open work_planned_weeks goals_on_track_rate urgent_issues_open amount days_to_renewal contract_age_days
checklist_completion_rate checklist_blocked_days client_age_days client_days
score score_days_in_band
"""
_OPERATIONS = {
    "account": "create change close reopen assign unassign set_stage set_slot plan_next_step report_churn view list",
    "contact": "add change remove leave rejoin export hold release erase",
    "contract": "start change renew end withdraw",
    "meeting": "schedule reschedule prepare hold miss cancel write_notes send_notes decide change add_item withdraw",
    "action": "add change do cancel reopen withdraw",
    "decision": "withdraw",
    "issue": "open log respond escalate resolve reopen change rate withdraw",
    "escalation": "raise answer close",
    "note": "log change withdraw",
    "mention": "clear",
    "activity": "log withdraw",
    "message": "log send write settle unsettle withdraw",
    "mail": "view stop retry",
    "tool_call": "view stop retry ask",
    "draft": "make change send recall discard",
    "win": "record withdraw",
    "report": "prepare change approve recall",
    "task": "create change do cancel reassign reopen",
    "portal": "invite remind withdraw enter renew_calendar send_link",
    "goal": "set change judge agree confirm drop withdraw",
    "deliverable": (
        "plan plan_several change move hand_over hand_back approve ask_changes reschedule deliver accept cancel "
        "take_back withdraw withdraw_plan"
    ),
    "pace": "set",
    "result": "add withdraw",
    "upload": "receive remove",
    "handover": "begin write give accept return",
    "journey": "deploy stop tick untick skip block unblock confirm",
    "advocacy": "log move decline withdraw",
    "kpi": "view team",
    "rating": "give calibrate withdraw",
    "survey": "answer",
    "point": "enter correct withdraw",
    "commitment": "pause resume explain correct view",
    "signal": "snooze wake acknowledge resolve view",
    "play": "start stop complete_step",
    "import": "prepare run undo correct_row retry_rows dismiss_row view",
    "record": "backdate",
    "entry": "retry",
    "source": "create_key revoke_key match",
    "connector": "add change pause resume remove readdress view",
    "arrival": "assign correct retry dismiss",
    "link": "add change remove withdraw",
    "blueprint": "view plan apply rollback",
    "person": "invite change deactivate view export hold release erase",
    "leave": "take cancel",
    "team": "create change",
    "pod": "create",
    "access": "view",
    "ledger": "view",
    "request": "approve decline",
    "segment": "save remove",
    "quality": "view",
    "practice": "view",
    "attempt": "invite withdraw restart renew_link begin hand_in score conclude",
    "practice_call": "begin say end note",
}


def _fields(text: str) -> dict[str, str]:
    return dict(field.split(":") for field in text.split())


VOCABULARY = Vocabulary(
    facts={
        f"{noun.rstrip('.')}.{verb}": _fields(fields)
        for noun, (verbs, fields) in _FACTS.items()
        for verb in verbs.split()
    },
    measures={
        **{name: Measured() for name in _WINDOWED.split()},
        **{name: Measured(windowed=False) for name in _STANDING.split()},
    },
    operations=frozenset(f"{noun}.{verb}" for noun, verbs in _OPERATIONS.items() for verb in verbs.split()),
    account_fields={
        "tier": "text",
        "industry": "text",
        "country": "text",
        "status": "text",
        "stage": "text",
        "seats_licensed": "integer",
        "trial": "boolean",
        "pod": "text",
        "zone": "text",
    },
)
