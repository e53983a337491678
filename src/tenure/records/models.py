"""The tables of this room, where Django looks for them. Importing it fills the registers of kinds and operations."""

from tenure.records.account import Account
from tenure.records.action import ActionItem
from tenure.records.activity import Activity
from tenure.records.advocacy import Advocacy
from tenure.records.agenda import MeetingItem
from tenure.records.contact import Contact
from tenure.records.contract import Contract, ContractLine
from tenure.records.deliverable import Deliverable
from tenure.records.delivery import Mail
from tenure.records.draft import Draft
from tenure.records.goal import Goal
from tenure.records.handover import Handover, HandoverAnswer
from tenure.records.issue import Issue, IssueEntry
from tenure.records.link import Link
from tenure.records.meeting import Attendee, Meeting
from tenure.records.message import Message
from tenure.records.minutes import Decision
from tenure.records.note import Note
from tenure.records.pace import Pace
from tenure.records.personal import Mention
from tenure.records.point import MetricPoint
from tenure.records.portal import PortalAccess
from tenure.records.practice import Attempt
from tenure.records.practice_assessment import Assessment, CriterionScore
from tenure.records.practice_call import PracticeCall, PracticeTurn
from tenure.records.rating import Rating
from tenure.records.report import Report
from tenure.records.result import Result
from tenure.records.survey import SurveyAnswer
from tenure.records.upload import Upload
from tenure.records.win import Win

__all__ = [
    "Account",
    "ActionItem",
    "Activity",
    "Advocacy",
    "Assessment",
    "Attempt",
    "Attendee",
    "Contact",
    "Contract",
    "ContractLine",
    "CriterionScore",
    "Decision",
    "Deliverable",
    "Draft",
    "Goal",
    "Handover",
    "HandoverAnswer",
    "Issue",
    "IssueEntry",
    "Link",
    "Mail",
    "Meeting",
    "MeetingItem",
    "Mention",
    "Message",
    "MetricPoint",
    "Note",
    "Pace",
    "PortalAccess",
    "PracticeCall",
    "PracticeTurn",
    "Rating",
    "Report",
    "Result",
    "SurveyAnswer",
    "Upload",
    "Win",
]
