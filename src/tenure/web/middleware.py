"""What every answer carries: the content security policy, and refusals told in words a person can act on."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control, patch_vary_headers

from tenure.base.errors import Awaiting, Forbidden, Refused
from tenure.identity.blueprints import NoBlueprint
from tenure.simulation.mark import read_mark
from tenure.web import turned_back, wording
from tenure.web.actors import actor_of
from tenure.web.answers import is_fragment, way_back
from tenure.web.clients import is_of_client, is_open_to_clients
from tenure.web.practising import is_closed_to

Answer = Callable[[HttpRequest], HttpResponse]

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
LIFE = "life"  # what a page that waits for a demonstration asks for again
UNSHOWN = ("csrfmiddlewaretoken", "next")  # fields of a form that nobody typed


def policy() -> str:
    """The content security policy. It names single sign-on, since browsers check where a form's answer redirects."""
    apps: Any = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    issuers = [urlsplit(app["settings"]["server_url"]) for app in apps]
    beyond = "".join(f" {issuer.scheme}://{issuer.netloc}" for issuer in issuers if issuer.netloc)
    return (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
        f"frame-ancestors 'none'; base-uri 'none'; form-action 'self'{beyond}"
    )


class ContentSecurityPolicy:
    """Nothing loads from elsewhere, nothing runs inline; pages are private to their reader and vary by fragment."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.policy = policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", self.policy)
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["HX-Request"])
        return response


class StillFilling:
    """While a demonstration is being filled, every page tells how far it is, and asks again by itself."""

    def __init__(self, get_response: Answer) -> None:
        if not settings.DEMO:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._is_ready = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        waits = is_fragment(request) and request.htmx.target == LIFE  # type: ignore[attr-defined]
        mark = None if self._is_ready else read_mark(Path(settings.HOME))
        if mark is not None and mark.state == "filling":
            page = render_to_string("notices/filling.html", {"mark": mark})  # nobody is asked who they are yet
            status = HTTPStatus.OK if waits else HTTPStatus.SERVICE_UNAVAILABLE
            return HttpResponse(page, status=status, headers={"Retry-After": "2"})
        self._is_ready = True
        return HttpResponse(headers={"HX-Refresh": "true"}) if waits else self.get_response(request)


class SignedInOnly(LoginRequiredMiddleware):
    """Every view wants somebody signed in, unless it is marked `login_not_required`; a client sees their own pages."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        refused = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is not None or not getattr(view_func, "login_required", True):
            return refused
        if settings.PRACTICE and is_closed_to(actor_of(request), view_func):
            return forbid(request, Forbidden("page.view", "This page is not part of the practice.", hidden=True))
        if is_open_to_clients(view_func) or not is_of_client(request):
            return None
        return forbid(request, Forbidden("page.view", "This page is for colleagues.", hidden=True))

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        """Send to the sign-in page and back; a fragment asks the browser to go there instead of swapping it in."""
        if not is_fragment(request):
            return super().handle_no_permission(request, view_func)
        htmx = request.htmx  # type: ignore[attr-defined]
        back = urlencode({REDIRECT_FIELD_NAME: htmx.current_url_abs_path or "/"})
        return HttpResponse(
            status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": f"{resolve_url(settings.LOGIN_URL)}?{back}"}
        )


class Refusals:
    """Turn what an operation refuses into an answer, and say after a fragment what there is to say."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_fragment(request) and _takes_words(response) and len(messages.get_messages(request)):
            said = render_to_string("shell/said.html", {"oob": True}, request)
            response.content = response.content + said.encode()
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Refuse every change while the pages are turned back to an earlier day."""
        changes = request.method not in SAFE or getattr(view, "wants_today", False)
        if not changes or getattr(view, "works_in_the_past", False) or turned_back.day_of(request) is None:
            return None
        return refuse(
            request,
            Refused(
                "turned_back", "Nothing can be changed while the pages show an earlier day. Return to today first."
            ),
        )

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        match exception:
            case Refused():
                return refuse(request, exception)
            case Forbidden():
                return forbid(request, exception)
            case Awaiting():
                return wait(request, exception)
            case NoBlueprint():
                return render(request, "notices/no_blueprint.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
        return None


def _takes_words(response: HttpResponse) -> bool:
    """Whether a response is a fragment of HTML to which what was said can be added."""
    return (
        not response.streaming
        and response.status_code in (HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY)
        and response.headers.get("Content-Type", "").startswith("text/html")
        and not response.has_header("HX-Reswap")
    )


def _beside(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    """A notice that floats over the page and swaps nothing, so that what was typed stays where it is."""
    response = render(request, template, context, status=status)
    response.headers["HX-Retarget"] = "#said"
    response.headers["HX-Reswap"] = "beforeend"
    return response


def refuse(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """422: what is wrong and the mend. On a plain request the page shows what was typed, ready to be sent again."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if is_fragment(request):
        return _beside(request, "notices/refused.html", {"refusal": refusal}, status)
    typed = [
        {"name": name, "label": wording.sentence(name), "value": value, "wrong": name == refusal.field}
        for name, values in request.POST.lists()
        for value in values
        if name not in UNSHOWN and "password" not in name
    ]
    context = {"refusal": refusal, "typed": typed, "back": way_back(request)}
    return render(request, "422.html", context, status=status)


def forbid(request: HttpRequest, refusal: Forbidden) -> HttpResponse:
    """403 with the rule and who may; 404 where one may not even learn that the subject exists."""
    if refusal.hidden:
        if is_fragment(request):
            return _beside(request, "notices/gone.html", {}, HTTPStatus.NOT_FOUND)
        return render(request, "404.html", status=HTTPStatus.NOT_FOUND)
    context = {"refusal": refusal, "who": wording.listed(refusal.who_may, "or"), "back": way_back(request)}
    if is_fragment(request):
        return _beside(request, "notices/forbidden.html", context, HTTPStatus.FORBIDDEN)
    return render(request, "403.html", context, status=HTTPStatus.FORBIDDEN)


def wait(request: HttpRequest, waiting: Awaiting) -> HttpResponse:
    """The act is kept until somebody was asked: say whom, and go back to the page."""
    words = f"Asked {wording.listed(waiting.roles)}. It is done once they agree."
    if is_fragment(request):
        return _beside(request, "notices/waiting.html", {"words": words}, HTTPStatus.ACCEPTED)
    messages.info(request, words)
    return HttpResponseRedirect(way_back(request), status=HTTPStatus.SEE_OTHER)
