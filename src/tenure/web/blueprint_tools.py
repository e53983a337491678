"""The tools of a blueprint in words: what each is asked to set up, when, and which figures it is told."""

from __future__ import annotations

from collections.abc import Iterator

from tenure.blueprint.model import Model, ToolCall, Write
from tenure.web import wording
from tenure.web.blueprint_words import Entry, Step, facts_of, sentence
from tenure.web.conditions import Speaker


def tools(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, tool in model.tools.items():
        said = [sentence(tool.about)] if tool.about else []
        asks = wording.listed(setting.label for setting in tool.settings.values())
        facts = facts_of(("Address", tool.address or "yours"), ("Asks for", asks))
        steps = [Step(call.label, _when(call, speak)) for call in tool.calls.values()]
        yield Entry("tools", key, tool.label, said, facts, steps=steps, is_ordered=False)


def _when(call: ToolCall, speak: Speaker) -> str:
    """What asks for a call."""
    causes = [speak.trigger(each) for each in call.on]
    if isinstance(call, Write) and call.nightly:
        causes.append("a night")
    # What has a comma of its own is kept apart by more than one.
    is_long = len(causes) > 1 and any("," in each for each in causes)
    said = f"{'; '.join(causes[:-1])}; or {causes[-1]}" if is_long else wording.listed(causes, "or")
    when = f"after {said}" if causes else "when somebody asks"
    return f"set up {when}" if not isinstance(call, Write) else f"told {when}"
