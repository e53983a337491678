"""The messages of a portal by thread, the latest at the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tenure.base.errors import Forbidden
from tenure.records.message import Message, threads
from tenure.web.portal.seen import Portal

MOST = 200


@dataclass(frozen=True)
class Thread:
    """A conversation: what it is about, its messages in order, and whether it is our turn."""

    pk: str
    subject: str
    messages: Sequence[Message]

    @property
    def last(self) -> Message:
        return self.messages[-1]

    @property
    def waits(self) -> bool:
        return self.last.direction == Message.Direction.IN and self.last.settled_at is None


def _rows(portal: Portal) -> list[Message]:
    rows = portal.rows(Message).select_related("person", "contact").order_by("-at", "-pk")
    return list(rows[:MOST])


def conversations(portal: Portal) -> list[Thread]:
    found = [_thread(pk, messages) for pk, messages in threads(_rows(portal)).items()]
    return sorted(found, key=lambda thread: thread.last.at, reverse=True)


def conversation(portal: Portal, pk: str) -> Thread:
    """One thread. Raises Forbidden, hidden where the client may see none of it."""
    rows = portal.rows(Message).filter(thread=pk).select_related("person", "contact").order_by("at", "pk")
    messages = list(rows[:MOST])
    if not messages:
        raise Forbidden("account.view", "There is no such message here.", hidden=True)
    return _thread(pk, messages)


def _thread(pk: str, messages: Sequence[Message]) -> Thread:
    subject = next((message.subject for message in messages if message.subject), "")
    return Thread(pk, subject or messages[0].body.strip().partition("\n")[0][:60] or "A message", messages)
