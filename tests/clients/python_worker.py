"""The unchanged camunda-external-task-client-python3 as a worker: what to do with a task is
said by its variable `do`. Ends when as many tasks as asked for were handled."""

import json
import os
import sys
import threading

from camunda.client.engine_client import EngineClient
from camunda.external_task.external_task_worker import ExternalTaskWorker

base, user, password, wanted = sys.argv[1:5]
login = {"auth_basic": {"username": user, "password": password}}
handled = []
enough = threading.Event()


def handle(task):
    do = task.get_variable("do")
    handled.append(do)
    if len(handled) >= int(wanted):
        threading.Timer(1.0, enough.set).start()
    if do == "fail":
        return task.failure("it failed", "line 1\nline 2", max_retries=2, retry_timeout=0)
    if do == "error":
        return task.bpmn_error("bad", "really bad", {"why": "python"})
    assert task.get_extension_properties() == {"p": "q"}, task.get_extension_properties()
    assert task.get_topic_name() == "t" and task.get_business_key(), str(task)
    assert task.get_variable("doc", True)["type"] == "Json", task.get_variable("doc", True)
    return task.complete(
        {
            "text": "ü", "number": 5, "long": 5_000_000_000, "double": 1.5, "flag": True,
            "nothing": None, "list": [1, "a"], "map": {"a": {"b": 1}},
            "typed": {"value": "7", "type": "Long"},
            "file": {"value": "aGk=", "type": "File",
                     "valueInfo": {"filename": "a.txt", "mimetype": "text/plain"}},
        },
        {"own": "local"},
    )


worker = ExternalTaskWorker(
    worker_id="python", base_url=base,
    config={**login, "maxTasks": 1, "lockDuration": 10000, "asyncResponseTimeout": 5000,
            "retries": 2, "retryTimeout": 0, "sleepSeconds": 1},
)
threading.Thread(target=worker.subscribe, args=("t", handle), daemon=True).start()
assert enough.wait(120), handled

# A wrong password is an error and not silence.
wrong = {"auth_basic": {"username": user, "password": "wrong password"}}
try:
    ExternalTaskWorker(worker_id="x", base_url=base, config=wrong).fetch_and_execute("t", handle)
    raise SystemExit("a wrong password was taken")
except Exception as error:
    assert "401" in str(error) or "say who you are" in str(error), error

client = EngineClient(base, {"auth_basic": {"username": "mara", "password": password}})
file = {"value": "aGk=", "type": "File", "valueInfo": {"filename": "in.txt"}}
doc = {"value": "{}", "type": "Json"}
started = client.start_process(
    "work", {"do": "later", "prio": -1, "doc": doc, "file": file}, business_key="python")
assert started["definitionKey"] == "work" and started["businessKey"] == "python", started
content = client.get_process_instance_variable(started["id"], "file")
assert content == "aGk=\n", content
print(json.dumps(handled))
sys.stdout.flush()
os._exit(0)
