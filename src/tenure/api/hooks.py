"""The HTTP door of connectors that others send to: at a secret address each, signed on wish; stored, then answered."""

from __future__ import annotations

import os
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from standardwebhooks import Webhook, WebhookVerificationError

from tenure.api.doors import check_stranger, count_stranger, plain, refusal, throttle
from tenure.base import clock, fault
from tenure.base.errors import Refused
from tenure.sources.connectors.arrival import store
from tenure.sources.connectors.connector import Connector, find_receiver
from tenure.sources.connectors.items import Delivery
from tenure.sources.inbox import be_durable
from tenure.sources.messages import BadMessage, read_json

LARGEST = 512 * 1024  # bytes of one delivery; files are sent as addresses, not as such
DELIVERIES_PER_MINUTE = int(os.environ.get("TENURE_HOOKS_PER_MINUTE", "300"))  # per connector and process
WEB_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


@login_not_required
@csrf_exempt  # a service sends no cookie: its address, or its signature, says who it is
def take(request: HttpRequest, key: str) -> HttpResponse:
    """Take one delivery. 200 says that it is stored for good; sent again, it is stored once."""
    try:
        if request.method != "POST":
            raise BadMessage(405, "method", "Deliveries are sent by POST.")
        connector = _connector(request, key)
        throttle(f"hooks:{connector.pk}", 1, DELIVERIES_PER_MINUTE, "deliveries")
        _store(connector, _delivery(request, connector))
    except BadMessage as bad:
        return refusal(bad)
    return plain(JsonResponse({"success": True}))


def _connector(request: HttpRequest, key: str) -> Connector:
    check_stranger(request)
    connector = find_receiver(key)
    if connector is None:
        count_stranger(request)
        raise BadMessage(404, "unknown_address", "Nothing is taken at this address.")
    if connector.status == Connector.Status.PAUSED:
        raise BadMessage(503, "paused", "Nothing is taken here just now; send it again later.")
    return connector


def _delivery(request: HttpRequest, connector: Connector) -> Delivery:
    """What was sent, once its size and its signature are seen to be right."""
    length = request.headers.get("Content-Length", "")
    if not length.isdigit():
        raise BadMessage(411, "length", "Say by Content-Length how long the delivery is.")
    if int(length) > LARGEST:
        raise BadMessage(413, "too_large", f"A delivery has at most {LARGEST:,} bytes.")
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower().startswith("webhook-")}
    try:
        body = request.body
        _verify(connector, body, headers)
        if request.content_type in WEB_FORMS:
            fields: dict[str, Any] = {name: request.POST.get(name) for name in request.POST}
        else:
            fields = read_json(body)
    except (UnreadablePostError, MultiPartParserError, SuspiciousOperation) as error:
        raise BadMessage(400, "unreadable", "The delivery could not be read.") from error
    if not fields:
        raise BadMessage(400, "empty", "The delivery holds no field.")
    return Delivery(fields, headers)


def _verify(connector: Connector, body: bytes, headers: dict[str, str]) -> None:
    """Check the signature where the connector has a secret for it (standardwebhooks.com). Raises BadMessage."""
    secret = connector.secrets.get("signing", "")
    if not secret:
        return
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError, UnicodeDecodeError) as error:
        raise BadMessage(401, "signature", "The signature is missing, too old, or of another secret.") from error


def _store(connector: Connector, delivery: Delivery) -> None:
    now = clock.now()
    try:
        item = connector.part("reading").receive(connector.settings, delivery, now)
    except Refused as error:
        raise BadMessage(503, "mapping", "Nothing can be taken here until the mapping is mended.") from error
    be_durable()
    with transaction.atomic():
        store(connector, [item])
        Connector.objects.filter(pk=connector.pk).update(tried_at=now, good_at=now, error="")
        fault.point("hooks.storing")


urlpatterns = [path("<str:key>/", take, name="hook")]
