"""A submission against everything that is asked of it: FHIR's structure, the platform's rules, its references.

All that is wrong is told at once. What comes back is what is kept: references as `Type/id`, moments in UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sehatmu.inbox.store import find
from sehatmu.lookup.read import current_id
from sehatmu.service.desk import Call
from sehatmu.service.issues import Issue
from sehatmu.service.moments import to_utc
from sehatmu.service.outcome import Refused
from sehatmu.service.references import check_references, resolve_references
from sehatmu.service.rules import Setting, check_rules
from sehatmu.service.structure import check_structure

_WRONG_TYPE = 20006


def validate(
    call: Call, told: Mapping[str, Any], *, given: Mapping[str, str] | None = None, beside: Collection[str] = ()
) -> tuple[dict[str, Any], list[Issue]]:
    """The resource as it is kept, and what is wrong with it.

    `given`: what stands for a reference (`urn:uuid:...`) within a transaction; `beside`: the `Type/id` that it makes.
    """
    inbox, issues = call.desk.inbox, list[Issue]()
    resource = to_utc(
        resolve_references(told, call.base, given or {}),
        told["resourceType"],
        strict=inbox.rulebook.strict_utc,
        issues=issues,
    )
    setting = Setting(call.client.organization, call.desk.now(), lambda id_: _is_own(call, id_, beside))
    issues = [*check_rules(resource, inbox.rulebook, setting), *issues]
    named = {issue.expression for issue in issues}
    structure = [issue for issue in check_structure(resource) if issue.expression not in named]
    if not structure:
        issues += check_references(
            resource,
            lookup=call.build.lookup,
            inbox=inbox.reader,
            organization=call.client.organization,
            beside=beside,
        )
    return resource, list(dict.fromkeys([*issues, *structure]))


def typed(told: Any, kind: str) -> dict[str, Any]:
    """The body as a resource of this type; Refused (400) where it is none."""
    if not isinstance(told, dict) or told.get("resourceType") != kind:
        text = f"The body has to be a resource of the type {kind} (RuleNumber: {_WRONG_TYPE})"
        raise Refused(400, text, code="structure")
    return told


def refusal(issues: list[Issue], status: int = 400) -> Refused:
    """The refusal of a submission with these issues."""
    return Refused(status, issues[0].told, code=issues[0].code, issues=[issue.as_fhir() for issue in issues])


def _is_own(call: Call, organization: str, beside: Collection[str]) -> bool:
    mine, lookup = call.client.organization, call.build.lookup
    if organization == mine or f"Organization/{organization}" in beside:
        return True
    if current_id(lookup, "msi", organization) == current_id(lookup, "msi", mine):
        return True
    unit = find(call.desk.inbox.reader, "Organization", organization)
    return unit is not None and unit.organization == mine
