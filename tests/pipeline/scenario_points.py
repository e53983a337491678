"""Every named point of the pipeline, in chains: one life is killed at each point of a chain in turn."""

CHAINS = (
    (
        "reader.promises.read",
        "reader.promises.moved",
        "reader.standings.read",
        "export.intended",
        "night.exported",
        "night.published",
        "night.settling",
        "night.chunk",
        "night.swept",
        "reader.plays.read",
    ),
    (
        "reader.handover.moved",
        "reader.standings.moved",
        "ticks.commitments",
        "export.appended",
        "night.rolled_up",
        "lake.written",
        "lake.committed",
        "night.chunk:2",
        "reader.plays.moved",
        "night.settling:3",
    ),
    (
        "lake.written",
        "lake.written:2",
        "lake.written:3",
        "lake.committed",
        "lake.committed:2",
        "lake.committed:3",
        "ticks.commitments:2",
        "night.settling:2",
    ),
)
