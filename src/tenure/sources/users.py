"""Users of a client's product as a source knows them, and the accounts they turn out to belong to."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, record
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.sources.imports import Link

declare("source.matched", "User matched to an account", internal=True, by="text")

# Domains that say nothing about where somebody works.
FREE_MAIL = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "msn.com",
        "yahoo.com",
        "ymail.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "aol.com",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "t-online.de",
        "mail.com",
        "mail.ru",
        "yandex.com",
        "yandex.ru",
        "proton.me",
        "protonmail.com",
        "zoho.com",
        "qq.com",
        "163.com",
        "126.com",
        "naver.com",
        "orange.fr",
        "free.fr",
        "wanadoo.fr",
        "laposte.net",
        "libero.it",
        "bt.com",
        "comcast.net",
        "fastmail.com",
        "hey.com",
        "tutanota.com",
        "pm.me",
    ]
)


class SourceUser(models.Model):
    """A user of a source. The lake knows them by `id`; what they are called elsewhere lives here and can be erased."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    source = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    is_anonymous = models.BooleanField(default=False)
    email = models.CharField(max_length=254, blank=True)
    domain = models.CharField(max_length=200, blank=True)  # of the group they were put into
    group_key = models.CharField(max_length=200, blank=True)
    account = models.ForeignKey(AccountAnchor, on_delete=models.SET_NULL, null=True, related_name="+")
    matched_by = models.CharField(max_length=10, blank=True)  # group, contact, domain or person
    same_as = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    first_seen_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)

    anchor_path: ClassVar[str] = "account"
    ledger_fields: ClassVar[tuple[str, ...]] = ("source", "account_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "is_anonymous", "key"], name="one_user_per_source_and_key")
        ]
        indexes = [models.Index(fields=["email"]), models.Index(fields=["account"])]

    def __str__(self) -> str:
        return self.key


def account_by_key(source: str, key: str) -> str | None:
    """The id of the account that a source, or failing that the only other source to use it, calls by a key."""
    links = Link.objects.filter(noun="account", key=key)
    own = links.filter(source=source).values_list("account_id", flat=True).first()
    if own:
        return own
    others = set(links.values_list("account_id", flat=True)[:2])
    if len(others) == 1:
        return others.pop()
    return AccountAnchor.objects.filter(pk=key).values_list("pk", flat=True).first() if len(key) == ID_LENGTH else None


def account_by_contact(email: str) -> str | None:
    """The id of the one account that has a contact with this address."""
    found = (
        set(Contact.objects.filter(email=email.lower()).values_list("account_id", flat=True)[:2]) if email else set()
    )
    return found.pop() if len(found) == 1 else None


def domain_of(text: str) -> str:
    """The domain of an e-mail or a web address, without www; empty where it has none or says nothing."""
    text = text.strip().lower()
    if "@" in text:
        host = text.rpartition("@")[2]
    else:
        try:
            host = urlsplit(text if "://" in text else f"https://{text}").hostname or ""
        except ValueError:
            host = ""
    host = host.removeprefix("www.").strip(".")
    return host if "." in host and len(host) <= 200 and host not in FREE_MAIL else ""


def account_by_domain(domain: str) -> str | None:
    """The id of the one account whose website or whose contacts are at a domain."""
    if not domain:
        return None
    sites = Account.objects.filter(website__icontains=domain).values_list("pk", "website")[:50]
    found = {pk for pk, website in sites if domain_of(website) == domain}
    if not found:
        at = Contact.objects.filter(email__endswith=f"@{domain}").values_list("account_id", flat=True)
        found = set(at.distinct()[:2])
    return found.pop() if len(found) == 1 else None


def match(user: SourceUser) -> bool:
    """Find the account of a user: by the group's external id, by their own address, by a domain. True where known.

    Whom a person has matched stays matched.
    """
    user.tried_at = clock.now()
    if user.matched_by == "person" and user.account_id:
        return True
    for how, found in (
        ("group", account_by_key(user.source, user.group_key) if user.group_key else None),
        ("contact", account_by_contact(user.email)),
        ("domain", account_by_domain(user.domain)),
        ("domain", account_by_domain(domain_of(user.email) if user.email else "")),
    ):
        if found is not None:
            user.account_id, user.matched_by = found, how
            return True
    return user.account_id is not None


@operation("source.match", label="Match a user to an account")
def match_user(user: SourceUser, *, account: str, actor: Actor) -> SourceUser:
    """Say to which account a user of a source belongs; what they did is taken in, and later events follow."""
    anchor = AccountAnchor.objects.filter(pk=account).first()
    if anchor is None or not access.reaches(actor, "source.match", anchor):
        raise Refused("unknown_account", "There is no such account within your reach.", field="account")
    user.account, user.matched_by, user.tried_at = anchor, "person", None
    user.save(update_fields=["account", "matched_by", "tried_at"])
    record("source.matched", user, by="person")
    return user


def unmatched() -> models.QuerySet[SourceUser]:
    """Users with messages that wait for an account, with how many; the busiest first."""
    held = models.Count("messages", filter=Q(messages__status="held"))
    return SourceUser.objects.annotate(held=held).filter(held__gt=0).order_by("-held", "id")
