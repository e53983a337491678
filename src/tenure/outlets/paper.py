"""What goes out on paper: the client report and the role card as PDF, set by Typst from one page description each."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from tenure.blueprint.model import Model
from tenure.blueprint.role_card import RoleCard
from tenure.outlets import charts, words
from tenure.outlets.charts import PAPER, Change, Frame, Inks
from tenure.records.report import Content, Outcome, Piece, Report, Series, Step

PAGES = Path(__file__).resolve().parent / "typst"
ACCENT = "#4a4540"  # for a company that has not chosen a colour
LETTER = {"America/": "us-letter"}  # paper by where the company is; elsewhere A4
CHART = (300, 104)
FONTS = "Inter, Helvetica Neue, Arial, Liberation Sans, DejaVu Sans"  # as the page itself is set
STEPS, LATE = 5, 4
ENDS_HIGH = 0.4  # a last page that is filled no further is avoided where a tighter setting does without it
LISTED = 8  # pieces of work that are named; of the others the number is told


def report_pdf(report: Report, model: Model) -> bytes:
    """The report as it was approved, or as it stands, in the company's name and colour."""
    data = report_data(report, model)
    return _set("report.typ", min((data, data | {"tight": True}), key=_pages) if _ends_high(data) else data)


def _end(data: dict[str, Any]) -> dict[str, float]:
    """On which page a report ends, and how far down it, as a share of its height."""
    import typst

    given = {"data": json.dumps(data, default=str)}
    (found,) = json.loads(typst.query(PAGES / "report.typ", "<end>", field="value", root=PAGES, sys_inputs=given))
    return dict(found)


def _pages(data: dict[str, Any]) -> float:
    return _end(data)["page"]


def _ends_high(data: dict[str, Any]) -> bool:
    """Whether a page would be begun for a few lines."""
    end = _end(data)
    return end["page"] > 1 and end["share"] < ENDS_HIGH


def card_pdf(card: RoleCard, model: Model, day: date) -> bytes:
    """A role on one page."""
    figures = [
        {"label": each.label, "goal": each.goal or "no target", "kind": f"{each.kind}s", "why": each.why}
        for each in card.figures
    ]
    promises = [{"label": each.label, "promise": each.promise, "time": each.time} for each in card.promises]
    ramp = [{"label": each.label, "says": _expected(each)} for each in card.ramp[:4]]
    data: dict[str, Any] = {"label": card.label, "accountable": card.accountable, "book": card.book, "owns": card.owns}
    data |= {"week": card.week, "figures": figures, "promises": promises, "ramp": ramp}
    return _set("card.typ", brand(model) | data | {"as_of": f"{words.day(day)} {day.year}"})


def _expected(ramp: Any) -> str:
    size = f"{ramp.accounts_from} to {ramp.accounts_to} accounts. " if ramp.accounts_from and ramp.accounts_to else ""
    said = (
        f"{each.label} {'≥' if each.better == 'up' else '≤'} {words.number(each.target)}"
        for each in ramp.expects.values()
    )
    return size + "; ".join(said)


def _set(page: str, data: dict[str, Any]) -> bytes:
    return _compiled(page, json.dumps(data, default=str))


@lru_cache(maxsize=32)
def _compiled(page: str, data: str) -> bytes:
    import typst

    made = typst.compile(PAGES / page, root=PAGES, sys_inputs={"data": data})
    assert isinstance(made, bytes)
    return made


def brand(model: Model) -> dict[str, Any]:
    """The company's name, colour, sign and paper, as every page takes them."""
    company = model.company
    paper = next((size for zone, size in LETTER.items() if company.zone.startswith(zone)), "a4")
    return {"company": company.name, "accent": company.accent or ACCENT, "logo": company.logo, "paper": paper}


def kind_of(report: Report, model: Model) -> str:
    """What the company calls this kind of report."""
    return model.reports[report.type].label if report.type in model.reports else report.type


def file_name(report: Report, model: Model) -> str:
    """What the file is called, without its ending: letters, figures and dashes, so that every system takes it."""
    said = f"{report.account.name} {kind_of(report, model)} {report.last:%Y-%m}"
    return slugify(said)[:80] or "report"


def report_data(report: Report, model: Model) -> dict[str, Any]:
    """A report as its page description takes it: every word and figure as it is read."""
    shows, account = report.shows, report.account
    inks = replace(PAPER, accent=model.company.accent or ACCENT, ink=model.company.accent or PAPER.ink)
    plan = model.words["goal"].many if "goal" in model.words else "The plan"
    made, ahead = len(shows.published), 6 if len(shows.late) < 2 else 3
    theirs, old = asked_of_them(shows)
    return brand(model) | {
        "tight": False,
        "title": f"{kind_of(report, model)}: {account.name}",
        "kind": kind_of(report, model),
        "account": account.name,
        "span": words.span(report.first, report.last),
        "as_of": f"{words.day(report.last)} {report.last.year}",
        "figures": figures_title(shows),
        "compared": compared(shows),
        "wins": [each.title for each in shows.wins],
        "drawn": drawn(shows),
        "sentence": report.headline,
        "more": report.more,
        "reason": report.why,
        "next": report.next_step,
        "plan": plan,
        "outcomes": [outcome_line(each) for each in shows.outcomes],
        "series": [_series(each, shows, inks) for each in shows.series],
        "published": [_piece(each) for each in shows.published[:LISTED]],
        "published_more": _more(made - LISTED),
        "late": [coming(each, is_late=True) for each in shows.late[:LATE]],
        "late_more": _more(len(shows.late[LATE:]) + shows.late_more),
        "planned": [coming(each) for each in shows.planned[:ahead]],
        "planned_more": _more(len(shows.planned[ahead:]) + shows.planned_more),
        "work": work_line(shows),
        "ours": [_step(each) for each in shows.ours[:STEPS]],
        "theirs": [_step(each) for each in theirs[:STEPS]],
        "old": [_step(each) for each in old[:LATE]],
        "old_more": _more(len(old) - LATE),
        "ours_more": _more(len(shows.ours) - STEPS),
        "theirs_more": _more(len(theirs) - STEPS),
        "foot": f"{model.company.name} for {account.name}",
        "note": note_of(report),
    }


def _more(count: int) -> str:
    """That there is more, and where it stands."""
    return f"and {count} more, in your portal" if count > 0 else ""


def asked_of_them(shows: Content) -> tuple[list[Step], list[Step]]:
    """What the client is asked for, and apart from it what is so old that one asks whether it still counts."""
    return [each for each in shows.theirs if not each.is_old], [each for each in shows.theirs if each.is_old]


def work_line(shows: Content) -> str:
    """How many pieces went out, beside how many were agreed."""
    made = len(shows.published)
    agreed = f"{shows.went} of {shows.agreed} agreed" if shows.agreed else ""
    if not made:
        return agreed
    return f"{made} delivered, {agreed}" if agreed and shows.went != made else agreed or f"{made} delivered"


def figures_title(shows: Content) -> str:
    """What stands over the figures: of which days they are, as those of the plan may be of others."""
    if not shows.period:
        return "The figures by week"
    if " weeks" in shows.period and shows.figures_from and shows.figures_to:
        return f"The figures {shows.period} ({words.days(shows.figures_from, shows.figures_to)})"
    return f"The figures {shows.period}"


def compared(shows: Content) -> str:
    """Beside which days the figures stand."""
    return f"beside {shows.beside}" if shows.period else "of the time covered, beside as many days before"


def drawn(shows: Content) -> str:
    """What the charts show, and what is dark in them."""
    if not shows.figures_from:
        return "Charts show weeks."
    return "Charts show weeks; those of this report are strong."


def note_of(report: Report) -> str:
    """As of which day its figures are, when they were taken, and by whom."""
    by = f" Prepared by {report.prepared_by.name}." if report.prepared_by else ""
    taken = f"{words.day(report.prepared_at.date())} {report.prepared_at.year}"
    return f"Figures as of {words.day(report.last)} {report.last.year}, taken on {taken}.{by}"


def outcome_line(outcome: Outcome) -> dict[str, Any]:
    """An outcome as a line of a page or a slide."""
    about = [outcome.unit, f"by {words.day(outcome.due_on)} {outcome.due_on.year}" if outcome.due_on else ""]
    state = words.ended(outcome.status, outcome.progress, rises=outcome.rises)
    if outcome.confirmed:
        state += ", confirmed by you"
    return {
        "title": outcome.title,
        "about": ", ".join(each for each in about if each),
        "home_run": outcome.home_run,
        "home_label": "What matters most",
        "reached": outcome.status == "attained",
        "share": outcome.share,
        "bar": min(1.0, outcome.share) if outcome.share is not None else None,
        "baseline": words.number(outcome.baseline),
        "target": words.number(outcome.target),
        "now": words.number(outcome.now) if outcome.now is not None else "–",
        "days": number_of(outcome),
        "state": state or "not measured yet",
        "evidence": outcome.evidence,
    }


def number_of(outcome: Outcome) -> str:
    """Of which days an outcome's number is: it may be of others than the figures of the report."""
    rule = outcome.rule or "as counted"
    if outcome.since and outcome.through:
        return f"{rule}, {words.days(outcome.since, outcome.through)}"
    if outcome.through:
        return f"{rule} to {words.day(outcome.through)}"
    return f"counted on {words.day(outcome.told_on)}" if outcome.told_on and outcome.now is not None else ""


def also_planned(series: Series, shows: Content) -> str:
    """That the plan reads the same metric over other days, with its number there, so that nobody compares the two."""
    for each in shows.outcomes:
        is_other = (each.since, each.through) != (shows.figures_from, shows.figures_to)
        planned = words.number(each.now)
        if each.metric == series.metric and each.since and is_other and planned != words.number(series.now):
            return f"not the plan’s {planned}, which is the {number_of(each)}"
    return ""


def chart_of(series: Series, shows: Content, inks: Inks, size: tuple[int, int]) -> str:
    """The metric by week, with a flag where what lies behind it changed."""
    marks = tuple(Change(mark.day, mark.words) for mark in shows.marks if series.metric in mark.metrics)
    known = [(day, value) for day, value in series.weeks if value is not None]
    frame = Frame(_week_before(series.weeks[0][0]), series.weeks[-1][0], changes=marks, width=size[0], height=size[1])
    label = f"{series.label}: {words.number(known[0][1])} a week on {words.day(known[0][0])}, "
    label += f"{words.number(known[-1][1])} on {words.day(known[-1][0])}"
    if series.aggregate == "sum":
        return charts.columns(
            series.weeks, frame, label=label, inked=shows.figures_from or series.weeks[-1][0], inks=inks
        )
    return charts.line(series.weeks, frame, label=label, inks=inks)


def _week_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 6)


def title_of(series: Series) -> str:
    """A metric's name with its unit, where the name does not say it."""
    is_said = series.unit == "%" or series.unit.lower() in series.label.lower()
    return series.label if is_said else f"{series.label}, {series.unit}"


def figure_of(series: Series) -> str:
    """Its figure; a share says so."""
    return words.with_unit(series.now, "%" if series.unit == "%" else "")


def change_of(series: Series) -> str:
    """Its change against the time before: in per cent, of a share in points, so that nobody takes one for the other."""
    if series.unit != "%" or series.now is None or series.before is None:
        return words.change(series.change)
    moved = round(series.now - series.before, 2)
    return f"{'+' if moved > 0 else '−'}{words.number(abs(moved))} points" if moved else "unchanged"


def tone_of(series: Series) -> str:
    """Whether a metric rose or fell; a change of less than one per cent is neither."""
    moved = series.change
    return "" if moved is None or abs(moved) < 0.015 else "up" if moved > 0 else "down"


def _series(series: Series, shows: Content, inks: Inks) -> dict[str, Any]:
    return {
        "label": title_of(series),
        "now": figure_of(series),
        "change": change_of(series),
        "tone": tone_of(series),
        "brought": told_of(series, shows),
        "svg": chart_of(series, shows, inks, CHART).replace(f'"{charts.FONT}"', f'"{FONTS}"'),
    }


def told_of(series: Series, shows: Content, *, most: int = 9) -> str:
    """What is said under a figure: what brought the most of it, on which days its points begin or end, and that the
    plan's number of the same name is another one."""
    ends = [f"from {words.day(series.since)}" if series.since else ""]
    ends += [f"to {words.day(series.through)}" if series.through else ""]
    known = " ".join(each for each in ends if each)
    said = (words.brought(series.brought[:most]), f"figures {known}" if known else "", also_planned(series, shows))
    return "; ".join(each for each in said if each)


def _piece(piece: Piece) -> dict[str, str]:
    return {"title": piece.title, "when": words.day(piece.day), "about": "", "url": piece.url}


def coming(piece: Piece, *, is_late: bool = False) -> dict[str, str]:
    """A piece that is not out yet: for what day it was planned, and where it stands."""
    stands = {"material": "waits for your material", "approve": "waits for your word"}.get(piece.waits)
    about = stands or words.inside(piece.state)
    if is_late:
        about = f"planned for {words.day(piece.day)}, {about}"
        return {"title": piece.title, "when": "late", "about": about, "url": ""}
    return {"title": piece.title, "when": words.day(piece.day), "about": about if stands else "", "url": ""}


def _step(step: Step) -> dict[str, str]:
    return {"title": step.text, "when": by_day(step), "about": about_step(step), "url": ""}


def about_step(step: Step) -> str:
    """Who does it, and what belongs to it."""
    return ", ".join(each for each in (step.who, step.about) if each)


def by_day(step: Step) -> str:
    """Until when something is to be done, or since when it is late."""
    if step.by is None:
        return ""
    return f"{'due since' if step.is_late else 'on' if step.is_meeting else 'by'} {words.day(step.by)}"
