"""What measures of work in states come to, worked out by hand, on 31 March 2026; see `cases` for the lines."""

from .cases import Example

WORKFLOW = (
    # Three a week agreed; six are planned for later days, one has no day yet: 7 / 3. The one of 31 March should be out.
    Example(
        "work_planned_weeks",
        (
            "03-02 pace.set subject=p type=post per_week=3",
            *(
                f"03-03 deliverable.planned subject=d{n} type=post status=planned means=planned due_on=2026-04-0{n}"
                for n in range(1, 7)
            ),
            "03-03 deliverable.planned subject=open type=post status=planned means=making",
            "03-03 deliverable.planned subject=today type=post status=planned means=ready due_on=2026-03-31",
            "03-03 deliverable.planned subject=thought type=post status=planned means=idea due_on=2026-04-09",
            "03-04 deliverable.planned subject=gone type=post status=planned means=planned due_on=2026-04-09",
            "03-05 deliverable.cancelled subject=gone type=post status=cancelled means=planned due_on=2026-04-09",
            "03-04 deliverable.planned subject=out type=post status=planned means=ready due_on=2026-04-09",
            "03-06 deliverable.delivered subject=out type=post status=delivered means=done due_on=2026-04-09",
        ),
        7 / 3,
    ),
    # The kind's own rhythm stands on the fact; the one agreed on 20 March counts from then, not a day before.
    Example(
        "work_planned_weeks",
        (
            "03-02 deliverable.planned subject=a type=post status=planned means=planned per_week=1",
            "03-20 pace.set subject=p type=post per_week=2",
        ),
        0.5,
    ),
    Example(
        "work_planned_weeks@12",
        (
            "03-02 deliverable.planned subject=a type=post status=planned means=planned per_week=1",
            "03-20 pace.set subject=p type=post per_week=2",
        ),
        1.0,
    ),
    # Two kinds: 2 / 1 weeks of posts and none of the letters, of which one a month goes out.
    Example(
        "work_planned_weeks",
        (
            "03-02 pace.set subject=p type=letter per_week=0.25",
            "03-02 deliverable.planned subject=a type=post status=planned means=planned per_week=1",
            "03-02 deliverable.planned subject=b type=post status=planned means=planned per_week=1",
        ),
        0.0,
    ),
    # Nobody knows a rhythm, or nothing was ever planned: unknown, and not zero.
    Example(
        "work_planned_weeks", ("03-02 deliverable.planned subject=a type=post status=planned means=planned",), None
    ),
    Example("work_planned_weeks", (), None),
    Example("work_finished", ("03-04 deliverable.delivered state=out", "03-03 deliverable.delivered state=out"), 1.0),
    Example("work_finished", ("03-10 deliverable.delivered",), 0.0),
    # Due on 10 March and put off on the 12th to the 20th: asked for twice, one thing. The other was put off in time.
    Example(
        "material_asked",
        (
            "03-02 deliverable.planned subject=a status=planned material_by=client material_on=2026-03-10",
            "03-12 deliverable.rescheduled subject=a status=planned material_by=client material_on=2026-03-20",
            "03-02 deliverable.planned subject=b status=planned material_by=client material_on=2026-03-10",
            "03-09 deliverable.rescheduled subject=b status=planned material_by=client material_on=2026-04-10",
        ),
        1.0,
    ),
    # The day before the window, a day to come, one that was cancelled in time, one that only we owe.
    Example(
        "material_asked",
        (
            "02-20 deliverable.planned subject=a status=planned material_by=client material_on=2026-03-03",
            "02-20 deliverable.planned subject=b status=planned material_by=client material_on=2026-04-01",
            "02-20 deliverable.planned subject=c status=planned material_by=client material_on=2026-03-10",
            "03-09 deliverable.cancelled subject=c status=cancelled material_by=client material_on=2026-03-10",
            "02-20 deliverable.planned subject=d status=planned material_by=us material_on=2026-03-10",
        ),
        0.0,
    ),
    # Sent in on the 12th and worked on since; it was one delivery of material.
    Example(
        "material_submitted",
        (
            "03-02 deliverable.planned subject=a status=planned material_by=client material_on=2026-03-10",
            "03-12 deliverable.moved subject=a status=planned material_by=client received_on=2026-03-12",
            "03-14 deliverable.moved subject=a status=planned material_by=client received_on=2026-03-12",
            "03-14 deliverable.moved subject=b status=planned material_by=us received_on=2026-03-14",
        ),
        1.0,
    ),
    # Over 14 days before the 31st, that is from the 18th: due once, and nothing came.
    Example(
        "material_submitted/14",
        (
            "03-02 deliverable.planned subject=a status=planned material_by=client material_on=2026-03-25",
            "03-17 deliverable.moved subject=b status=planned material_by=client received_on=2026-03-17",
        ),
        0.0,
    ),
    # Four were due; one came early, one on its day, one late, one not yet: 3 / 4.
    Example(
        "material_submitted_rate",
        (
            *(
                f"03-02 deliverable.planned subject={name} status=planned material_by=client material_on=2026-03-10"
                for name in "abcd"
            ),
            *(
                f"03-{day} deliverable.moved subject={name} status=planned material_by=client material_on=2026-03-10"
                f" received_on=2026-03-{day}"
                for name, day in (("a", "08"), ("b", "10"), ("c", "29"))
            ),
        ),
        0.75,
    ),
    Example("material_submitted_rate", (), None),
)
