"""People, the teams and pods they belong to, the roles they hold for a time, and who covers for whom."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from tenure.base.ids import ID_LENGTH, new_id


def current(day: date) -> Q:
    """Rows with `from_day` and `until_day` that hold on `day`; `until_day` is the last day, None is open-ended."""
    return Q(from_day__lte=day) & (Q(until_day__isnull=True) | Q(until_day__gte=day))


class Company(models.Model):
    """The one company that this deployment runs for. Its zone is fixed when the home is initialised."""

    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=60, default="UTC")
    currency = models.CharField(max_length=3, default="USD")
    initialised_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_company")]


class Team(models.Model):
    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)

    ledger_fields: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.name


class Pod(models.Model):
    """A standing group that serves accounts together, in hours of its own where it has them."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    zone = models.CharField(max_length=60, blank=True)
    calendar = models.CharField(max_length=60, blank=True)

    ledger_fields: ClassVar[tuple[str, ...]] = ("zone", "calendar")

    def __str__(self) -> str:
        return self.name


class Held(models.Model):
    """Somebody whose data can be kept from erasure: until and including which day, and why."""

    held_until = models.DateField(null=True, blank=True)
    held_because = models.CharField(max_length=200, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class PeopleManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email__iexact=username)


class Person(AbstractBaseUser, Held):
    """Someone who signs in: a colleague, a client, or a machine. What they may do comes from their memberships."""

    class Kind(models.TextChoices):
        STAFF = "staff", "Colleague"
        CLIENT = "client", "Client"
        MACHINE = "machine", "Machine"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    email = models.EmailField(unique=True, null=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.STAFF)
    zone = models.CharField(max_length=60, blank=True)
    calendar = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    single_keys = models.BooleanField(default=True)
    joined_on = models.DateField(null=True, blank=True)

    objects = PeopleManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    ledger_fields: ClassVar[tuple[str, ...]] = ("kind", "is_active", "zone", "calendar")

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters for a face, such as DW."""
        words = [word for word in self.name.split() if word[0].isalpha()]
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class Membership(models.Model):
    """A role that somebody holds from one day to another, at a level, in a team or pod."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=60)
    level = models.CharField(max_length=60, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships")
    pod = models.ForeignKey(Pod, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships")
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["role", "from_day"]), models.Index(fields=["team", "from_day"])]


class Leave(models.Model):
    """Days on which somebody is away, and who covers for them."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="leaves")
    cover = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="covering")
    from_day = models.DateField()
    until_day = models.DateField()
    reason = models.CharField(max_length=60, blank=True)

    ledger_fields: ClassVar[tuple[str, ...]] = ("person_id", "cover_id", "from_day", "until_day")

    class Meta:
        indexes = [models.Index(fields=["cover", "from_day"]), models.Index(fields=["person", "from_day"])]

    def __str__(self) -> str:
        return f"{self.person}, {self.from_day} to {self.until_day}"


def acting_for(person_id: str, day: date) -> str:
    """Who acts for a person on a day: themselves, or whoever covers, followed while the cover is away too."""
    seen = {person_id}
    acting = person_id
    while True:
        leave = Leave.objects.filter(current(day), person_id=acting).order_by("-from_day", "-id").first()
        if leave is None or leave.cover_id in seen:
            return acting
        acting = leave.cover_id
        seen.add(acting)


def covered_by(person_id: str, day: date) -> set[str]:
    """Everyone for whom `person_id` acts on a day, themselves not included."""
    found: set[str] = set()
    frontier = {person_id}
    while frontier:
        away = set(Leave.objects.filter(current(day), cover_id__in=frontier).values_list("person_id", flat=True))
        frontier = away - found - {person_id}
        found |= frontier
    return {away for away in found if acting_for(away, day) == person_id}
