"""FHIR R4's own structure: elements, types and formats, by the models of fhir.resources, as issues in our words.

The library's messages may quote what was sent; only their kind and the element are told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import BaseModel, ValidationError

from sehatmu.service.issues import Issue

_BAD_FHIR, _MISSING = 20006, 20008
_TOLD = {
    "missing": "Element not found",
    "extra_forbidden": "Element is not one of FHIR R4",
    "string_type": "A text is expected",
    "bool_type": "true or false is expected",
    "bool_parsing": "true or false is expected",
    "list_type": "A list is expected",
    "too_short": "The list or text is empty",
    "string_pattern_mismatch": "The value has not the form of its type",
    "int_parsing": "A whole number is expected",
    "int_type": "A whole number is expected",
    "decimal_parsing": "A number is expected",
    "decimal_type": "A number is expected",
}


def check_structure(resource: Mapping[str, Any]) -> list[Issue]:
    """What FHIR R4 does not allow in a resource of a known type; all of it at once."""
    kind = resource["resourceType"]
    found = [Issue(f"A value is empty: {path}", path, _BAD_FHIR, "structure") for path in _empty_values(resource, kind)]
    try:
        _model(kind).model_validate(resource)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False, include_context=False)
        found += [_issue(kind, one["type"], one["loc"]) for one in told]
    except (ValueError, TypeError, OverflowError, RecursionError):  # what the models themselves stumble over
        found.append(Issue("The resource cannot be read as FHIR R4", kind, _BAD_FHIR, "structure"))
    return list(dict.fromkeys(found))


@cache
def _model(kind: str) -> type[BaseModel]:
    module = import_module(f"fhir.resources.R4B.{kind.lower()}")
    model: type[BaseModel] = getattr(module, kind)
    return model


def load_models(kinds: tuple[str, ...]) -> None:
    """Load the models of these types now, which takes a while, and not with the first submission."""
    for kind in kinds:
        _model(kind)


def _issue(kind: str, what: str, where: tuple[int | str, ...]) -> Issue:
    path = kind + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    form = what.rpartition(".")[2]
    if form == "missing":
        return Issue(f"Element not found: {path}", path, _MISSING)
    text = _TOLD.get(form, "The value is not one that FHIR R4 allows here")
    return Issue(f"{text}: {path}", path, _BAD_FHIR, "structure")


def _empty_values(value: Any, path: str) -> Iterator[str]:
    """Elements that are null, or an empty object or text: FHIR has none of these. (Empty lists, which it has not
    either, are written by clients that work with the platform.)"""
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner is None or inner in ("", {}):
                yield f"{path}.{name}"
            elif type(inner) in (dict, list):
                yield from _empty_values(inner, f"{path}.{name}")
    elif not path.rpartition(".")[2].startswith("_"):  # a list of `_element` has nulls where there is no extension
        for place, inner in enumerate(value):
            if inner is None or inner in ("", {}):
                yield f"{path}[{place}]"
            elif type(inner) in (dict, list):
                yield from _empty_values(inner, f"{path}[{place}]")
