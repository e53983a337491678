"""Plain sentences for a company whose blueprint brings no words of its own."""

from tenure.simulation.scene import Exchange, Talk, Trouble

PLAIN = Talk(
    exchanges=(
        Exchange(
            ask="Could you send me where {thing} stands?",
            answer="It stands on one page, attached; the next step is ours, due {day}.",
        ),
        Exchange(
            ask="Can we move our meeting to {day} at {time}?", answer="Moved to {day}. The invitation is on its way."
        ),
        Exchange(ask="Who looks after {thing} while {helper} is away?", answer="I do, and my number is below."),
        Exchange(ask="Is {month} still the date for {thing}?", answer="Yes, and the plan has two weeks of air."),
        Exchange(
            ask="We liked what you did about {thing}.",
            answer="Thank you, I have passed it on to the team.",
            mood="good",
        ),
        Exchange(
            ask="Nobody has come back to me about {thing}.",
            answer="That was our mistake. You have the answer below and a date for the rest.",
            mood="bad",
        ),
        Exchange(
            ask="We are not sure that this is worth it any more.",
            answer="Then let us look at it together, with the figures, on {day}.",
            mood="bad",
        ),
    ),
    troubles=(
        Trouble(title="{thing} does not work as agreed", mended="Set right and checked with {helper}."),
        Trouble(
            title="Wrong figures about {thing}", mended="Counted again; the right ones were sent.", severity="high"
        ),
        Trouble(
            title="Nothing works at {place}", mended="Back since noon, with the cause explained.", severity="urgent"
        ),
        Trouble(title="Question about {thing2}", mended="Answered on the phone.", severity="low"),
    ),
    notes=(
        "Spoke about {thing}; {first} is content.",
        "{helper} looks after {thing} from now on.",
        "They plan {thing2} for {month}.",
    ),
    notes_worried=(
        "{first} was short today.",
        "Asked what would happen if they stopped {thing}.",
        "{helper} did not come again.",
    ),
    client_notes=(
        "We agreed on {few} steps about {thing}.",
        "Next is {thing2}, by {day}.",
        "We went through the results since last time.",
    ),
    decisions=(
        "{thing} comes first until {month}.",
        "{helper} decides about {thing2}.",
        "We meet on {day}s from now on.",
    ),
    actions=("Send the plan for {thing}", "Ask about {thing2}", "Prepare figures for {first}"),
    client_actions=("Name somebody for {thing}", "Send the list for {thing2}", "Decide about {month}"),
    calls=("Called {helper} about {thing}.", "Left a message about {thing2}.", "Short call, all clear."),
    tasks=("Look into {thing}", "Call {helper} back", "Prepare {thing2} for {first}"),
    next_steps=("Agree on {thing}", "Meet {helper}", "Show the figures on {thing2}"),
    pauses=("They are closed until {day}", "Waits for {helper}", "Waits for material about {thing}"),
    snoozes=("Known, look again on {day}", "Spoke with {helper}, it is in hand", "Waits for the figures of {month}"),
    closings=("Settled with {helper}", "Not what it looked like", "Part of what we work on already"),
    misses_ours=("Forgotten in a full week", "Seen too late while covering for a colleague"),
    misses_theirs=("{helper} sent it too late", "{first} did not come"),
    corrections=("Done in time, entered late", "Their closing days had not been marked"),
    deliverables={},
    goals={},
    updates=(
        "News about {thing}: it is done.",
        "Here is what happened in {month}.",
        "{few} things about {thing2} are ready for you.",
    ),
    praise=("They listen.", "It helped us with {thing}."),
    feedback=("Fine so far.", "Could be quicker."),
    handover={
        "business": (
            "{business} in {place}, best known for {thing}.",
            "{business}: {thing} and {thing2}, run by {first}.",
        ),
        "serves": (
            "People in and around {place} who come for {thing}.",
            "Regulars of {few} years, and those who need {thing2}.",
        ),
        "outcomes": ("{share} percent more of {thing} by {month}.", "That {helper} no longer has to chase {thing2}."),
        "figures": (
            "{dozens} inquiries a month, they say.",
            "About {dozens} a week; nobody counts {thing2}.",
        ),
        "decides": ("{first} decides, {helper} does.", "{first}, after a word with the {job}."),
        "promises": ("First results before {month}; {thing} comes first.", "A call every two weeks, never on {day}s."),
        "risks": ("Tried it once before and stopped after {few} months.", "{helper} has little time before {month}."),
    },
    sent_back=(
        "Who decides besides {first}?",
        "Which date was promised for {thing}?",
        "Figures for {thing2} are missing.",
    ),
    evidence=("All dates kept", "Two dates moved", "Figures about {thing} rise", "Little energy on their side"),
    proofs=(
        "Counted by {helper}",
        "The list that {helper} keeps",
        "Read together with {first}",
        "Counted from bills and inbox",
    ),
    proofs_read=("The figures of {month}, read together with {first}", "The figures that both of us see"),
)
