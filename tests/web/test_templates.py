"""Every template compiles, and every component prints what it is given without trusting it."""

from pathlib import Path

import pytest
from django.template import Context, Template
from django.template.loader import get_template

import tenure.web

FOLDER = Path(tenure.web.__file__).parent / "templates"
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.*") if path.suffix in (".html", ".txt"))
EVIL = '"><script>alert(1)</script>'


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(name: str) -> None:
    get_template(name)


def render(source: str, **context: object) -> str:
    """A template of components, as a page would write it."""
    from django.template import engines
    from django_cotton.compiler_regex import CottonCompiler

    compiled: Template = engines["django"].engine.from_string(CottonCompiler().process(source))  # type: ignore[attr-defined]
    return compiled.render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        '<c-section id="a" title="{{ evil }}" count="{{ evil }}" end="{{ evil }}" href="{{ evil }}"></c-section>',
        '<c-row lead="{{ evil }}" title="{{ evil }}" why="{{ evil }}" href="{{ evil }}">{{ evil }}</c-row>',
        '<c-row :title="evil" :why="evil" />',
        '<c-tag state="met">{{ evil }}</c-tag>',
        '<c-tag state="{{ evil }}">x</c-tag>',
        '<c-score :value="evil" band="{{ evil }}" :word="evil" />',
        '<c-face :name="evil" />',
        '<c-notice kind="error" :title="evil">{{ evil }}</c-notice>',
        '<c-empty title="{{ evil }}">{{ evil }}</c-empty>',
        '<c-button href="{{ evil }}" label="{{ evil }}" :key="evil">{{ evil }}</c-button>',
        '<c-head title="{{ evil }}" :lead="evil" />',
        '<c-figure label="{{ evil }}" :value="evil" note="{{ evil }}" />',
        '<c-fact :title="evil" why="{{ evil }}" />',
        '<c-chart :title="evil" note="{{ evil }}" />',
        '<c-pop :words="evil" title="{{ evil }}" label="{{ evil }}" />',
        '<c-progress :words="evil" :share="evil" />',
        '<c-rating name="{{ evil }}" :label="evil" :hint="evil" />',
        '{% verdict "missed" evil %}{% icon evil %}{% band evil %}',
        "{% draw_used 10 label=evil %}{% draw_spark values label=evil %}{% draw_agenda items label=evil %}",
    ],
)
def test_it_escapes_what_it_is_given(source: str) -> None:
    page = render(source, evil=EVIL, values=[1, None, 3], items=[(EVIL, 5)])
    assert "<script" not in page


def test_a_component_sees_nothing_of_the_page_around_it() -> None:
    page = render('<c-score band="green" word="Green" />', value="9.9")
    assert "9.9" not in page


def test_an_unknown_score_shows_no_number_and_is_never_green() -> None:
    page = render('<c-score word="Unknown" />')
    assert 'data-band="unknown"' in page and "<b>" not in page and "green" not in page
