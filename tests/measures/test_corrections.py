"""What is corrected or taken back counts no more, from the moment at which that was known."""

from datetime import UTC, datetime

import pytest

from tenure.facts.engine import Engine
from tenure.measures.trial import trial

pytestmark = pytest.mark.requirement("P-03", "P-13")
BEFORE, AFTER = datetime(2026, 3, 19, tzinfo=UTC), datetime(2026, 3, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "lines", "before", "after"),
    [
        # Taken back on the 20th.
        ("meetings_held", ("03-10 meeting.held id=7", "03-20 meeting.withdrawn retracts=7"), 1.0, 0.0),
        ("usage_events", ("03-10 event key=k count=3", "03-10 event key=k retracted=true known=03-20"), 3.0, 0.0),
        (
            "metric_leads",
            (
                "03-10 point metric=leads value=3 key=k",
                "03-10 point metric=leads value=3 key=k retracted=true known=03-20",
            ),
            3.0,
            0.0,
        ),
        (
            "metric_leads",
            ("03-10 point.entered metric=leads value=3 id=7", "03-20 point.withdrawn retracts=7"),
            3.0,
            0.0,
        ),
        # Replaced on the 20th by what was so all along.
        (
            "rating_ease",
            (
                "03-10 rating.given part=ease value=2 id=7",
                "03-10 rating.given part=ease value=4 corrects=7 known=03-20",
            ),
            2.0,
            4.0,
        ),
        # A correction stands where the corrected fact stood: the later change still has the last word.
        (
            "amount",
            (
                "03-01 contract.started subject=k amount=10 id=7",
                "03-05 contract.changed subject=k amount=20",
                "03-01 contract.started subject=k amount=15 corrects=7 known=03-20",
            ),
            20.0,
            20.0,
        ),
        # Also among facts of one moment.
        (
            "amount",
            (
                "03-01 contract.started subject=k amount=10 id=7",
                "03-01 contract.changed subject=k amount=20 id=8",
                "03-01 contract.started subject=k amount=15 corrects=7 id=9 known=03-20",
            ),
            20.0,
            20.0,
        ),
        # A correction of a correction.
        (
            "messages_received",
            (
                "03-10 message.received subject=m id=7",
                "03-10 message.received subject=m corrects=7 id=8 known=03-12",
                "03-10 message.sent subject=m corrects=8 known=03-20",
            ),
            1.0,
            0.0,
        ),
        # Dated anew: it moves out of the window.
        ("issues_opened", ("03-10 issue.opened id=7", "02-10 issue.opened corrects=7 known=03-20"), 1.0, 0.0),
        # A held meeting that was known late.
        ("meetings_held", ("03-10 meeting.held known=03-20",), 0.0, 1.0),
    ],
)
def test_from_then_on_and_not_before(
    engine: Engine, column: str, lines: tuple[str, ...], before: float, after: float
) -> None:
    assert trial(column, *lines, known=BEFORE, engine=engine) == before
    assert trial(column, *lines, known=AFTER, engine=engine) == after
    assert trial(column, *lines, engine=engine) == after


def test_a_fact_that_was_delivered_twice_counts_once(engine: Engine) -> None:
    twice = ("03-10 issue.opened id=7 subject=i", "03-10 issue.opened id=7 subject=i")
    assert trial("issues_open", *twice, engine=engine) == 1.0
    assert trial("usage_events", "03-10 event key=k", "03-10 event key=k known=03-15", engine=engine) == 1.0
    assert (
        trial(
            "metric_leads",
            "03-10 point metric=leads value=2 key=k",
            "03-10 point metric=leads value=2 key=k known=03-15",
            engine=engine,
        )
        == 2.0
    )


def test_what_was_taken_back_can_be_said_again(engine: Engine) -> None:
    lines = (
        "03-10 event key=k count=3",
        "03-10 event key=k count=3 retracted=true known=03-15",
        "03-10 event key=k count=5 known=03-20",
    )
    known = [datetime(2026, 3, day, 18, tzinfo=UTC) for day in (12, 16, 22)]
    assert [trial("usage_events", *lines, known=moment, engine=engine) for moment in known] == [3.0, 0.0, 5.0]
