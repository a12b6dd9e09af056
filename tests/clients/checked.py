"""The unchanged generic-camunda-client, looked over its shoulder: which operation each call is,
and whether what came back is of the type that it promises."""

import datetime
import json
import re

import generic_camunda_client as camunda
from generic_camunda_client.rest import ApiException

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$")
# What Camunda leaves out, where it is not asked for or this client's document errs.
LACKING = {
    "AuthenticationResult.isAuthenticated", "AuthorizationCheckResultDto.isAuthorized",
    "HistoricDecisionInstanceDto.ouputs", "FilterDto.itemCount",
    "ProcessInstanceWithVariablesDto.variables",
    "HistoricDetailDto.fieldId", "HistoricDetailDto.fieldValue",
}
# One type stands for two reports, each of which has a half of it.
LACKING |= {"HistoricTaskInstanceReportResultDto." + field for field in (
    "taskName", "count", "processDefinitionKey", "processDefinitionId", "processDefinitionName", "tenantId",
    "period", "periodUnit", "minimum", "maximum", "average")}
PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float), "datetime": str}


def fits(raw, promised, at):
    """What came is of the promised type, down to the last field; whatever may be null."""
    if raw is None or promised == "object":
        return
    if promised.startswith("list["):
        assert isinstance(raw, list), f"{at}: {raw!r} is no list"
        for one in raw:
            fits(one, promised[5:-1], at)
    elif promised.startswith("dict("):
        assert isinstance(raw, dict), f"{at}: {raw!r} is no object"
        for name, one in raw.items():
            fits(one, promised[5:-1].split(", ", 1)[1], f"{at}.{name}")
    elif promised in PLAIN:
        number = isinstance(raw, bool) and promised != "bool"
        assert isinstance(raw, PLAIN[promised]) and not number, f"{at}: {raw!r} is no {promised}"
        assert promised != "datetime" or DATE.match(raw), f"{at}: {raw!r} is no date of Camunda"
    else:
        model = getattr(camunda, promised)
        assert isinstance(raw, dict), f"{at}: {raw!r} is no {promised}"
        for name, kind in model.openapi_types.items():
            field = model.attribute_map[name]
            assert field in raw or f"{promised}.{field}" in LACKING, f"{at}: {promised} without {field}"
            fits(raw.get(field), kind, f"{at}.{name}")


class Client(camunda.ApiClient):
    """One user's client, that notes in `called` what it calls."""

    def __init__(self, base, user, password, called):
        configuration = camunda.Configuration(host=base, username=user, password=password)
        super().__init__(configuration)
        # The document that it is generated from knows no login.
        self.default_headers["Authorization"] = configuration.get_basic_auth_token()
        self.called = called
        self.at = None

    def call_api(self, path, method, *given, **named):
        self.at = (method, path)
        self.called.add(self.at)
        found = super().call_api(path, method, *given, **named)
        if named.get("response_type") is None:
            left = self.last_response
            assert left.status == 204 and not left.data, f"{self.at}: {left.status} {left.data}"
        return found

    def deserialize(self, response, promised):
        if promised not in ("file", "object"):
            try:
                raw = json.loads(response.data)
            except ValueError:
                raw = response.data
            fits(raw, promised, " ".join(self.at))
        return super().deserialize(response, promised)


def methods(client):
    """What a client can do, by the letters of the operation's id."""
    found = {}
    for name in dir(camunda):
        if name.endswith("Api"):
            api = getattr(camunda, name)(client)
            for method in dir(api):
                if not method.startswith("_") and not method.endswith("_with_http_info"):
                    found[method.replace("_", "").lower()] = getattr(api, method)
    return found
