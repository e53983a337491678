"""What a model promises and does, in plain words: journeys, commitments, signals, playbooks, meetings, surveys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tenure.blueprint.model import Commitment, Journey, JourneyItem, MeetingType, Model, Playbook, Signal, Stage, Survey
from tenure.web import wording
from tenure.web.blueprint_words import Entry, Step, facts_of, sentence
from tenure.web.conditions import Speaker

HOURS = {
    "always": "round the clock",
    "company": "in our working hours",
    "owner": "in the working hours of whoever keeps it",
    "account": "in the client’s working hours",
}
MATCHES = {
    "account": "",
    "all": "One such fact meets every open one.",
    "subject": "Only a fact about the same thing meets it.",
}
DOES = {
    "task": "a task",
    "meeting": "a meeting",
    "message": "a message",
    "escalate": "an escalation",
    "note": "a note",
}


def journeys(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, journey in model.journeys.items():
        said = [f"It begins with {speak.trigger(journey.starts)}." if journey.starts else "It begins with the account."]
        if journey.applies:
            said.append(f"It is for accounts where {speak.condition(journey.applies)}.")
        stages = [_stage(stage, journey, speak) for stage in journey.stages.values()]
        yield Entry("journeys", key, journey.label, said, steps=stages)


def _stage(stage: Stage, journey: Journey, speak: Speaker) -> Step:
    said = []
    if stage.enters:
        said.append(f"opens with {speak.trigger(stage.enters)}")
    if stage.within:
        said.append(f"lasts {stage.within} at most")
    if stage.client_label:
        said.append(f"the client reads “{stage.client_label}”")
    labels = {key: item.label for each in journey.stages.values() for key, item in each.items.items()}
    return Step(stage.label, "; ".join(said), tuple(_item(item, labels, speak) for item in stage.items.values()))


def _item(item: JourneyItem, labels: Mapping[str, str], speak: Speaker) -> Step:
    after = wording.listed(f"“{labels.get(key, key)}”" for key in item.after)
    said = [f"{speak.role(item.owner)}, within {item.due}{f' after {after}' if after else ''}"]
    if item.waits_for != "us":
        said.append(f"waits for the {item.waits_for}")
    if item.done_by:
        said.append(f"done by {speak.trigger(item.done_by)}")
    return Step(item.label, "; ".join(said))


def commitments(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, terms in model.commitments.items():
        said = [sentence(terms.promise)] if terms.promise else []
        said += [sentence(each) for each in _terms(terms, speak)]
        target = f"{wording.number(terms.target)} %" if terms.target is not None else ""
        facts = facts_of(("Kept by", speak.role(terms.owner)), ("To be met", target), ("Warns after", terms.warn))
        yield Entry("commitments", key, terms.label, said, facts, tag=terms.kind)


def _terms(terms: Commitment, speak: Speaker) -> Iterator[str]:
    """What a promise waits for, in sentences."""
    met = wording.listed((speak.trigger(each) for each in terms.met_by), "or")
    times = f"{terms.count} times " if terms.count > 1 else ""
    if terms.kind == "cadence":
        begins = f"with {speak.trigger(terms.opens)}" if terms.opens else "with the account"
        sooner = f", due within {terms.within} of each period" if terms.within else ""
        yield f"Every {terms.every} it wants {times}{met}{sooner}. It begins {begins}"
    else:
        opens = speak.trigger(terms.opens) if terms.opens else "the account"
        yield f"It opens with {opens}, and is met by {times}{met} within {terms.within}"
    if terms.hours != "always":
        yield f"Time is counted {HOURS[terms.hours]}"
    if terms.match not in MATCHES:
        yield f"Only a fact with the same “{terms.match}” meets it"
    elif MATCHES[terms.match]:
        yield MATCHES[terms.match]
    if terms.cancelled_by:
        yield f"It is cancelled by {wording.listed((speak.trigger(each) for each in terms.cancelled_by), 'or')}"
    if terms.applies:
        yield f"It holds for accounts where {speak.condition(terms.applies)}"
    if not terms.settle.startswith("0 "):
        yield f"It counts as missed only {terms.settle} after it was due"
    if terms.source:
        yield f"A miss waits until {terms.source} has been read past that time"
    if terms.client_visible:
        yield "The client sees how it stands"


def handovers(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, form in model.handovers.items():
        said = [sentence(form.about)] if form.about else []
        several = "several at a time" if form.many else "one at a time"
        facts = facts_of(("From", speak.role(form.giver)), ("To", speak.role(form.taker)), ("On an account", several))
        steps = [Step(each.label, "needed" if each.needed else "where it is known") for each in form.fields.values()]
        yield Entry("handovers", key, form.label, said, facts, steps=steps)


def deliverables(model: Model, _: Speaker) -> Iterator[Entry]:
    for key, each in model.deliverables.items():
        facts = facts_of(
            ("Usually within", each.within),
            ("The client", "sees it" if each.client_visible else "does not see it"),
            ("Goes through", " → ".join(state.label for state in each.states.values())),
            ("A week", f"{each.per_week.normalize():f}" if each.per_week else ""),
            ("Planned ahead", f"{each.weeks_ahead} weeks" if each.weeks_ahead else ""),
            ("Takes the form of", wording.listed(form.label for form in each.formats.values())),
        )
        yield Entry("deliverables", key, each.label, [sentence(each.about)] if each.about else [], facts)


def goals(model: Model, _: Speaker) -> Iterator[Entry]:
    for key, each in model.goals.items():
        metric = model.metrics[each.metric].label if each.metric in model.metrics else ""
        said = [sentence(each.about)] if each.about else []
        tag = "matters most" if each.home_run else ""
        yield Entry("goals", key, each.label, said, facts_of(("Within", each.within), ("Measured by", metric)), tag=tag)


def signals(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, signal in model.signals.items():
        said = [_fires(signal, speak), f"{speak.role(signal.owner)} is told."]
        if signal.play in model.playbooks:
            said.append(f"It starts the playbook “{model.playbooks[signal.play].label}”.")
        quiet = wording.listed(
            (model.signals[each].label for each in signal.inhibited_by if each in model.signals), "or"
        )
        if quiet:
            said.append(f"It stays quiet while “{quiet}” fires.")
        facts = facts_of(("Says", signal.reason))
        yield Entry("signals", key, signal.label, said, facts, tag=f"{signal.severity}, {signal.kind}")


def _fires(signal: Signal, speak: Speaker) -> str:
    held = "" if signal.for_.startswith("0 ") else f", for {signal.for_} together"
    return f"Fires where {speak.condition(signal.when)}{held}."


def playbooks(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, book in model.playbooks.items():
        said = [sentence(book.why)] if book.why else []
        if book.outcome:
            said.append(f"It has worked where, within {book.within}, {speak.condition(book.outcome)}.")
        if book.stops:
            said.append(f"It stops where {speak.condition(book.stops)}.")
        yield Entry("playbooks", key, book.label, said, steps=list(_steps(book, speak)))


def _steps(book: Playbook, speak: Speaker) -> Iterator[Step]:
    model = speak.model
    for each in book.steps.values():
        after = wording.listed(f"“{book.steps[key].label}”" for key in each.after if key in book.steps)
        said = [
            f"{DOES[each.does]} for {speak.role(each.owner)}, within {each.due}{f' after {after}' if after else ''}"
        ]
        if each.when:
            said.append(f"only where {speak.condition(each.when)}")
        if each.meeting in model.meetings:
            said.append(model.meetings[each.meeting].label)
        if each.template in model.templates:
            said.append(f"drafted from “{model.templates[each.template].label}”")
        if each.escalation in model.escalations:
            said.append(f"up “{model.escalations[each.escalation].label}”")
        elif each.to:
            said.append(f"to {speak.role(each.to)}")
        yield Step(each.label, "; ".join([*said, each.about] if each.about else said))


def escalations(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, each in model.escalations.items():
        steps = [Step(speak.role(rung.to), f"goes on after {rung.within}") for rung in each.path]
        yield Entry("escalations", key, each.label, ["A case that nobody answers climbs:"], steps=steps)


def meetings(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, each in model.meetings.items():
        said = [f"{each.minutes} minutes{', which the client sees' if each.client_visible else ', among ourselves'}."]
        entry = Entry("meetings", key, each.label, said)
        entry.facts = facts_of(
            ("Wants", speak.roles(each.roles)),
            ("Agenda", "; ".join(each.agenda)),
            ("Rated afterwards", _rated(each)),
            ("Asks afterwards", model.surveys[each.survey].label if each.survey in model.surveys else ""),
        )
        yield entry


def _rated(meeting: MeetingType) -> str:
    return "; ".join(question.text for question in meeting.ratings.values())


def surveys(model: Model, _: Speaker) -> Iterator[Entry]:
    for key, each in model.surveys.items():
        yield Entry(
            "surveys", key, each.label, [sentence(each.about)] if each.about else [], steps=list(_questions(each))
        )


def _questions(survey: Survey) -> Iterator[Step]:
    for question in survey.questions.values():
        ends = f", from {question.low} to {question.high}" if question.low and question.high else ""
        yield Step(question.text, f"{question.scale.upper() if len(question.scale) == 3 else question.scale}{ends}")


def reports(model: Model, _: Speaker) -> Iterator[Entry]:
    covers = {"month": "a month", "quarter": "a quarter", "start": "all since the first contract"}
    for key, each in model.reports.items():
        at = model.meetings[each.meeting].label if each.meeting in model.meetings else ""
        yield Entry(
            "reports", key, each.label, [], facts_of(("Covers", covers[each.covers]), ("At", at)), text=each.about
        )


def templates(model: Model, _: Speaker) -> Iterator[Entry]:
    for key, each in model.templates.items():
        facts = facts_of(("Subject", each.subject))
        yield Entry("templates", key, each.label, [], facts, text=each.body)
