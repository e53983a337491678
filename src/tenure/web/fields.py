"""What every form of a page has in common: a field that was left empty says which it is and how to mend it."""

from __future__ import annotations

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.forms.utils import ErrorList

# What Django says of any empty field. A form that says something of its own keeps its words.
EMPTY = forms.Field.default_error_messages["required"]
MENDS: tuple[tuple[type[forms.Field] | tuple[type[forms.Field], ...], str], ...] = (
    (forms.FileField, "choose a file"),
    (forms.BooleanField, "tick it to go on"),
    (forms.MultipleChoiceField, "choose at least one"),
    (forms.ModelMultipleChoiceField, "choose at least one"),
    ((forms.ChoiceField, forms.ModelChoiceField), "choose one"),
    ((forms.DateField, forms.DateTimeField), "say the day"),
    (forms.TimeField, "say the time"),
    (forms.IntegerField, "write a number"),
)


class ToldField(BoundField):
    """A field on a page, whose errors are told in its own name."""

    @property
    def errors(self) -> ErrorList:
        found = super().errors
        told = [missing(self) if words == EMPTY else str(words) for words in found]
        return self.form.error_class(told, error_class=found.error_class, renderer=self.form.renderer)


class Renderer(DjangoTemplates):
    """How forms are drawn: by Django's templates, with fields that tell their errors."""

    bound_field_class = ToldField


def missing(field: BoundField) -> str:
    """That a field was left empty, and how to mend it: ``“Why” is missing: write it.``"""
    mend = next((words for kinds, words in MENDS if isinstance(field.field, kinds)), "write it")
    return f"“{field.label}” is missing: {mend}."
