"""A year of R7 Creative with what is planted in it, and the process that lives it.

``python -m tests.simulation.year OUT`` fills a home there, and writes down beside it what its KPIs came to on some
days, with the rows that their pages show, and the points that the sources brought.
"""

import json
import os
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FIRST, DAYS, SEED, ACCOUNTS = date(2025, 1, 5), 364, 5, 24
LAST = FIRST + timedelta(days=DAYS - 1)
EARLIER, AUTUMN = date(2025, 7, 6), date(2025, 10, 6)  # a Sunday with a night; the Monday on which most is planted
KPI_DAYS = (EARLIER, LAST)


def story(rule: str, does: str, within: int, lasts: int, **more: Any) -> dict[str, Any]:
    return {"does": does, "found_by": rule, "within_days": within, "lasts_days": lasts} | more


def decoy(rule: str, does: str, within: int, lasts: int, **more: Any) -> dict[str, Any]:
    return story(rule, does, within, lasts, decoy=True, **more)


DELIVERS_PILLARS = {"meeting": "brand_strategy", "deliverable": "brand_pillars", "calm_days": 40}
DELIVERS_CONTENT = {"meeting": "content_strategy", "deliverable": "published_piece", "calm_days": 50}
# Account, and the day from which it runs: a date, or so many days after the account was taken on.
PLANTED: dict[str, tuple[int, date | int, dict[str, Any]]] = {
    "late_pillars": (16, 16, story("tfr1_late", "delivers", 6, 6, hours=70, **DELIVERS_PILLARS)),
    "late_content": (19, 32, story("tfr2_late", "delivers", 16, 17, hours=365, **DELIVERS_CONTENT)),
    "red_for_two_weeks": (1, AUTUMN, story("red_too_long", "rated", 16, 18, ratings=[2, 2, 3])),
    "turns_yellow": (2, AUTUMN, story("yellow", "rated", 3, 10, ratings=[3, 3, 4])),
    "plan_runs_dry": (6, AUTUMN, story("buffer_short", "plan_runs_dry", 9, 12, count=9)),
    "stops_submitting": (8, AUTUMN, story("stopped_submitting", "stops_sending", 18, 22)),
    "nobody_answers": (10, AUTUMN, story("unanswered", "writes", 3, 5, hours=80)),
    "syncs_lapse": (12, AUTUMN, story("no_sync", "stays_away", 21, 24)),
    "results_halve": (14, AUTUMN, story("results_fall", "metrics_fall", 26, 40, depth=0.5, calm_days=60)),
    "never_gets_going": (21, 0, story("onboarding_stuck", "stalls", 18, 20, calm_days=0)),
    "first_review": (15, 75, story("review_due", "nothing", 3, 4, calm_days=0)),
    "speaks_well": (15, AUTUMN, story("ask_for_testimonial", "rated", 10, 12, ratings=[5], reaches_goal=True)),
}
DECOYS: dict[str, tuple[int, date | int, dict[str, Any]]] = {
    # From a Friday noon to the Sunday: late for who works in the week, 46 hours by the calendar.
    "pillars_over_a_weekend": (18, 15, decoy("tfr1_late", "delivers", 6, 6, hours=46, **DELIVERS_PILLARS)),
    "content_on_the_last_morning": (20, 25, decoy("tfr2_late", "delivers", 16, 16, hours=332, **DELIVERS_CONTENT)),
    "red_for_thirteen_days": (3, AUTUMN, decoy("red_too_long", "rated", 18, 13, ratings=[2, 2, 3])),
    "just_green": (5, AUTUMN, decoy("yellow", "rated", 10, 10, ratings=[4, 3, 5])),
    "exactly_three_weeks": (7, AUTUMN, decoy("buffer_short", "plan_runs_dry", 9, 6, count=9)),
    "closed_for_three_weeks": (9, AUTUMN, decoy("stopped_submitting", "holiday", 24, 20)),
    "answered_by_phone": (11, AUTUMN, decoy("unanswered", "writes", 4, 5, hours=22, settled=True)),
    "sync_is_moved": (13, AUTUMN, decoy("no_sync", "moves_meetings", 21, 18)),
    "one_bad_week": (17, AUTUMN, decoy("results_fall", "metrics_fall", 40, 7, depth=0.5, calm_days=60)),
    "starts_on_the_last_day": (22, 0, decoy("onboarding_stuck", "stalls", 18, 14, calm_days=0)),
    "renewed_75_days_ago": (4, 121, decoy("review_due", "nothing", 20, 21, calm_days=0)),
    "well_for_six_days": (16, AUTUMN, decoy("ask_for_testimonial", "rated", 12, 6, ratings=[5], reaches_goal=True)),
}
# The nights that are run: those of Sundays, and each one around what is planted.
AROUND = (
    # Account 16, of 13 August, has its brand meeting on Friday the 29th, and is late on the Sunday.
    (date(2025, 8, 29), date(2025, 9, 4)),
    # Most; account 18, of 25 September, has its brand meeting on Friday 10 October.
    (date(2025, 10, 4), date(2025, 11, 1)),
    # Account 19, of 16 October, has its content meeting on 17 November and is late on 1 December; account 21, of
    # 19 November, is stuck on 4 December.
    (date(2025, 11, 30), date(2025, 12, 7)),
    # Account 22, of 1 December, would be stuck on the 16th; account 20, of 7 November, has its content meeting on
    # 2 December and would be late on the 16th.
    (date(2025, 12, 14), date(2025, 12, 19)),
)


def nights() -> frozenset[date]:
    days = {FIRST + timedelta(days=number) for number in range(DAYS)}
    return frozenset(day for day in days if day.weekday() == 6 or day == LAST or any(a <= day <= b for a, b in AROUND))


def main() -> None:
    out = Path(sys.argv[1])
    os.environ.update(DJANGO_SETTINGS_MODULE="tenure.settings", TENURE_HOME=str(out), TENURE_LOG="WARNING")
    import django

    django.setup()
    from tenure.simulation.filling import Wanted, fill

    wanted = Wanted("r7-creative", ACCOUNTS, DAYS, SEED, LAST, nights=nights(), planted=plants())
    filled = fill(wanted, out)
    (out / "told.json").write_text(json.dumps({"facts": filled.facts, "refusals": filled.refusals}))
    tell(out)


def plants() -> tuple[Any, ...]:
    from tenure.pipeline.home import read_folder
    from tenure.simulation.casting import draw_plan
    from tenure.simulation.scene import Plant, scene_of

    model = read_folder("r7-creative").model
    plan = draw_plan(model, scene_of(model), accounts=ACCOUNTS, first_day=FIRST, days=DAYS, seed=SEED)
    begins = {client.key: client.begins for client in plan.clients}
    found = []
    for key, (account, day, said) in (PLANTED | DECOYS).items():
        after = day if isinstance(day, int) else (day - begins[f"a{account}"]).days
        found.append(Plant(key=key, account=account, after_days=after, story=said))
    return tuple(found)


def tell(out: Path) -> None:
    """Write down the KPIs of some days, as the company and each who carries accounts see them, and all points."""
    from django.http import QueryDict

    from tenure.identity.people import Person
    from tenure.pipeline.kpis import figures, gather
    from tenure.pipeline.lake import lake
    from tenure.web import kpi_rows
    from tenure.web.actors import Reader
    from tenure.work.scopes import access_scope

    founder = Reader.of(Person.objects.get(memberships__role="executive"))
    csm = Person.objects.filter(memberships__role="csm").order_by("id")[0]
    asked = [(EARLIER, "company"), (LAST, "company"), (LAST, f"person:{csm.pk}")]
    with lake() as opened, (out / "kpis.jsonl").open("w") as file:
        for day, name in asked:
            scope = access_scope(founder, name)
            material = gather(opened, day)
            kept = figures(opened, day, [scope], list(material.at.model.kpis))
            for key in material.at.model.kpis:
                page = kpi_rows.context(founder, key, QueryDict(f"day={day}&scope={name}"), "/")
                result = page["result"]
                rows = [each.row for each in page["page"].paginator.object_list]
                line = {
                    "day": day.isoformat(),
                    "known_through": material.at.known.isoformat(),
                    "scope": csm.pk if name.startswith("person") else "",
                    "key": key,
                    "value": None if result.value is None else str(result.value),
                    "at_least": result.at_least,
                    "kept": None if kept[scope.key, key].value is None else str(kept[scope.key, key].value),
                    "is_kept": page["kept"],
                    "sentence": page["sentence"],
                    "rows": [[row.account, row.state, None if row.figure is None else str(row.figure)] for row in rows],
                }
                file.write(json.dumps(line, sort_keys=True) + "\n")
    with lake() as opened, (out / "points.jsonl").open("w") as file:
        rows = opened.read("points")
        for row in opened.execute(rows.select("account_id", "metric", "day", "value", "known_at")).to_pylist():
            file.write(json.dumps({name: str(value) for name, value in row.items()}, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
