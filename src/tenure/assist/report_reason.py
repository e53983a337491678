"""Why a headline is as it is, as far as the figures know causes: work that went out, material that came, meetings.

A good figure is explained by what was done, a bad one by what was not. Where none of it is so, the client reads that
nobody knows yet why, until a person writes it.
"""

from __future__ import annotations

from tenure.assist.report_headline import FELL, Lead, lead_of, told_of
from tenure.outlets.words import inside, listed, number, with_unit
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
        lacked = [each for each in (_late_material(content), _too_little(content), _missed(content)) if each]
        parts += [f"What was missing: {listed(lacked)}." if lacked else "", _fewer(content)]
    return " ".join(part for part in parts if part)


def why_unknown(content: Content) -> str:
    """What the client reads where the headline is bad and nobody says why: that it is not known yet, and who tells."""
    lead = lead_of(content)
    if not lead.is_worse:
        return ""
    is_done = not reason_of(content)  # nothing is known that was missing
    done = [part for part in (_enough(content) if content.agreed else "", _material(content)) if part and is_done]
    tells = "and will tell you when we meet" if content.next_meeting else "and are looking into it"
    return " ".join([*done, f"Why {_what(lead)}, we do not know yet, {tells}."])


def _what(lead: Lead) -> str:
    """What is to be explained of a bad headline."""
    if lead.outcome and lead.outcome.status == "missed":
        return "it was not reached"
    if lead.series and (lead.gained or 0) < 0:
        return f"{inside(lead.series.label)} {'fell' if lead.rises else 'rose'}"
    return "it came to this"


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
    """That it is not known why a figure fell that the headline tells of beside a good one; of some, less is better."""
    lead = lead_of(content)
    told = [each for each in told_of(content, lead) if lead.rises or each is not lead.series]
    fell = [each.label for each in told if (each.change or 0) <= -FELL]
    return f"Why {inside(fell[0])} fell, we do not know yet." if fell else ""


def _late_material(content: Content) -> str:
    """The material that did not come, of what was asked for."""
    lacking = content.asked - content.came
    pieces = _part(lacking, content.asked, "the", "piece", "pieces")
    return f"the material for {pieces} that waited for it" if lacking > 0 else ""


def _material(content: Content) -> str:
    if content.asked < 2 or content.came < content.asked:
        return ""
    return f"Material came for all {content.asked} pieces that waited for it."


def _too_little(content: Content) -> str:
    """The pieces that the rhythm asks for and that did not go out."""
    agreed = content.agreed or 0
    lacking = agreed - content.went
    return f"{_part(lacking, agreed, 'the', 'piece', 'pieces')} agreed" if lacking > 0 else ""


def _fewer(content: Content) -> str:
    """That fewer pieces went out than in the time before, where no rhythm was agreed."""
    is_fewer = not content.agreed and len(content.published) < (content.published_before or 0)
    return _against_before(content) if is_fewer else ""


def _part(lacking: int, of: int, whose: str, one: str, many: str) -> str:
    """So many of so many: ``3 of the 8 pieces``, ``all of our 3 meetings``, ``the 1 piece``."""
    return f"{whose} 1 {one}" if of == 1 else f"{lacking if lacking < of else 'all'} of {whose} {of} {many}"


def _enough(content: Content) -> str:
    if content.agreed:
        return _against_rhythm(content) if content.went >= content.agreed else ""
    is_more = content.published_before is not None and len(content.published) > content.published_before
    return _against_before(content) if is_more else ""


def _against_rhythm(content: Content) -> str:
    """What went out of what was agreed, where it was all of it."""
    went, agreed = content.went, content.agreed or 0
    if went > agreed:
        return f"{went} pieces went out, {went - agreed} more than agreed."
    return "The 1 piece agreed went out." if agreed == 1 else f"All {agreed} pieces agreed went out."


def _against_before(content: Content) -> str:
    made, beside = len(content.published), content.beside
    went = f"{made} {'piece' if made == 1 else 'pieces'}" if made else "Nothing"
    return f"{went} went out, after {content.published_before or 'none'}{f' in {beside}' if beside else ' before'}."


def _missed(content: Content) -> str:
    """The meetings that did not take place."""
    return _part(content.missed, content.meetings, "our", "meeting", "meetings") if content.missed else ""
