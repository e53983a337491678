"""Sample figures for the reference page of components; they stand for no company."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms

from tenure.base import clock


class SampleForm(forms.Form):
    """A form in error: one field per kind of control."""

    day = forms.CharField(label="Capture day")
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False, help_text="One line is enough.")
    owner = forms.ChoiceField(label="Owner", choices=[("d", "Dana Whitcomb"), ("m", "Marcus Oyelaran")])
    tell = forms.BooleanField(label="Tell the client", required=False)

    def clean_day(self) -> str:
        raise forms.ValidationError("November has 30 days. The last free Thursday is 26 Nov.")


def _row(
    name: str,
    kind: str,
    band: str,
    value: str | None,
    parts: Sequence[int | None],
    scores: Sequence[float | None],
    **rest: Any,
) -> SimpleNamespace:
    word = band.capitalize()
    said = "Ease {}, pace {}, results {}".format(*("unknown" if part is None else part for part in parts))
    return SimpleNamespace(
        name=name, kind=kind, band=band, value=value, word=word, parts=parts, parts_said=said, scores=scores, **rest
    )


def rows() -> list[SimpleNamespace]:
    """A few accounts of a list, one per band, with a long name and with gaps."""
    long = "Hollenbeck & Daughters Heating, Cooling and Refrigeration of Wayne County"
    falling = [4.3, 4.3, 4.0, 4.0, 3.7, 3.7, 3.3, 3.3, 3.3, 3.0, 3.0, 2.3]
    gap = [3.7, 4.0, 4.0, 3.7, 3.7, 4.0, 4.0, 4.0, 4.0, 3.3, None, 3.0]
    young = [None] * 8 + [4.0, 4.3, 4.0, 3.3]
    return [
        _row(
            long,
            "HVAC · Wooster",
            "red",
            "2.3",
            [2, 3, 2],
            falling,
            touch="48 min over",
            why="Answer her",
            weeks=Decimal("2.2"),
            late=True,
        ),
        _row(
            "Lahm Road Auto & Tire",
            "Auto repair · Mansfield",
            "yellow",
            "3.0",
            [3, 3, 3],
            gap,
            touch="Thu 19 Nov",
            why="Sync",
            weeks=3.1,
        ),
        _row(
            "Kessler Family Bakery",
            "Bakery · Ashland",
            "yellow",
            "3.3",
            [4, 4, 2],
            young,
            touch="Today 10:00",
            why="Sync",
            weeks=1.5,
        ),
        _row(
            "Fennimore & Pratt Estate Law, LLC",
            "Law · Wooster",
            "unknown",
            None,
            [4, 4, None],
            gap,
            touch="Today 17:30",
            why="Rate it",
            weeks=3.6,
        ),
        _row(
            "Sandusky Street Barber Co.",
            "Barber · Delaware",
            "green",
            "4.3",
            [5, 4, 4],
            young,
            touch="Wed 25 Nov",
            why="Sync",
            weeks=None,
        ),
    ]


def journey(now: datetime) -> list[SimpleNamespace]:
    stages = [
        ("Hand-over", now - timedelta(days=85), "behind", "met", "same day"),
        ("Discovery", now - timedelta(days=82), "behind", "met", "day 3"),
        ("First content", now - timedelta(days=60), "behind", "missed", "TFR #2, 15 d"),
        ("Results rhythm", now - timedelta(days=58), "now", "running", "day 58"),
        ("Success review", None, "ahead", "", "agenda not begun"),
        ("Renewal", None, "ahead", "", "97 d, $9,600"),
    ]
    keys = ("label", "since", "place", "verdict", "words")
    return [SimpleNamespace(**dict(zip(keys, stage, strict=True))) for stage in stages]


def context() -> dict[str, Any]:
    """Everything that the reference page shows."""
    now = clock.now()
    found = rows()
    tiles = [
        SimpleNamespace(name=row.name, href="#tiles", band=row.band, value=row.value, word=row.word, note=row.touch)
        for row in found
    ]
    parts = [
        SimpleNamespace(label="Client ease", steps=4, value="4", low=False, href="#parts", said="Client ease 4 of 5"),
        SimpleNamespace(label="Engine pace", steps=4, value="4", low=False, href="#parts", said="Engine pace 4 of 5"),
        SimpleNamespace(
            label="Result quality", steps=2, value="2", low=True, href="#parts", said="Result quality 2 of 5"
        ),
        SimpleNamespace(label="Reach", steps=None, value=None, low=False, href="", said=""),
    ]
    return {
        "rows": found,
        "tiles": [("By tier: Growth", "3 accounts", tiles[:3]), ("Core", "2 accounts", tiles[3:])],
        "journey": journey(now),
        "parts": parts,
        "form": SampleForm({"day": "31 Nov", "note": "Ask about the new oven", "owner": "d"}),
        "tabs": [
            SimpleNamespace(label="My book", href="#my-book", count=14, current=True),
            SimpleNamespace(label="Red and yellow", href="#red", count=5, current=False),
            SimpleNamespace(label="Renewing in 90 days", href="#renewing", count=3, current=False),
        ],
        "lines": (3, 4),
        "bands": [("red", 1), ("yellow", 3), ("green", 4)],
        "facts": [
            ("Rule", "RVS version 4, one third of the score"),
            ("Rated by", "Dana Whitcomb"),
            ("Points", "2 of 5, adds 0.67 to 3.33"),
        ],
        "verdicts": ["met", "met", "met", "missed", "running", "ahead"],
        "agenda": [("Last results", 10), ("Calibrate", 8), ("Plan content", 18), ("Opportunities", 5), ("Close", 4)],
        "blocks": [
            (10, 10.75, "Kessler", "Sync", True),
            (13, 13.5, "Marcus", "Review", False),
            (15, 16, "Galion Grain", "Discovery", True),
        ],
        "marks": [(14.5, "TFR #1"), (17.5, "3 to close")],
        "goal_words": ("12", "38", "60"),
        "unknown_words": ("—", "", "150"),
        "moments": [now, now - timedelta(days=1), now + timedelta(days=5), datetime(2025, 3, 4, 9, tzinfo=UTC)],
        "page": SimpleNamespace(previous="a", next="b"),
    }
