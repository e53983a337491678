"""Small drawings as SVG: sparklines, levels and the graduated rule on which Tenure shows a quantity between limits.

Every function takes plain numbers and returns markup that is safe to print. Nothing here knows a model. A drawing
says its content in `label`, for those who do not see it; unknown values are gaps, never zero.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

Number = int | float | Decimal


def number(value: float) -> str:
    """A coordinate with at most one decimal, such as ``12`` or ``12.5``."""
    return f"{value:.1f}".removesuffix(".0")


def share(value: Number, low: Number, high: Number) -> float:
    """Where `value` lies between `low` and `high`, as a percentage held within 0 and 100."""
    span = float(high) - float(low)
    if span == 0:
        return 0.0
    return min(100.0, max(0.0, (float(value) - float(low)) / span * 100))


def svg(
    body: Iterable[str], label: str, *, css: str = "rule", width: int | None = None, height: int, band: str = ""
) -> SafeString:
    """An SVG element around marks. Without a width it is fluid and its marks are given in per cent."""
    size = format_html(' width="{0}" viewBox="0 0 {0} {1}"', width, height) if width else mark_safe("")
    tone = format_html(' data-band="{}"', band) if band else mark_safe("")
    said = format_html(' role="img" aria-label="{}"', label) if label else mark_safe(' aria-hidden="true"')
    return format_html(
        '<svg class="{}"{}{} height="{}"{}>{}</svg>',
        css,
        tone,
        size,
        height,
        said,
        mark_safe("".join(body)),  # noqa: S308
    )


def rect(css: str, x: str, width: str, y: Number, height: Number) -> SafeString:
    return format_html('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', css, x, y, width, height)


def line(css: str, x: str, top: Number, bottom: Number) -> SafeString:
    return format_html('<line class="{0}" x1="{1}" x2="{1}" y1="{2}" y2="{3}"/>', css, x, top, bottom)


def text(words: object, x: str, y: Number, *, anchor: str = "", css: str = "") -> SafeString:
    held = format_html(' text-anchor="{}"', anchor) if anchor else mark_safe("")
    dressed = format_html(' class="{}"', css) if css else mark_safe("")
    return format_html('<text x="{}" y="{}"{}{}>{}</text>', x, y, held, dressed, words)


def spark(
    values: Sequence[Number | None],
    *,
    label: str,
    low: Number = 1,
    high: Number = 5,
    lines: Sequence[Number] = (),
    band: str = "",
    width: int = 84,
    height: int = 28,
) -> SafeString:
    """The last values of a series, oldest first, with reference lines and a dot on the newest; None is a gap."""

    def y(value: Number) -> str:
        return number(height - 3 - share(value, low, high) / 100 * (height - 6))

    step = (width - 6) / max(1, len(values) - 1)
    path, pen = [], False
    for index, value in enumerate(values):
        if value is None:
            pen = False
            continue
        path.append(f"{'L' if pen else 'M'}{number(2 + index * step)} {y(value)}{'' if pen else 'h0'}")
        pen = True
    body = []
    if lines:
        body.append(format_html('<path class="ref" d="{}"/>', "".join(f"M0 {y(value)}h{width}" for value in lines)))
    if path:
        body.append(format_html('<path d="{}"/>', "".join(path)))
    if values and values[-1] is not None:
        body.append(
            format_html(
                '<circle class="dot" cx="{}" cy="{}" r="2.2"/>', number(2 + (len(values) - 1) * step), y(values[-1])
            )
        )
    return svg(body, label, css="spark", width=width, height=height, band=band)


def levels(parts: Sequence[int | None], *, label: str) -> SafeString:
    """Parts of a score as stacks of five steps; None is dashed. Two steps and fewer are low, three are middling."""
    uses = []
    for index, steps in enumerate(parts):
        css = "" if steps is None or steps > 3 else ' class="mid"' if steps == 3 else ' class="low"'
        name = "lx" if steps is None else f"l{max(0, min(5, steps))}"
        uses.append(f'<use href="#{name}" x="{index * 12}" width="8" height="19"{css}/>')
    width = max(1, len(parts)) * 12 - 3
    return format_html(
        '<svg class="levels" width="{0}" height="19" viewBox="0 0 {0} 19" role="img" aria-label="{1}">{2}</svg>',
        width,
        label,
        mark_safe("".join(uses)),  # noqa: S308
    )


def meter(filled: Number, *, of: int = 5, label: str, low: bool = False) -> SafeString:
    """A quantity in `of` equal steps, the last one filled in part; `low` draws it red."""
    body = []
    gap, step = 2.0, (100 - 2.0 * (of - 1)) / of
    for index in range(of):
        x = index * (step + gap)
        part = max(0.0, min(1.0, float(filled) - index))
        body.append(rect("track", f"{number(x)}%", f"{number(step)}%", 4, 5))
        if part:
            body.append(rect("r" if low else "fill", f"{number(x)}%", f"{number(step * part)}%", 4, 5))
    return svg(body, label, height=13)


def used(spent: Number, *, label: str, warn: Number = 75, state: str = "running", width: int = 72) -> SafeString:
    """How much of a clock is used, in per cent, with a mark where it warns."""
    css = {"missed": "r", "warned": "y"}.get(state, "fill")
    filled = min(100.0, max(0.0, float(spent))) / 100 * width
    marks = f"M.5 0v10M{width - 0.5} 0v10M{number(float(warn) / 100 * width)} 1v8"
    body = [
        rect("track", "0", str(width), 3, 4),
        rect(css, "0", number(filled), 3, 4),
        format_html('<path class="tick" d="{}"/>', marks),
    ]
    return svg(body, label, width=width, height=10)


def blocks(amount: Number | None, *, label: str, need: Number, of: int = 5) -> SafeString:
    """A stock counted in blocks, such as weeks of planned content, with a mark at what is needed."""
    body = [rect("track", str(13 * index), "11", 4, 6) for index in range(of)]
    if amount is not None:
        css = "y" if amount < need else "fill"
        for index in range(of):
            part = max(0.0, min(1.0, float(amount) - index))
            if part:
                body.append(rect(css, str(13 * index), number(11 * part), 4, 6))
    body.append(format_html('<path class="tick" d="M{} 0v14"/>', number(13 * float(need) - 1)))
    return svg(body, label, width=13 * of + 1, height=14)


def verdicts(found: Sequence[str], *, label: str) -> SafeString:
    """A cadence: a block per occasion, each met, missed, running or ahead."""
    body = []
    for index, verdict in enumerate(found):
        x = 15 * index
        if verdict == "met":
            body.append(rect("fill", str(x), "11", 3, 8))
        elif verdict == "missed":
            body.append(rect("r", str(x), "11", 6, 2))
            body.append(format_html('<path class="cross" d="M{} 2v10"/>', x + 5.5))
        elif verdict == "running":
            body.append(rect("block", str(x + 0.5), "10", 3.5, 7))
        else:
            body.append(rect("track", str(x), "11", 3, 8))
    return svg(body, label, width=max(1, 15 * len(found)), height=14)


def goal(
    current: Number | None,
    *,
    label: str,
    baseline: Number,
    target: Number,
    pace: Number | None = None,
    words: Sequence[object] = ("", "", ""),
) -> SafeString:
    """An outcome between baseline and target, with where it should be by now. `words` name baseline, now, target."""
    first, now, last = words
    end = target if current is None else max(target, current) if target >= baseline else min(target, current)
    at_goal = share(target, baseline, end)
    body = [rect("track", "0", "100%", 12, 6)]
    if current is None:
        body.append(rect("hatched", "0", "100%", 12, 6))
    else:
        body.append(rect("fill", "0", f"{number(share(current, baseline, end))}%", 12, 6))
    body += _graduation()
    if pace is not None:
        body.append(line("pace", f"{number(share(pace, baseline, end))}%", 8, 22))
    body.append(line("goal", f"{number(at_goal)}%", 8, 22))
    if current is not None:
        body.append(_told(now, share(current, baseline, end), 8, css="strong"))
    body += [text(first, "0", 31), _told(last, at_goal, 31)]
    return svg(body, label, height=32)


def _told(words: object, at: float, y: int, *, css: str = "") -> SafeString:
    """Words at a place on a fluid rule, held inside it at either end."""
    anchor = "start" if at < 6 else "end" if at > 94 else "middle"
    return text(words, f"{number(at)}%", y, anchor=anchor, css=css)


def _graduation() -> list[SafeString]:
    """Ten even ticks along a fluid rule; the first, the middle and the last are longer."""
    return [line("tick minor", f"{10 * i}%", 18, 22 if i % 5 == 0 else 21) for i in range(11)]


def scale(
    value: Number | None,
    *,
    label: str,
    low: Number,
    high: Number,
    bands: Sequence[tuple[str, Number]],
    before: Number | None = None,
    words: str = "",
    before_words: str = "",
) -> SafeString:
    """A score on its scale. `bands` are (band, from where) in ascending order; `before` marks an earlier value."""
    letters = {"green": "g", "yellow": "y", "red": "r"}
    ends = [share(start, low, high) for _, start in bands[1:]] + [100.0]
    body, x = [], 0.0
    for (band, _), end in zip(bands, ends, strict=True):
        body.append(rect(letters.get(band, "track"), f"{number(x)}%", f"{number(end - x)}%", 16, 4))
        x = end
    body += _scale_ticks(low, high)
    if before is not None:
        body.append(line("pace", f"{number(share(before, low, high))}%", 6, 24))
        body.append(text(before_words, "100%", 11, anchor="end"))
    if value is not None:
        at = share(value, low, high)
        needle = '<svg x="{}%" y="0" width="1" height="1" overflow="visible"><path class="needle" d="{}"/></svg>'
        body.append(format_html(needle, number(at), "M-6 3H6L0 14z"))
        beside = (number(at + 3), "start") if at < 70 else (number(at - 3), "end")
        body.append(text(words, f"{beside[0]}%", 11, anchor=beside[1], css="strong"))
    return svg(body, label, height=44)


def _scale_ticks(low: Number, high: Number, wanted: int = 4) -> list[SafeString]:
    """Ticks and figures at `wanted` even steps of a scale, with three minor ticks between two."""
    body = []
    for index in range(wanted * 4 + 1):
        at = 100 / (wanted * 4) * index
        major = index % 4 == 0
        body.append(line("tick" if major else "tick minor", f"{number(at)}%", 22, 29 if major else 26))
        if major:
            figure = float(low) + (float(high) - float(low)) * index / (wanted * 4)
            anchor = "start" if index == 0 else "end" if index == wanted * 4 else "middle"
            body.append(text(number(figure), f"{number(at)}%", 41, anchor=anchor))
    return body


def days(passed: int, *, of: int, label: str, first: str, now: str) -> SafeString:
    """Days that have passed on a long rule, with the first day and today named."""
    at = share(passed, 0, of)
    body = [
        line("tick" if i % 10 == 0 else "tick minor", f"{number(1.25 * i)}%", 8 if i % 10 == 0 else 14, 22)
        for i in range(81)
    ]
    body.append(mark_safe('<line class="tick" x1="0" x2="100%" y1="22.5" y2="22.5"/>'))
    body += [rect("a", "0", f"{number(at)}%", 22, 3), line("now", f"{number(at)}%", 2, 30)]
    if at > 20:  # nearer than that the two words would stand in each other
        body.append(text(first, "0", 38))
    body.append(_told(now, at, 38, css="strong"))
    return svg(body, label, height=40)


def agenda(items: Sequence[tuple[str, int]], *, label: str, minute: Number | None = None) -> SafeString:
    """A meeting's agenda by minutes, (title, minutes) each; what lies behind is solid, what is on is outlined."""
    total = sum(minutes for _, minutes in items) or 1
    body, start = [], 0
    for title, minutes in items:
        x, width = 100 * start / total, max(0.5, 100 * minutes / total - 0.3)
        on = minute is not None and start <= minute < start + minutes
        body.append(rect("block" if on else "track", f"{number(x)}%", f"{number(width)}%", 18, 8))
        if minute is not None and minute >= start + minutes:
            body.append(rect("fill", f"{number(x)}%", f"{number(width)}%", 18, 8))
        body.append(text(title, f"{number(x)}%", 12, css="strong" if on else ""))
        body.append(text(f"{minutes} min", f"{number(x)}%", 40))
        start += minutes
    if minute is not None:
        body.append(line("now", f"{number(share(minute, 0, total))}%", 12, 30))
    return svg(body, label, height=44)


def day(
    *,
    label: str,
    opens: int,
    closes: int,
    now: float | None = None,
    now_words: str = "",
    blocks: Sequence[tuple[float, float, str, str, bool]] = (),
    marks: Sequence[tuple[float, str]] = (),
) -> SafeString:
    """A working day by hours. `blocks` are (from, to, first line, second line, mine); `marks` are (hour, words)."""

    def at(hour: float, nudge: float = 0) -> str:
        return f"{number(share(hour, opens, closes) + nudge)}%"

    body: list[str] = [mark_safe('<line class="tick" x1="0" x2="100%" y1="40.5" y2="40.5"/>')]
    for quarter in range((closes - opens) * 4 + 1):
        hour = opens + quarter / 4
        body.append(line("tick" if quarter % 4 == 0 else "tick minor", at(hour), 40, 46 if quarter % 4 == 0 else 43))
        if quarter % 4 == 0:
            anchor = "start" if quarter == 0 else "end" if hour == closes else "middle"
            body.append(text(f"{int(hour):02}", at(hour), 58, anchor=anchor))
    for start, end, first, second, mine in blocks:
        width = f"{number(share(end, opens, closes) - share(start, opens, closes))}%"
        body.append(rect("block" if mine else "soft", at(start), width, 6.5, 30))
        body += [text(first, at(start, 0.6), 19, css="strong"), text(second, at(start, 0.6), 32)]
    for hour, words in marks:
        body.append(line("goal", at(hour), 26, 44))
        inside = any(start < hour < end for start, end, *_ in blocks)
        beside = any(start <= hour < start + 0.5 or end - 0.5 < hour <= end for start, end, *_ in blocks)
        if not inside:  # a block has the room for its own words alone
            body.append(text(words, at(hour, -0.5 if beside else 0), 20, anchor="end" if beside else "middle"))
    if now is not None and opens <= now <= closes:
        body += [line("now", at(now), 2, 46), text(now_words, at(now, 0.5), 10, css="strong")]
    return svg(body, label, css="rule dayrule wide-only", height=62)
