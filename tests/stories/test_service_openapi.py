"""The OpenAPI document is true: schemathesis finds no crash, no undocumented status, no reply of another shape.

A short run (few examples per operation, the same ones every time); `schemathesis run http://.../openapi.json` goes on.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sehatmu.service.app import OPERATIONS, make_app, openapi_document
from sehatmu.service.desk import Limits, open_desk
from sehatmu.service.tokens import Tokens
from sehatmu.settings import load_settings
from tests.publishing import new_home
from tests.serving import CLIENT, ORGANIZATION, SECRET, patient, publish, sandbox_patient

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> object:
    """The schema of a service over a small home, with a token in every call."""
    from sehatmu.service.clients import add_client

    home = new_home(tmp_path_factory.mktemp("openapi"))
    publish(home, [sandbox_patient(), patient(1)])
    add_client(home, client_id=CLIENT, organization=ORGANIZATION, secret=SECRET, now=0)
    desk = open_desk(load_settings(home.root), limits=Limits(1e6, 1e6))
    app = make_app(desk)
    bearer = Tokens(desk.key).issue(CLIENT, desk.milliseconds())
    app.state.bearer = {"Authorization": f"Bearer {bearer}"}
    return schemathesis.openapi.from_asgi("/openapi.json", app)


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(
    max_examples=6, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_no_crash_and_no_undocumented_reply(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=CHECKS, headers=case.operation.schema.app.state.bearer)


def test_the_document_names_every_route_and_parameter() -> None:
    document = openapi_document()
    assert {(path, method) for path, ops in document["paths"].items() for method in ops} == {
        (operation.path, operation.method.lower()) for operation in OPERATIONS
    }
    ids = [op["operationId"] for ops in document["paths"].values() for op in ops.values()]
    assert len(ids) == len(set(ids)) == len(OPERATIONS)
    search = document["paths"]["/fhir-r4/v1/Patient"]["get"]
    assert {p["name"] for p in search["parameters"]} == {"identifier", "name", "birthdate", "gender", "nik"}
    assert search["security"] == [{"token": []}]
