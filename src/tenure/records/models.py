"""The tables of this room, where Django looks for them. Importing it fills the registers of kinds and operations."""

from tenure.records.account import Account
from tenure.records.action import ActionItem
from tenure.records.activity import Activity
from tenure.records.agenda import MeetingItem
from tenure.records.contact import Contact
from tenure.records.contract import Contract, ContractLine
from tenure.records.deliverable import Deliverable
from tenure.records.goal import Goal
from tenure.records.issue import Issue, IssueEntry
from tenure.records.link import Link
from tenure.records.meeting import Attendee, Meeting
from tenure.records.message import Message
from tenure.records.minutes import Decision
from tenure.records.note import Note
from tenure.records.personal import Mention
from tenure.records.point import MetricPoint
from tenure.records.rating import Rating
from tenure.records.survey import SurveyAnswer

__all__ = [
    "Account",
    "ActionItem",
    "Activity",
    "Attendee",
    "Contact",
    "Contract",
    "ContractLine",
    "Decision",
    "Deliverable",
    "Goal",
    "Issue",
    "IssueEntry",
    "Link",
    "Meeting",
    "MeetingItem",
    "Mention",
    "Message",
    "MetricPoint",
    "Note",
    "Rating",
    "SurveyAnswer",
]
