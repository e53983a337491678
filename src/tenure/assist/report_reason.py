"""Why a headline is as it is, as far as the figures know causes: work that went out, material that came, meetings.

A good figure is explained by what was done, a bad one by what was not. Where none of it is so, nothing is said: then a
person writes why, or nobody has.
"""

from __future__ import annotations

from tenure.assist.report_headline import FELL, lead_of, told_of
from tenure.outlets.words import listed, number, with_unit
from tenure.records.report import Content, Report, Series


def reason_of(content: Content) -> str:
    """The causes that are known, in a few sentences; empty where there are none."""
    lead = lead_of(content)
    parts = [_brought(lead.series) if lead.series and not lead.is_worse else ""]
    if lead.is_better:
        parts += [_material(content), _enough(content)]
        parts += [] if any(parts) else [_went(content)]
        parts += [_not_known(content)]
    else:
        parts += [_late_material(content), _too_little(content), _missed(content)]
    return " ".join(part for part in parts if part)


def why_unknown(content: Content) -> str:
    """What the client reads where the headline is bad and nobody says why: that it is not known yet, and who tells."""
    if not lead_of(content).is_worse:
        return ""
    is_done = not reason_of(content)  # nothing is known that was not
    done = [part for part in (_enough(content) if content.agreed else "", _material(content)) if part and is_done]
    tells = "and will tell you when we meet" if content.next_meeting else "and are looking into it"
    said = [*done, "It was not for want of work."] if done else []
    return " ".join([*said, f"We do not know yet why it was so, {tells}."])


def is_unexplained(report: Report) -> bool:
    """Whether its headline is bad and nobody has said why: a person should before it goes out."""
    return report.status != Report.Status.APPROVED and not report.reason.strip() and lead_of(report.shows).is_worse


def _brought(told: Series) -> str:
    """Where the figure of the headline came from."""
    if not told.now:
        return ""
    known = [(label, value) for label, value in told.brought if label != "unattributed" and value][:3]
    said = [f"{number(value)} {'from' if at else 'came from'} {label}" for at, (label, value) in enumerate(known)]
    return f"Of the {with_unit(told.now, told.unit)}, {listed(said)}." if said else ""


def _went(content: Content) -> str:
    """How much went out, where nothing else is known of a good figure."""
    made = len(content.published)
    return f"{made} {'piece' if made == 1 else 'pieces'} went out." if made else ""


def _not_known(content: Content) -> str:
    """That it is not known why a figure fell that the headline tells of beside a good one."""
    fell = [each.label for each in told_of(content, lead_of(content)) if (each.change or 0) <= -FELL]
    return f"Why {fell[0][:1].lower()}{fell[0][1:]} fell, we do not know yet." if fell else ""


def _late_material(content: Content) -> str:
    if content.came >= content.asked:
        return ""
    if content.asked == 1:
        return "The material for the 1 piece that waited for it did not come in this time."
    came = str(content.came) if content.came else "none"
    return f"Material came for {came} of the {content.asked} pieces that waited for it."


def _material(content: Content) -> str:
    if content.asked < 2 or content.came < content.asked:
        return ""
    return f"Material came for all {content.asked} pieces that waited for it."


def _too_little(content: Content) -> str:
    """Fewer pieces than the rhythm, else than in the time before."""
    if content.agreed:
        return _against_rhythm(content) if content.went < content.agreed else ""
    before, made = content.published_before or 0, len(content.published)
    return _against_before(content) if made < before else ""


def _enough(content: Content) -> str:
    if content.agreed:
        return _against_rhythm(content) if content.went >= content.agreed else ""
    is_more = content.published_before is not None and len(content.published) > content.published_before
    return _against_before(content) if is_more else ""


def _against_rhythm(content: Content) -> str:
    went, agreed = content.went, content.agreed or 0
    if agreed == 1 and went < 2:
        return "The 1 piece agreed went out." if went else "The 1 piece agreed did not go out."
    if went == agreed:
        return f"All {agreed} pieces agreed went out."
    if went > agreed:
        return f"{went} pieces went out, {went - agreed} more than agreed."
    return f"{went or 'None'} of the {agreed} pieces agreed went out."


def _against_before(content: Content) -> str:
    made, beside = len(content.published), content.beside
    went = f"{made} {'piece' if made == 1 else 'pieces'}" if made else "Nothing"
    return f"{went} went out, after {content.published_before or 'none'}{f' in {beside}' if beside else ' before'}."


def _missed(content: Content) -> str:
    if not content.missed:
        return ""
    if content.meetings == content.missed:
        return "Our meeting did not take place." if content.missed == 1 else "None of our meetings took place."
    return f"{content.missed} of our {content.meetings} meetings did not take place."
