"""What can go wrong between a person and an operation. Anything else is a bug."""

from collections.abc import Sequence


class Refused(Exception):
    """Something that the person can mend: what is wrong, at which field, and what to do about it.

    ``code`` is stable and machine-readable; ``message`` is the sentence a person reads, which says the mend.
    """

    def __init__(self, code: str, message: str = "", *, field: str | None = None) -> None:
        self.code = code
        self.field = field
        self.message = message or code.replace("_", " ").capitalize() + "."
        super().__init__(self.message)


class Forbidden(Exception):
    """Something the actor may not do: which rule says so, and which roles may.

    Absent and out of reach look alike: `hidden` is true where the actor may not even learn that the subject exists.
    """

    def __init__(self, operation: str, rule: str, who_may: Sequence[str] = (), *, hidden: bool = False) -> None:
        self.operation = operation
        self.rule = rule
        self.who_may = tuple(who_may)
        self.hidden = hidden
        may = f" {' or '.join(self.who_may)} may." if self.who_may else ""
        super().__init__(f"{rule}{may}")


class Awaiting(Exception):
    """Somebody must be asked first: the act request that was stored, and the roles that were asked."""

    def __init__(self, request_id: str, roles: Sequence[str]) -> None:
        self.request_id = request_id
        self.roles = tuple(roles)
        super().__init__(f"This waits for {' and '.join(self.roles)}.")
