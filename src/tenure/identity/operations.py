"""Operations: every act of the system, registered by name.

    @operation("note.log")
    def log_note(account: Account, *, text: str, actor: Actor) -> Note: ...

The decorator opens the transaction, locks the subject, requires, checks the arguments' types, runs the body and, for
the outermost operation, appends the facts that the bodies recorded. Web, API, CLI, plays and tests all call the same
function, by itself or by name through `perform`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, cast, get_type_hints

from django.db import models, transaction
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from tenure.base.errors import Awaiting, Refused
from tenure.base.registry import Registry
from tenure.identity import access, ledger
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.rows import row_by_key

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Run:
    """What the operations of one transaction have recorded so far."""

    entries: list[LedgerEntry] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    actor: Actor | None = None


_run: ContextVar[Run | None] = ContextVar("tenure_run", default=None)


class _Consult(Exception):
    """Raised inside an operation whose rule wants somebody asked first; the outermost one turns it into `Awaiting`."""

    def __init__(self, operation: str, subject_id: str, roles: tuple[str, ...]) -> None:
        self.operation, self.subject_id, self.roles = operation, subject_id, roles


class Operation(Generic[P, T]):
    """One registered act: its name, what it is about, the type of its arguments, and what undoes it."""

    def __init__(self, name: str, function: Callable[P, T], *, label: str, undo: str | None) -> None:
        self.name = name
        self.function = function
        self.label = label or name.replace(".", " ").replace("_", " ").capitalize()
        self.undo = undo
        update_wrapper(self, function)
        parameters = list(inspect.signature(function).parameters.values())
        self.has_subject = bool(parameters) and parameters[0].kind is not inspect.Parameter.KEYWORD_ONLY
        self._keywords = [p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY and p.name != "actor"]
        if "actor" not in inspect.signature(function).parameters:
            raise TypeError(f"operation {name} takes no actor")

    @cached_property
    def hints(self) -> dict[str, Any]:
        return get_type_hints(self.function, include_extras=True)

    @cached_property
    def subject_model(self) -> type[models.Model] | None:
        """The model of the row that the operation is about; None where it makes something for the company itself."""
        if not self.has_subject:
            return None
        first = next(iter(inspect.signature(self.function).parameters))
        return cast(type[models.Model], self.hints[first])

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """A Pydantic model of the keyword arguments: what API, MCP and the act requests take and keep."""
        fields: dict[str, Any] = {
            p.name: (self.hints[p.name], ... if p.default is inspect.Parameter.empty else p.default)
            for p in self._keywords
        }
        config = ConfigDict(extra="forbid", arbitrary_types_allowed=False)
        return create_model(self.name.replace(".", "_"), __config__=config, **fields)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        actor = cast(Actor, kwargs.pop("actor"))
        subject = cast("models.Model | None", args[0] if self.has_subject else None)
        given = dict(kwargs)
        outer = _run.get()
        if outer is not None:
            return self._perform(outer, subject, given, actor, savepoint=not outer.names)
        try:
            with transaction.atomic(), _started(actor) as run:
                result = self._perform(run, subject, given, actor)  # what fails takes the whole transaction back
                ledger.append(run.entries)
                return result
        except _Consult as consult:
            raise self._ask(consult, subject, given, actor) from None

    def check_arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        """The arguments with their declared types. Raises Refused with the first one that does not fit."""
        try:
            checked = self.arguments.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"]) or None
            raise Refused("invalid", f"{name or 'The input'}: {first['msg'].lower()}.", field=name) from error
        return {name: getattr(checked, name) for name in type(checked).model_fields if name in checked.model_fields_set}

    def _perform(
        self, run: Run, subject: models.Model | None, given: dict[str, Any], actor: Actor, *, savepoint: bool = False
    ) -> T:
        with transaction.atomic(savepoint=savepoint):
            locked = self._lock(subject)
            # Before the arguments are looked at: whoever may not act learns nothing from what would have been wrong.
            access.require(actor, self.name, locked)
            arguments = self.check_arguments(given)
            self._consult(actor, locked)
            before = len(run.entries)
            run.names.append(self.name)
            try:
                function = cast(Callable[..., T], self.function)
                return function(*([locked] if self.has_subject else []), **arguments, actor=actor)
            except BaseException:
                del run.entries[before:]
                raise
            finally:
                run.names.pop()

    def _lock(self, subject: models.Model | None) -> models.Model | None:
        """The subject as it stands now, locked until the transaction ends, and its account with it."""
        if subject is None or subject.pk is None:
            return subject
        found = row_by_key(type(subject), subject.pk, getattr(subject, "anchor_path", ""), lock=True)
        if found is None:
            raise Refused("gone", f"This {type(subject)._meta.verbose_name} is no longer there.")
        return found

    def _consult(self, actor: Actor, subject: models.Model | None) -> None:
        if actor.is_system:
            return
        found = access.rule_for(actor.model, self.name)
        if found is None or not found[1].consulted:
            return
        roles = found[1].consulted
        if actor.roles & set(roles) or (self.name, str(getattr(subject, "pk", ""))) in actor.approvals:
            return
        raise _Consult(self.name, str(getattr(subject, "pk", "")), roles)

    def _ask(
        self, consult: _Consult, subject: models.Model | None, arguments: dict[str, Any], actor: Actor
    ) -> Awaiting:
        from tenure.identity.requests import ask  # the requests are operations themselves

        return ask(
            self, subject, arguments, actor, consulted=consult.operation, on=consult.subject_id, roles=consult.roles
        )


OPERATIONS: Registry[Operation[Any, Any]] = Registry("operations")
VIEWS: Registry[str] = Registry("views")  # permissions to see, which no operation stands behind: name and label


def operation(name: str, *, label: str = "", undo: str | None = None) -> Callable[[Callable[P, T]], Operation[P, T]]:
    """Register a function as an operation. `undo` names the operation that takes it back while that is possible."""

    def register(function: Callable[P, T]) -> Operation[P, T]:
        made = Operation(name, function, label=label, undo=undo)
        OPERATIONS.add(name, made)
        return made

    return register


def view(name: str, label: str) -> str:
    """Register a permission to see something, such as ``ledger.view``."""
    VIEWS.add(name, label)
    return name


def perform(name: str, subject: models.Model | None, arguments: dict[str, Any], actor: Actor) -> Any:
    """Run an operation by its name. Raises Refused where there is no such operation."""
    if name not in OPERATIONS:
        raise Refused("unknown_operation", f"There is no operation “{name}”.")
    made = OPERATIONS[name]
    return made(*([subject] if made.has_subject else []), **arguments, actor=actor)


def record(
    kind: str,
    subject: models.Model,
    *,
    happened_at: datetime | None = None,
    known_at: datetime | None = None,
    corrects: int | None = None,
    retracts: int | None = None,
    account_id: str | None = None,
    **data: Any,
) -> LedgerEntry:
    """Record a fact in the running operation; it reaches the ledger when the outermost operation ends.

    The account is the subject's own unless `account_id` names another. Raises RuntimeError outside an operation.
    """
    run = _run.get()
    if run is None:
        raise RuntimeError(f"{kind} recorded outside an operation")
    anchor = access.anchor_of(subject) if account_id is None else None
    made = ledger.entry(
        kind,
        subject,
        account_id=account_id or (anchor.pk if anchor else None),
        actor_id=run.actor.id if run.actor else None,
        operation=run.names[0] if run.names else "",
        happened_at=happened_at,
        known_at=known_at,
        corrects=corrects,
        retracts=retracts,
        data=data,
    )
    run.entries.append(made)
    return made


@contextmanager
def _started(actor: Actor) -> Iterator[Run]:
    run = Run(actor=actor)
    token = _run.set(run)
    try:
        yield run
    finally:
        _run.reset(token)


@contextmanager
def batch(actor: Actor) -> Iterator[Run]:
    """Run many operations in one transaction, such as a chunk of an import; their facts are appended at its end.

    An operation that refuses inside the batch takes back only itself.
    """
    if _run.get() is not None:
        raise RuntimeError("a batch cannot stand inside an operation")
    with transaction.atomic(), _started(actor) as run:
        yield run
        ledger.append(run.entries)


@contextmanager
def attempt() -> Iterator[None]:
    """A part of a running operation or batch that may fail by itself: then its rows and its facts are taken back."""
    run = _run.get()
    if run is None:
        raise RuntimeError("nothing runs in which something could be attempted")
    before = len(run.entries)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        del run.entries[before:]
        raise


def approved(actor: Actor, *pairs: tuple[str, str]) -> Actor:
    """The actor with consultations that were given: (operation, subject id)."""
    return replace(actor, approvals=actor.approvals | frozenset(pairs))
