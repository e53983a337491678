"""Tools that a company works in: what is set up in them for a client, and which figures are written to them.

A recipe is data. Its texts hold places in braces, ``{account_name}`` or ``{next_meeting_at:ms}``: a word that the
engine knows, a figure of `values`, ``setting.<key>`` of the connection, ``kept.<call>.<name>`` of what an earlier
answer held, ``each.<name>``, ``fact.<field>`` of the fact that asked, and in headers ``secret.<key>`` and ``token``.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal

from tenure.blueprint.meanings import AccountExpression, Key, Name, Part
from tenure.blueprint.schema.promises import Trigger

PLACE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-zA-Z0-9_]+)*)(?::([a-z]+))?\}")
FORMS = frozenset({"day", "ms", "percent", "slug", "text"})


def places(value: Any) -> Iterator[tuple[str, str]]:
    """The places of a recipe's texts, wherever in a mapping or a list they stand: their names and their forms."""
    match value:
        case str():
            yield from ((found[1], found[2] or "") for found in PLACE.finditer(value))
        case dict():
            for each in value.values():
                yield from places(each)
        case list() | tuple():
            for each in value:
                yield from places(each)


class ToolSetting(Part):
    """What a connection asks for beside its address, such as the id of a workspace. A secret is kept encrypted."""

    label: Name
    hint: str = ""
    secret: bool = False
    required: bool = True
    default: str = ""


class ToolLookup(Part):
    """How one finds what is there already: the list `within` the answer, and the entry `where` fields have texts.

    Before something is made it is looked for, so that a call that is made again makes nothing twice. With a `body` it
    is asked for by POST. `keep` says where in such an entry the kept values stand, if elsewhere than in the answer.
    """

    path: str
    query: dict[str, str] = {}
    body: dict[str, Any] = {}
    within: str = ""
    where: dict[str, str] = {}
    keep: dict[Key, str] = {}


class ToolLink(Part):
    """The live link that stands on the account once the call has been answered."""

    title: str
    url: str
    client_visible: bool = False


class ToolCall(Part):
    """One call to a tool: what asks for it, and what is sent."""

    label: Name
    on: tuple[Trigger, ...] = ()
    applies: AccountExpression | None = None
    values: dict[Key, AccountExpression] = {}
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    path: str
    query: dict[str, str] = {}
    body: dict[str, Any] = {}


class Provision(ToolCall):
    """Something that is set up once for an account. `keep` names what of the answer later calls need."""

    lookup: ToolLookup | None = None
    keep: dict[Key, str] = {}
    link: ToolLink | None = None


class Write(ToolCall):
    """Figures that a tool is told: again where they have changed, or once for each fact.

    With `each` there is a call for every entry, whose values stand at ``{each.<name>}``. `unknown` says what is written
    where a figure is not known.
    """

    per: Literal["account", "fact"] = "account"
    nightly: bool = False
    each: dict[Key, dict[Key, str]] = {}
    unknown: Literal["left_out", "null", "empty"] = "left_out"


class Renewal(Part):
    """How a short-lived token is had for a lasting secret (OAuth 2): it then stands at ``{token}`` in headers."""

    address: str
    form: dict[str, str]
    field: str = "access_token"


class Tool(Part):
    """A tool that works by calls over HTTP. A connection to it is made under Data, Sources.

    `encoding` is how bodies are written, `good` what an answer must hold to count, `says` where it tells what is wrong,
    `idempotency` the header that makes a call sent twice count once, `signs` the secret that signs a call by the
    Standard Webhooks.
    """

    label: Name
    about: str = ""
    address: str = ""
    settings: dict[Key, ToolSetting] = {}
    headers: dict[str, str] = {}
    encoding: Literal["json", "form"] = "json"
    good: dict[str, Any] = {}
    says: str = ""
    idempotency: str = ""
    signs: str = ""
    renews: Renewal | None = None
    provisions: dict[Key, Provision] = {}
    writes: dict[Key, Write] = {}

    @property
    def calls(self) -> dict[str, ToolCall]:
        """What is set up and what is written, by key."""
        return {**self.provisions, **self.writes}
