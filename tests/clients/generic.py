"""The unchanged generic-camunda-client calls the operations that the server says it serves and
finds the types that it promises. What it cannot be given a sample for is listed."""

import json
import re
import sys
import urllib.request

import generic_camunda_client as camunda
from generic_camunda_client.rest import ApiException

base, user, password, context = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
served = json.load(urllib.request.urlopen(base + "/openapi.json"))
configuration = camunda.Configuration(host=base, username=user, password=password)
configuration.client_side_validation = False
api_client = camunda.ApiClient(configuration)
import base64
api_client.default_headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
methods = {}
for name in dir(camunda):
    if name.endswith("Api"):
        api = getattr(camunda, name)(api_client)
        for method in dir(api):
            if not method.startswith("_") and not method.endswith("_with_http_info"):
                methods[method.replace("_", "").lower()] = getattr(api, method)

called, refused, unknown = [], [], []
for path, operations in served["paths"].items():
    for verb, operation in operations.items():
        tag, ident = operation["tags"][0], operation["operationId"]
        if tag == "crewdesk" or verb not in ("get", "post"):
            continue
        method = methods.get(ident.lower())
        if method is None:
            unknown.append(ident)
            continue
        # Reading only: what changes something has tests of its own.
        body = re.search(r"Count$|^query", ident) is not None
        if verb == "post" and not body:
            continue
        arguments = {}
        for parameter in operation["parameters"]:
            found = context.get(f"{tag}/{parameter['name']}", context.get(parameter["name"]))
            arguments[re.sub(r"(?<!^)(?=[A-Z])", "_", parameter["name"]).replace("-", "_").lower()] = found
        if None in arguments.values():
            unknown.append(f"{ident} (no sample for {operation['parameters']})")
            continue
        try:
            result = method(**arguments)
        except TypeError as error:
            # Camunda's document asks for parameters that ours leaves open.
            unknown.append(f"{ident} ({error})")
            continue
        except ApiException as error:
            told = json.loads(error.body)
            assert told["type"] and told["message"], error.body
            refused.append(f"{ident}: {error.status} {told['message']}")
            continue
        called.append(f"{ident}: {type(result).__name__}")
        if isinstance(result, list) and result:
            called[-1] += f" of {type(result[0]).__name__}"
print(json.dumps({"called": called, "refused": refused, "unknown": unknown}))
