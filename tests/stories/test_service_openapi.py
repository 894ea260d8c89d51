"""The OpenAPI document is true: schemathesis finds no crash, no undocumented status, no reply of another shape.

A short run (few examples per operation, the same ones every time); `schemathesis run http://.../openapi.json` goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hypothesis.strategies
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sehatmu.service.app import OPERATIONS, make_app, openapi_document
from sehatmu.service.clients import add_client
from sehatmu.service.desk import Limits, open_desk
from sehatmu.service.operation import Operation
from sehatmu.service.tokens import Tokens
from sehatmu.service.writes import CLINICAL
from sehatmu.settings import load_settings
from tests.publishing import new_home
from tests.serving import CLIENT, ORGANIZATION, SECRET, patient, publish, sandbox_patient

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass(frozen=True)
class Api:
    """A schema as schemathesis loaded it, and the headers of a client that was let in."""

    schema: Any
    headers: dict[str, str]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Api:
    """The document of a service over a small home, read as a stranger reads it, and a token."""
    home = new_home(tmp_path_factory.mktemp("openapi"))
    publish(home, [sandbox_patient(), patient(1)])
    add_client(home, client_id=CLIENT, organization=ORGANIZATION, secret=SECRET, now=0)
    desk = open_desk(load_settings(home.root), limits=Limits(1e6, 1e6))
    app = make_app(desk)
    bearer = Tokens(desk.key).issue(CLIENT, desk.milliseconds())
    return Api(schemathesis.openapi.from_asgi("/openapi.json", app), {"Authorization": f"Bearer {bearer}"})


#: The seven clinical types have the same handlers: one of them stands for all.
ASKED = [operation for operation in OPERATIONS if operation.tag not in CLINICAL[1:]]


@pytest.mark.parametrize("operation", ASKED, ids=lambda op: f"{op.method} {op.path}")
def test_no_crash_and_no_undocumented_reply(api: Api, operation: Operation) -> None:
    known = api.schema[operation.path][operation.method]

    @settings(
        max_examples=8, derandomize=True, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=hypothesis.strategies.one_of(known.as_strategy(mode) for mode in GenerationMode))
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS, headers=api.headers)

    ask()


def test_the_document_names_every_route_and_parameter() -> None:
    document = openapi_document()
    assert {(path, method) for path, ops in document["paths"].items() for method in ops} == {
        (operation.path, operation.method.lower()) for operation in OPERATIONS
    }
    ids = [op["operationId"] for ops in document["paths"].values() for op in ops.values()]
    assert len(ids) == len(set(ids)) == len(OPERATIONS)
    search = document["paths"]["/fhir-r4/v1/Patient"]["get"]
    assert {p["name"] for p in search["parameters"]} == {"identifier", "name", "birthdate", "gender", "nik", "_id"}
    assert search["security"] == [{"token": []}]
