"""Nothing loads from elsewhere and nothing runs inline; no page is kept for others to read."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import tenure.web
from tenure.web.middleware import policy
from tests.cast import Cast

TEMPLATES = sorted((Path(tenure.web.__file__).parent / "templates").rglob("*.html"))
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE)


@pytest.mark.django_db
def test_every_answer_carries_the_policy(client: Client, cast: Cast) -> None:
    client.force_login(cast.alice)
    for path, status in (("/more/", 200), ("/sign-in/", 302), ("/nothing/", 404)):
        answer = client.get(path)
        assert answer.status_code == status
        assert answer["Content-Security-Policy"] == (
            "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
            "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        )
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "private" in answer["Cache-Control"]
        assert "HX-Request" in answer["Vary"]


def test_single_sign_on_may_take_a_form(settings: Any) -> None:
    app = {"settings": {"server_url": "https://id.example/realms/r7"}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    assert policy().endswith("form-action 'self' https://id.example")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_template_needs_more_than_the_policy_gives(template: Path) -> None:
    assert INLINE.findall(template.read_text()) == []


def test_the_script_builds_no_code_from_text() -> None:
    script = (TEMPLATES[0].parents[1] / "static" / "tenure.js").read_text()
    for forbidden in ("eval(", "new Function", "innerHTML", "insertAdjacentHTML", "document.write", "localStorage"):
        assert forbidden not in script.replace('swap: "innerHTML"', "")
