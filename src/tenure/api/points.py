"""The HTTP door of points: series of figures that an application knows, such as views and followers."""

from __future__ import annotations

import os
from dataclasses import asdict

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from tenure.api.doors import body_of, key_of, plain, refusal, throttle
from tenure.base import clock
from tenure.sources.messages import BadMessage, read_json
from tenure.sources.points import take_points

POINTS_PER_MINUTE = int(os.environ.get("TENURE_POINTS_PER_MINUTE", "60000"))  # per key and process


@login_not_required
@csrf_exempt  # an application sends no cookie: the write key alone says who it is
def take(request: HttpRequest) -> HttpResponse:
    """Take points. 200 says what became of each: those that are not refused are stored for good."""
    try:
        if request.method != "POST":
            raise BadMessage(405, "method", "Points are sent by POST.")
        data = read_json(body_of(request))
        key = key_of(request, data)
        given = data.get("points")
        throttle(f"points:{key.pk}", len(given) if isinstance(given, list) else 1, POINTS_PER_MINUTE, "points")
        taken = take_points(key, data, clock.now())
    except BadMessage as bad:
        return refusal(bad)
    return plain(JsonResponse({"success": not taken.refused, **asdict(taken)}))
