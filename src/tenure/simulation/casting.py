"""Draw a company: how many people of each role, who they are, which accounts come when, and what will befall them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta

from tenure.base.errors import Refused
from tenure.blueprint.model import Model, Role
from tenure.simulation import names
from tenure.simulation.chance import Chance
from tenure.simulation.phrases import wording
from tenure.simulation.plans import Client, Friend, Habits, Plan, Planted, Worker
from tenure.simulation.scene import Crew, Offer, Scene, Story, Trade

PODS = (
    "Alder",
    "Aspen",
    "Birch",
    "Cedar",
    "Elm",
    "Fir",
    "Hazel",
    "Juniper",
    "Larch",
    "Linden",
    "Maple",
    "Oak",
    "Pine",
    "Rowan",
)
TEAMS = ("North", "South", "East", "West", "Lake", "Valley", "River", "Hill")
ACCOUNTS_PER_POD = 30
SETTLING_DAYS = 35  # how long an account lives before anything planted befalls it
_EACH = {"book": 60.0, "pod": 15.0, "team": 60.0}  # accounts per holder of a role, where the scene says nothing
_MAIN_EACH = 11.0
_FRIENDS = (("champion", 4, 4), ("decision_maker", 5, 3), ("user", 2, 3), ("sponsor", 5, 2))
_SLOTS = ((9, 0), (9, 30), (10, 0), (10, 30), (11, 0), (13, 0), (13, 30), (14, 0), (14, 30), (15, 0), (15, 30))
_PLAIN_TRADE = Trade(
    label="Services", names=("{surname} {word}", "{place} {word}", "{surname} and {surname2}", "{word} {word2} Group")
)


def draw_plan(
    model: Model, scene: Scene, *, accounts: int, first_day: date, days: int, seed: int, demo: bool = False
) -> Plan:
    """The company of a blueprint with so many accounts, drawn from a seed.

    Raises Refused where the blueprint has no role that could carry accounts.
    """
    chance = Chance(seed, model.company.name, "plan")
    main = main_role(model)
    used: set[str] = set()
    workers = tuple(_workers(model, scene, main, accounts, first_day, days, chance, used, demo))
    last_day = first_day + timedelta(days=days - 1)
    clients = [
        _client(number, model, scene, workers, main, first_day, last_day, accounts, chance, used)
        for number in range(accounts)
    ]
    told = _with_stories(_with_plants(clients, scene), scene, last_day, chance.of("stories"))
    if demo:
        told = _with_demo_client(told, workers)
    portal = next((key for key, role in model.roles.items() if role.portal), None)
    return Plan(seed, first_day, last_day, workers, tuple(told), main, portal)


def main_role(model: Model) -> str:
    """The role that carries the accounts: the first with a book, else the first that serves a pod."""
    staff = [(key, role.reach) for key, role in model.roles.items() if not role.portal]
    found = next((key for wanted in ("book", "pod") for key, reach in staff if reach == wanted), None)
    if found is None:
        raise Refused(
            "nobody_carries", "The blueprint has no role with a book or a pod, so nobody could carry accounts."
        )
    return found


# People.


def _workers(
    model: Model,
    scene: Scene,
    main: str,
    accounts: int,
    first_day: date,
    days: int,
    chance: Chance,
    used: set[str],
    demo: bool,
) -> Iterator[Worker]:
    pods = pod_names(accounts)
    for key, role in model.roles.items():
        if role.portal:
            continue
        crew = scene.crew.get(key, Crew())
        for number in range(_headcount(crew, role, key == main, accounts)):
            own = chance.of("worker", key, number)
            yield Worker(
                key=f"{key}{number + 1}",
                name=_person(scene, own, used, apart=True),
                role=key,
                level=_level(crew, role, number),
                team=TEAMS[number % _leads(model, scene, accounts)] if role.reach in ("book", "team", "pod") else "",
                pod=pods[number % len(pods)] if role.reach == "pod" else "",
                zone=model.company.zone,
                habits=_habits(own),
                leave=tuple(_leave(first_day, days, own)),
                is_demo=demo and number < (2 if key == main else 1),
            )


def _headcount(crew: Crew, role: Role, is_main: bool, accounts: int) -> int:
    each = crew.accounts_each or (_MAIN_EACH if is_main else _EACH.get(role.reach))
    wanted = math.ceil(accounts / each) if each else 1
    return max(wanted, crew.at_least, 2 if is_main else 1)


def _leads(model: Model, scene: Scene, accounts: int) -> int:
    key = next((key for key, role in model.roles.items() if role.reach == "team"), None)
    if key is None:
        return 1
    return min(len(TEAMS), _headcount(scene.crew.get(key, Crew()), model.roles[key], False, accounts))


def _level(crew: Crew, role: Role, number: int) -> str:
    levels = [level for level in crew.levels if level in role.levels] or sorted(
        role.levels, key=lambda key: -role.levels[key].rank
    )
    return levels[number % len(levels)] if levels else ""


def _habits(chance: Chance) -> Habits:
    return Habits(
        punctual=chance.between(0.35, 0.85),
        forgets=chance.between(0.025, 0.095),
        thorough=chance.between(0.45, 0.95),
        cautious=chance.between(0.40, 0.85),
        starts=time(chance.whole(8, 9), 10 * chance.whole(0, 4)),
        ends=time(chance.whole(16, 17), 10 * chance.whole(0, 5)),
        sick=chance.between(0.002, 0.012),
    )


def _leave(first_day: date, days: int, chance: Chance) -> Iterator[tuple[date, date]]:
    """A week off about every hundred days, from a Monday to a Friday."""
    for number in range(days // 100 + 1):
        start = first_day + timedelta(days=100 * number + chance.whole(20, 85))
        start -= timedelta(days=start.weekday())
        if start > first_day + timedelta(days=14):
            yield start, start + timedelta(days=4)


def pod_names(accounts: int) -> list[str]:
    """The pods of a company with so many accounts."""
    number = max(1, math.ceil(accounts / ACCOUNTS_PER_POD))
    return [PODS[at % len(PODS)] + (f" {at // len(PODS) + 1}" if at >= len(PODS) else "") for at in range(number)]


def _person(scene: Scene, chance: Chance, used: set[str], *, apart: bool = False) -> str:
    """A name that nobody has yet; `apart` also keeps first names from repeating while there are enough of them."""
    given, surnames = scene.given or names.GIVEN, scene.surnames or names.SURNAMES
    for attempt in range(60):
        first = chance.one(given)
        name = f"{first} {chance.one(surnames)}"
        if attempt > 40:  # a large company has more people than names: a middle initial tells them apart
            name = name.replace(" ", f" {chance.one('ABCDEFGHJKLMNPRSTW')}. ", 1)
        if name not in used and not (apart and attempt < 30 and first in used):
            break
    used |= {name, first} if apart else {name}
    return name


# Accounts.


def _client(
    number: int,
    model: Model,
    scene: Scene,
    workers: tuple[Worker, ...],
    main: str,
    first_day: date,
    last_day: date,
    accounts: int,
    chance: Chance,
    used: set[str],
) -> Client:
    own = chance.of("client", number)
    trade, pattern = _trade(scene, number, chance)
    place, owner = own.one(scene.places or names.PLACES), _person(scene, own, used)
    existing = round(scene.existing * accounts)
    begins, months = _arrival(number, accounts, existing, first_day, last_day), own.weighted(scene.terms_months)
    lived = own.whole(15, max(16, months * 30 - 40)) if number < existing else 0
    tier, offer = _offer(model, scene, own)
    pod = pod_names(accounts)[number % len(pod_names(accounts))]
    return Client(
        key=f"a{number + 1}",
        name=_business(pattern, owner, place, scene, own, used),
        trade=trade,
        place=place,
        zone=own.one(scene.zones) if scene.zones else model.company.zone,
        tier=tier,
        amount=int(round(own.between(*offer.amount) / 100) * 100),
        seats=round(own.between(*offer.seats)) if offer.seats else None,
        months=months,
        auto_renews=own.happens(scene.auto_renews),
        source=own.weighted(scene.sources),
        begins=begins,
        since=begins - timedelta(days=lived),
        slot=(own.whole(0, 4), time(*own.one(_SLOTS))),
        friends=tuple(_friends(owner, trade, scene, own, used)),
        pod=pod,
        carriers=_carriers(model, workers, number, pod),
        state=own.weighted(scene.mood_at_start),
        closed_weeks=tuple(_closed(begins, last_day, own)),
    )


def _arrival(number: int, accounts: int, existing: int, first_day: date, last_day: date) -> date:
    """When an account is taken on: those that are customers already in the first two weeks, the others from then on,
    one after the other.

    The last quarter comes within the last sixth of the time, so that there are always some who have just begun.
    """
    reach = (last_day - first_day).days - 3
    moving_in = min(12, max(0, reach))
    if number < existing:
        step = moving_in * number // max(1, existing)
    else:
        share = (number - existing) / max(1, accounts - existing)
        place = share / 0.75 * 0.86 if share < 0.75 else 0.86 + (share - 0.75) * 0.52
        step = int(moving_in / 2 + (reach - moving_in / 2) * place)
    day = first_day + timedelta(days=1 + max(0, step))
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


def _trade(scene: Scene, number: int, chance: Chance) -> tuple[Trade, str]:
    """The trade of an account and how it names itself: each trade once before one comes again."""
    trades = list(scene.trades.values()) or [_PLAIN_TRADE]
    round_, place = divmod(number, len(trades))
    trade = chance.of("trades", round_).shuffled(trades)[place]
    ways = chance.of("ways", trade.label).shuffled(trade.names)
    return trade, ways[round_ % len(ways)]


def _offer(model: Model, scene: Scene, chance: Chance) -> tuple[str, Offer]:
    known = {key: offer for key, offer in scene.tiers.items() if key in model.tiers}
    if known:
        tier = chance.weighted({key: offer.share for key, offer in known.items()})
        return tier, known[tier]
    return (chance.one(list(model.tiers)) if model.tiers else ""), Offer()


def _business(pattern: str, owner: str, place: str, scene: Scene, chance: Chance, used: set[str]) -> str:
    for _ in range(40):
        slots = {
            "surname": owner.split()[-1],
            "surname2": chance.one(scene.surnames or names.SURNAMES),
            "given": owner.split()[0],
            "place": place,
            "river": chance.one(scene.rivers or names.RIVERS),
            "word": chance.one(scene.words or names.WORDS),
            "word2": chance.one(scene.words or names.WORDS),
        }
        name = wording(pattern, slots, chance)
        if name not in used:
            break
    else:
        name = f"{name} {chance.whole(2, 9)}"
    used.add(name)
    return name


def _friends(owner: str, trade: Trade, scene: Scene, chance: Chance, used: set[str]) -> Iterator[Friend]:
    jobs = chance.some(trade.people, 3)
    yield Friend(
        owner,
        "Owner" if not jobs or chance.happens(scene.owners) else jobs[0],
        *_FRIENDS[0],
        is_primary=True,
        portal=True,
    )
    for at in range(chance.whole(1, 3)):
        title = jobs[(at + 1) % len(jobs)] if jobs else ""
        yield Friend(_person(scene, chance, used), title, *_FRIENDS[at + 1], is_primary=False, portal=False)


def _carriers(model: Model, workers: tuple[Worker, ...], number: int, pod: str) -> dict[str, str]:
    """Who has each role for an account: books in turn, pods by their members."""
    found: dict[str, str] = {}
    for key, role in model.roles.items():
        holders = [worker for worker in workers if worker.role == key]
        if not holders or role.reach not in ("book", "pod"):
            continue
        near = [worker for worker in holders if worker.pod == pod] if role.reach == "pod" else holders
        chosen = near or holders
        found[key] = chosen[number % len(chosen)].key
    return found


def _closed(begins: date, last_day: date, chance: Chance) -> Iterator[tuple[date, date]]:
    """When a client's house is closed: about a week in every hundred days."""
    day = begins + timedelta(days=chance.whole(30, 110))
    while day < last_day:
        yield day, day + timedelta(days=chance.whole(4, 9))
        day += timedelta(days=chance.whole(70, 130))


# What is planted.


def _with_plants(clients: list[Client], scene: Scene) -> list[Client]:
    """Plant what is to befall a certain account on a certain day. Raises Refused where there is no such account."""
    told = {client.key: client for client in clients}
    for plant in scene.planted:
        client = told.get(f"a{plant.account}")
        if client is None:
            raise Refused("no_account", f"{plant.key} is planted on account {plant.account} of {len(clients)}.")
        begins = client.begins + timedelta(days=plant.after_days)
        ends = begins + timedelta(days=plant.story.lasts_days - 1)
        planted = Planted(plant.key, plant.story, begins, ends, is_exact=True)
        told[client.key] = replace(client, stories=(*client.stories, planted))
    return list(told.values())


def _with_stories(clients: list[Client], scene: Scene, last_day: date, chance: Chance) -> list[Client]:
    """Plant each story in its share of the accounts that live long enough for it; one story an account."""
    told = {client.key: client for client in clients}
    free = [client for client in chance.shuffled(clients) if not client.stories]
    for key, story in scene.stories.items():
        wanted = max(1, round(story.share * len(clients)))
        fitting = [client for client in free if _window(client, story, last_day) > 0][:wanted]
        for client in fitting:
            free.remove(client)
            begins = client.begins + timedelta(days=SETTLING_DAYS + chance.whole(0, _window(client, story, last_day)))
            planted = Planted(key, story, begins, begins + timedelta(days=story.lasts_days - 1))
            told[client.key] = replace(client, stories=(planted,))
    return [told[client.key] for client in clients]


def _window(client: Client, story: Story, last_day: date) -> int:
    """The number of days on which a story could begin, so that there is time for it to be found."""
    return (last_day - client.begins).days - SETTLING_DAYS - story.within_days


def _with_demo_client(clients: list[Client], workers: tuple[Worker, ...]) -> list[Client]:
    """Let visitors step into the oldest account of the first demo worker to which nothing bad was planted."""
    first = next(
        worker.key for worker in workers if worker.is_demo and any(worker.key in c.carriers.values() for c in clients)
    )
    at = next((at for at, c in enumerate(clients) if first in c.carriers.values() and not c.stories), 0)
    return [*clients[:at], replace(clients[at], is_demo=True), *clients[at + 1 :]]
