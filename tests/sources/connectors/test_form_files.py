"""A submission that names files: fetched from the form service alone, looked at, and handed in as material."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.records.account import Account
from tenure.records.deliverable import plan_deliverable
from tenure.records.upload import Upload
from tenure.sources.connectors.arrival import Arrival, assign_arrival, retry_arrival, store
from tenure.sources.connectors.connector import Connector, add_connector
from tenure.sources.connectors.items import Item
from tenure.sources.connectors.rounds import advance
from tests.cast import Cast, at, blueprint
from tests.outlets.desk import Desk, running

pytestmark = pytest.mark.requirement("R-05", "R-12")
MAPPING = """\
form: "2436"
account: q3_code
do: upload.receive
files: material
hosts: [127.0.0.1]
key_in: apiKey
arguments:
  deliverable: {deliverable: q5_title}
"""
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
PIECE = {
    "label": "Piece",
    "states": {
        "planned": {"label": "Planned", "means": "planned"},
        "captured": {"label": "Captured", "means": "received"},
        "out": {"label": "Published", "means": "done"},
    },
}


@pytest.fixture
def model() -> Model:
    raci = blueprint().model_dump(mode="json")["raci"]
    raci["upload.receive"]["responsible"] = ["lead", "ops"]  # who connects a form may do what it does
    return blueprint(deliverables={"piece": PIECE}, raci=raci)


@pytest.fixture
def service(settings: Any, tmp_path: Any) -> Iterator[Desk]:
    settings.UPLOADS = tmp_path
    cache.clear()
    with running() as found:
        yield found


@pytest.fixture
def form(cast: Cast, acme: Account) -> Connector:
    return add_connector(
        kind="forms", label="Uploads", source="uploads", settings={"mapping": MAPPING}, secrets={"files_key": "k9"},
        actor=cast.actor("olive"),
    )  # fmt: skip


def comes(form: Connector, *files: str, code: str = "Acme Ltd") -> Arrival:
    payload = {"formID": "2436", "q3_code": code, "q5_title": "the spring oven", "material": list(files)}
    store(form, [Item(key=str(Arrival.objects.count()), happened_at=at("2026-03-02 14:00"), payload=payload)])
    return Arrival.objects.latest("pk")


def settle() -> None:
    while advance():
        pass


def test_files_become_the_material_of_the_piece_that_waited_for_it(
    service: Desk, form: Connector, acme: Account, cast: Cast
) -> None:
    piece = plan_deliverable(acme, type="piece", title="The spring oven", actor=cast.actor("alice"))
    elsewhere = {"Location": f"{service.address}/store/oven.png"}
    service.answers = [(302, {}, elsewhere), (200, PNG, {}), (200, PNG + b"2", {})]
    came = comes(form, f"{service.address}/uploads/oven.png", f"{service.address}/uploads/our%20shop.png")
    settle()
    came.refresh_from_db()
    assert (came.status, came.payload) == ("taken", {})
    uploads = Upload.objects.order_by("-name")
    assert [(each.name, each.type, each.deliverable_id, each.by_client) for each in uploads] == [
        ("oven.png", "image/png", piece.pk, False),
        ("our shop.png", "image/png", piece.pk, False),
    ]
    assert [each.path.read_bytes() for each in uploads] == [PNG, PNG + b"2"]
    piece.refresh_from_db()
    assert piece.state == "captured"
    assert [path for _, path, *_ in service.asked] == [
        "/uploads/oven.png",
        "/store/oven.png",
        "/uploads/our%20shop.png",
    ]


@pytest.mark.parametrize(
    ("address", "answer", "says"),
    [
        ("https://evil.example/oven.png", None, "A file lies at “evil.example”"),
        ("{service}/oven.png", (302, {}, {"Location": "http://169.254.169.254/"}), "was not given out (answer 302)"),
        ("{service}/oven.png", (404, {}, {}), "was not given out (answer 404)"),
        ("{service}/oven.png", (200, b"MZ\x90\x00program", {}), ""),
    ],
)
def test_a_file_from_elsewhere_or_of_a_kind_that_is_not_taken_waits_for_somebody(
    service: Desk, form: Connector, address: str, answer: Any, says: str
) -> None:
    service.answers = [answer] if answer else []
    came = comes(form, address.format(service=service.address))
    settle()
    came.refresh_from_db()
    assert (came.status, Upload.objects.count()) == ("aside", 0)
    assert says in came.reason
    assert len(service.asked) == (1 if answer else 0)


def test_a_private_network_is_closed_here_too(service: Desk, form: Connector, settings: Any) -> None:
    settings.PRIVATE_HOSTS = ()
    came = comes(form, f"{service.address}/oven.png")
    settle()
    came.refresh_from_db()
    assert (came.status, service.asked) == ("aside", [])
    assert "private network" in came.reason


def test_nothing_is_fetched_before_it_is_known_whose_it_is(
    service: Desk, form: Connector, acme: Account, cast: Cast
) -> None:
    came = comes(form, f"{service.address}/oven.png", code="Nobody")
    settle()
    came.refresh_from_db()
    assert (came.status, service.asked) == ("aside", [])
    service.answers = [(500, {}, {}), (200, PNG, {})]
    assign_arrival(came, account=acme.pk, actor=cast.actor("olive"))
    settle()
    came.refresh_from_db()
    assert (came.status, Upload.objects.count()) == ("aside", 0), "the service failed; the account is remembered"
    retry_arrival(came, actor=cast.actor("olive"))
    settle()
    came.refresh_from_db()
    assert (came.status, Upload.objects.get().account_id) == ("taken", acme.pk)


NOTE = "form: '1'\naccount: a\ndo: note.log\nfiles: material\nhosts: [a.example]\narguments: {text: hello}\n"


@pytest.mark.parametrize(("mapping", "code"), [(MAPPING.replace("hosts", "#"), "no_hosts"), (NOTE, "no_files")])
def test_a_mapping_of_files_says_from_where_and_names_an_act_that_takes_one(
    cast: Cast, acme: Account, mapping: str, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        add_connector(kind="forms", label="U", source="u", settings={"mapping": mapping}, actor=cast.actor("olive"))
    assert refusal.value.code == code
