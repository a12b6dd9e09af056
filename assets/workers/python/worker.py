"""The smallest worker: fetches tasks of the topic `greet`, completes them. See README.md."""

import os

from camunda.external_task.external_task import ExternalTask, TaskResult
from camunda.external_task.external_task_worker import ExternalTaskWorker


def greet(task: ExternalTask) -> TaskResult:
    name = task.get_variable("name")
    if not name:  # goes the way of the model's error event, if it has one
        return task.bpmn_error("NO_NAME", "nobody to greet")
    return task.complete({"greeting": f"Hello, {name}"})


ExternalTaskWorker(
    worker_id=f"greeter-{os.getpid()}",
    base_url=os.environ.get("CREWDESK_URL", "http://127.0.0.1:8080/engine-rest"),
    config={
        "auth_basic": {
            "username": os.environ["CREWDESK_USER"],
            "password": os.environ["CREWDESK_PASSWORD"],
        },
        "lockDuration": 60_000,
        "asyncResponseTimeout": 20_000,
        "sleepSeconds": 5,
    },
).subscribe("greet", greet, variables=["name"])
