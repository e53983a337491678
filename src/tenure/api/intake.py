"""The HTTP door of the event intake: what Segment's libraries speak. It answers once a message is stored for good."""

from __future__ import annotations

import os

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from tenure.api.doors import body_of, key_of, plain, refusal, throttle
from tenure.base import clock
from tenure.sources.inbox import spool
from tenure.sources.messages import BadMessage, read_json, read_messages

MESSAGES_PER_MINUTE = int(os.environ.get("TENURE_INTAKE_PER_MINUTE", "60000"))  # per key and process


@login_not_required
@csrf_exempt  # a library sends no cookie: the write key alone says who it is
def take(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Take one message, or a batch of them. 200 says that all of them are stored; otherwise none is."""
    try:
        if request.method != "POST":
            raise BadMessage(405, "method", "Messages are sent by POST.")
        data = read_json(body_of(request))
        key = key_of(request, data)
        received_at = clock.now()
        messages = read_messages(endpoint, data, received_at)
        throttle(f"intake:{key.pk}", len(messages), MESSAGES_PER_MINUTE)
        spool(key, messages, received_at)
    except BadMessage as bad:
        return refusal(bad)
    return plain(JsonResponse({"success": True}))
