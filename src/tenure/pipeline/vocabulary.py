"""The words that a blueprint may use, gathered from what the rooms have registered."""

from __future__ import annotations

from functools import lru_cache

from tenure.blueprint.vocabulary import Vocabulary
from tenure.facts.contract import KINDS
from tenure.identity.operations import OPERATIONS, VIEWS
from tenure.measures.catalogue import ACCOUNT_FIELDS
from tenure.measures.catalogue import vocabulary as measures


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Every fact kind, measure, operation and account field that exists. Called once all rooms are loaded."""
    return Vocabulary(
        facts={name: kind.fields for name, kind in KINDS.items()},
        measures=measures(),
        operations=frozenset(OPERATIONS) | frozenset(VIEWS),
        account_fields=ACCOUNT_FIELDS,
    )
