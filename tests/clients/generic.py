"""The unchanged generic-camunda-client calls every operation that the server says it serves, on
a story of its own, and finds the promised types (`checked.py` looks). Ends with a fault when an
operation was not called, or with what was called, as JSON. `program` does the desk's work in the
background, where the script says so."""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

import generic_camunda_client as dto
from checked import ApiException, Client, methods

base, password, folder, program = sys.argv[1:5]
served = {}
for path, operations in json.load(urllib.request.urlopen(base + "/openapi.json"))["paths"].items():
    for verb, operation in operations.items():
        if operation["tags"] != ["crewdesk"]:
            served[operation["operationId"]] = (verb.upper(), path, operation["x-roles"])

called = set()
mara, w1 = (Client(base, user, password, called) for user in ("mara", "w1"))
head, worker = methods(mara), methods(w1)

# Operations that Camunda got after the document that this client is generated from (7.18): they
# are called by their paths, with the same client. Their answer's type is named here.
YOUNGER = {
    "getTaskCountByCandidateGroup": "list[object]",
    "deleteTaskComments": None,
    "updateTaskComment": None,
    "deleteTaskComment": None,
    "updateProcessInstanceComment": None,
    "deleteProcessInstanceComment": None,
    "deleteProcessInstanceComments": None,
    "deleteJob": None,
}
# What this client's document gets wrong: it takes an object for a map of objects.
ERRS = {"getTelemetryData": "object"}
# What a desk has none of: tenants, authorizations beside the roles, a time to live of batches.
NONE = ("/tenant", "/authorization", "/history/batch/cleanable-batch-report")


def do(operation, **arguments):
    """Calls an operation as whom the table lets in."""
    verb, path, roles = served[operation]
    able, client = (worker, w1) if roles == "worker" else (head, mara)
    if operation in YOUNGER or operation in ERRS:
        assert operation in ERRS or operation.lower() not in able, f"{operation}: the client has it by now"
        body = arguments.pop("body", None)
        return client.call_api(
            path, verb, arguments, [], {"Accept": "application/json", "Content-Type": "application/json"},
            body=body, response_type=(YOUNGER | ERRS)[operation], auth_settings=[], _return_http_data_only=True)
    return able[operation.lower()](**arguments)


def refused(operation, status, kind, **arguments):
    """Calls what has to be refused, in Camunda's words."""
    try:
        do(operation, **arguments)
    except ApiException as error:
        told = json.loads(error.body)
        assert (error.status, told["type"]) == (status, kind) and told["message"], (operation, error.body)
        return
    raise AssertionError(f"{operation} was not refused")


def gone(operation, **arguments):
    refused(operation, 404, "InvalidRequestException", **arguments)


def batch(operation, kind, **arguments):
    """Has a batch made, of as many items as its body names; its id."""
    made = do(operation, **arguments)
    assert (made.type, made.create_user_id, made.suspended) == (kind, "mara", False), made
    assert made.total_jobs == made.jobs_created > 0 and made.start_time, made
    return made.id


def work_off():
    """A worker does what waits, and ends."""
    subprocess.run([program, "worker", "run", "--until-idle"], check=True, stdout=subprocess.DEVNULL)


def content(path):
    """What a file has that the client has put down."""
    with open(path, "rb") as file:
        return file.read()


def value(value, kind=None, **info):
    return dto.VariableValueDto(value=value, type=kind, value_info=info or None)


def only(found):
    assert len(found) == 1, found
    return found[0]


def file(name, text):
    path = os.path.join(folder, name)
    with open(path, "wb") as to:
        to.write(text)
    return path


tempfile.tempdir = folder
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tour")
files = [os.path.join(here, name) for name in ("tour.bpmn", "tour.dmn", "tour.form")]

# The server itself.
assert do("getProcessEngineNames")[0].name == "default"
assert do("getRestAPIVersion").version.startswith("7.")
assert do("getTelemetryConfiguration").enable_telemetry is False
do("configureTelemetry", telemetry_configuration_dto=dto.TelemetryConfigurationDto(enable_telemetry=False))

told = do("getTelemetryData")["product"]
assert (told["name"], told["internals"]["database"]["vendor"], told["internals"]["license-key"]) == ("crewdesk", "sqlite", None), told
step = only(do("getSchemaLog", sort_by="timestamp", sort_order="desc"))
assert step.version == told["version"] and step.timestamp, step
assert do("querySchemaLog", schema_log_query_dto=dto.SchemaLogQueryDto(version="none")) == []

# People.
do("createUser", user_dto=dto.UserDto(profile=dto.UserProfileDto(id="tina", first_name="Tina", last_name="T", email="t@example.org"),
                                      credentials=dto.UserCredentialsDto(password=password)))
do("updateProfile", id="tina", user_profile_dto=dto.UserProfileDto(id="tina", first_name="Tina", last_name="Two", email="t@example.org"))
assert do("getUserProfile", id="tina").last_name == "Two"
do("updateCredentials", id="tina", user_credentials_dto=dto.UserCredentialsDto(password=password + "!", authenticated_user_password=password))
do("unlockUser", id="tina")
do("createGroup", group_dto=dto.GroupDto(id="guests", name="Guests", type="TEAM"))
do("updateGroup", id="guests", group_dto=dto.GroupDto(id="guests", name="The guests", type="TEAM"))
do("createGroupMember", id="guests", user_id="tina")
assert do("getGroup", id="guests").name == "The guests"
assert do("getGroupInfo", user_id="tina").groups[0].id == "guests"
assert do("verifyUser", basic_user_credentials_dto=dto.BasicUserCredentialsDto(username="tina", password=password + "!")).authenticated_user == "tina"
assert do("getPasswordPolicy").rules[0].placeholder == "PASSWORD_POLICY_LENGTH"
assert do("checkPassword", password_policy_request_dto=dto.PasswordPolicyRequestDto(password=password)).rules[0].parameter["minLength"]
assert do("isUserAuthorized", permission_name="READ", resource_name="process definition", resource_type=6).permission_name == "READ"
for options, of in {"availableOperationsAuthorization": {}, "availableGroupOperations": {}, "availableOperations": {},
                    "availableGroupInstanceOperations": {"id": "guests"}, "availableGroupMembersOperations": {"id": "guests"},
                    "availableUserOperations": {"id": "tina"}, "availableTenantResourceOperations": {},
                    "availableTenantInstanceOperations": {"id": "none"}, "availableOperationsAuthorizationInstance": {"id": "none"},
                    "filterResourceOptions": {}}.items():
    assert do(options, **of)["links"], options

# Deployments, definitions. One form part has a name of its own in Camunda; this client names all
# of its files alike, which this desk takes.
made = do("createDeployment", deployment_name="tour", deployment_source="test", data=files)
tour, paper, line = (only([id for id in made.deployed_process_definitions if id.startswith(key + ":")]) for key in ("tour", "paper", "line"))
again = do("createDeployment", deployment_name="tour", enable_duplicate_filtering=True, deploy_changed_only=True, data=files)
assert again.deployed_process_definitions is None, "the same files make no new version"
assert do("getDeployment", id=made.id).name == "tour"
assert made.id in do("getRegisteredDeployments")
resources = {resource.name: resource.id for resource in do("getDeploymentResources", id=made.id)}
bpmn = {"id": made.id, "resource_id": resources["tour.bpmn"]}
assert do("getDeploymentResource", **bpmn).name == "tour.bpmn"
assert content(do("getDeploymentResourceData", **bpmn)) == content(files[0])
outer = only([id for id in made.deployed_process_definitions if id.startswith("outer:")])
called_once = only(do("getStaticCalledProcessDefinitions", id=outer))
assert (called_once.id, called_once.called_from_activity_ids, called_once.calling_process_definition_id) == (line, ["call"], outer)
for suffix, of, form in (("", {"id": tour}, {"id": paper}), ("ByKey", {"key": "tour"}, {"key": "paper"})):
    assert do("getProcessDefinition" + suffix, **of).version_tag == "v1"
    assert do("getProcessDefinitionBpmn20Xml" + suffix, **of).id == tour
    assert content(do("getProcessDefinitionDiagram" + suffix, **of)) == b"", "none was deployed"
    assert do("getStartForm" + suffix, **form).key == "camunda-forms:deployment:tour.form"
    assert do("getStartFormVariables" + suffix, **of) is not None
    assert b"What" in content(do("getRenderedStartForm" + suffix, **of))
    assert json.loads(content(do("getDeployedStartForm" + suffix, **form)))["id"] == "tour"
days = lambda days: dto.HistoryTimeToLiveDto(history_time_to_live=days)
do("updateHistoryTimeToLiveByProcessDefinitionId", id=paper, history_time_to_live_dto=days(30))
assert do("getProcessDefinition", id=paper).history_time_to_live == 30
do("updateHistoryTimeToLiveByProcessDefinitionKey", key="paper", history_time_to_live_dto=days(31))
assert do("getProcessDefinition", id=paper).history_time_to_live == 31
decision = do("getDecisionDefinitionByKey", key="verdict")
do("updateHistoryTimeToLiveByDecisionDefinitionId", id=decision.id, history_time_to_live_dto=days(30))
assert do("getDecisionDefinitionById", id=decision.id).history_time_to_live == 30
do("updateHistoryTimeToLiveByDecisionDefinitionKey", key="verdict", history_time_to_live_dto=days(31))
assert do("getDecisionDefinitionById", id=decision.id).history_time_to_live == 31
amount = dto.EvaluateDecisionDto(variables={"amount": value(7, "Integer")})
for suffix, of in (("ById", {"id": decision.id}), ("ByKey", {"key": "verdict"})):
    assert do("getDecisionDefinition" + suffix, **of).name == "Verdict"
    assert "look twice" in do("getDecisionDefinitionDmnXml" + suffix, **of).dmn_xml
    assert do("evaluateDecision" + suffix, evaluate_decision_dto=amount, **of)[0]["verdict"].value == "look twice"
assert content(do("getDecisionDefinitionDiagram", id=decision.id)) == b""
graph = do("getDecisionRequirementsDefinitionByKey", key="tours")
assert (graph.name, graph.version, graph.category, graph.resource, graph.deployment_id) == ("Tours", 1, "n", "tour.dmn", made.id), graph
assert (decision.decision_requirements_definition_id, decision.decision_requirements_definition_key) == (graph.id, "tours")
assert list(made.deployed_decision_requirements_definitions) == [graph.id]
assert do("getDecisionRequirementsDefinitionById", id=graph.id).key == "tours"
for suffix, of in (("ById", {"id": graph.id}), ("ByKey", {"key": "tours"})):
    assert "letter" in do("getDecisionRequirementsDefinitionDmnXml" + suffix, **of).dmn_xml
    assert content(do("getDecisionRequirementsDefinitionDiagram" + suffix, **of)) == b""
assert content(do("getDecisionDefinitionDiagramByKey", key="verdict")) == b""

# Instances, with a variable of each type.
variables = {
    "text": value("ü"), "flag": value(True, "Boolean"), "short": value(1, "Short"), "amount": value(7, "Integer"),
    "long": value(5_000_000_000, "Long"), "double": value(1.5, "Double"), "nothing": value(None, "Null"),
    "when": value("2030-01-02T03:04:05.678+0000", "Date"), "json": value("{\"a\": [1]}", "Json"), "xml": value("<a/>", "Xml"),
    "bytes": value("aGk=", "Bytes"), "doc": value("aGk=", "File", filename="in.txt", mimeType="text/plain"),
    "object": value("[1]", "Object", objectTypeName="java.util.List", serializationDataFormat="application/json"),
}
begin = lambda key: dto.StartProcessInstanceDto(business_key=key, variables=variables, with_variables_in_return=True)
first = do("startProcessInstance", id=tour, start_process_instance_dto=begin("a"))
assert first.variables["long"].value == 5_000_000_000 and first.business_key == "a"
second = do("startProcessInstanceByKey", key="tour", start_process_instance_dto=begin("b")).id
form = lambda key: dto.StartProcessInstanceFormDto(business_key=key, variables={"what": value("x")})
third = do("submitForm", id=tour, start_process_instance_form_dto=form("c")).id
fourth = do("submitFormByKey", key="tour", start_process_instance_form_dto=form("d")).id
first = first.id
assert do("getProcessInstance", id=first).business_key == "a"
assert do("getActivityInstanceTree", id=first).child_activity_instances[0].activity_id == "ask"
found = do("getProcessInstanceVariables", id=first)
for name, given in variables.items():
    kind, unseen = given.type or "String", ("doc", "bytes", "object", "json")
    assert found[name].type == kind, (name, found[name])
    assert name in unseen or found[name].value == given.value, (name, found[name])
assert json.loads(found["json"].value) == {"a": [1]}
assert found["doc"].value_info["filename"] == "in.txt"
of = {"id": first, "var_name": "text"}
do("setProcessInstanceVariable", variable_value_dto=value("new"), **of)
assert do("getProcessInstanceVariable", **of).value == "new"
do("modifyProcessInstanceVariables", id=first, patch_variables_dto=dto.PatchVariablesDto(modifications={"more": value(1, "Integer")}, deletions=["short"]))
do("deleteProcessInstanceVariable", id=first, var_name="more")
do("setProcessInstanceVariableBinary", id=first, var_name="doc", data=file("out.txt", b"\x00\xff"), value_type="File")
assert content(do("getProcessInstanceVariableBinary", id=first, var_name="doc")) == b"\x00\xff"

# Suspended and active again.
for suspended in (True, False):
    state = dto.ProcessDefinitionSuspensionStateDto(suspended=suspended, include_process_instances=True)
    do("updateProcessDefinitionSuspensionStateById", id=tour, process_definition_suspension_state_dto=state)
    assert do("getProcessInstance", id=first).suspended is suspended
    do("updateProcessDefinitionSuspensionStateByKey", key="tour", process_definition_suspension_state_dto=state)
    by_key = dto.ProcessDefinitionSuspensionStateDto(suspended=suspended, process_definition_key="tour")
    do("updateProcessDefinitionSuspensionState", process_definition_suspension_state_dto=by_key)
    assert do("getProcessDefinition", id=tour).suspended is suspended
    do("updateSuspensionStateById", id=first, suspension_state_dto=dto.SuspensionStateDto(suspended=suspended))
    do("updateSuspensionState", process_instance_suspension_state_dto=dto.ProcessInstanceSuspensionStateDto(suspended=suspended, process_instance_ids=[first, second]))

# Tasks.
ask, other, third_task, fourth_task = (only(do("getTasks", process_instance_id=id)).id for id in (first, second, third, fourth))
task = do("getTask", id=ask)
assert (task.name, task.task_definition_key, task.process_instance_id) == ("Ask", "ask", first)
who = lambda user: dto.UserIdDto(user_id=user)
do("claim", id=ask, user_id_dto=who("mara"))
refused("claim", 500, "TaskAlreadyClaimedException", id=ask, user_id_dto=who("tina"))
do("unclaim", id=ask)
do("setAssignee", id=ask, user_id_dto=who("tina"))
assert do("getTask", id=ask).assignee == "tina"
do("setAssignee", id=ask, user_id_dto=who("mara"))
do("delegateTask", id=ask, user_id_dto=who("tina"))
assert do("getTask", id=ask).delegation_state == "PENDING"
do("resolve", id=ask, complete_task_dto=dto.CompleteTaskDto(variables={"resolved": value(True, "Boolean")}))
do("updateTask", id=ask, task_dto=dto.TaskDto(name="Ask", assignee="mara", priority=70, due="2030-01-02T03:04:05.000+0000", description="soon"))
assert do("getTask", id=ask).priority == 70
link = dto.IdentityLinkDto(user_id="tina", type="candidate")
do("addIdentityLink", id=ask, identity_link_dto=link)
assert {link.type for link in do("getIdentityLinks", id=ask)} >= {"candidate", "assignee"}
do("deleteIdentityLink", id=ask, identity_link_dto=link)
said = do("createComment", id=ask, comment_dto=dto.CommentDto(message="first"))
assert do("getComment", id=ask, comment_id=said.id).message == "first"
do("updateTaskComment", id=ask, body={"id": said.id, "message": "changed"})
assert only(do("getComments", id=ask)).message == "changed"
do("deleteTaskComment", id=ask, commentId=said.id)
do("createComment", id=ask, comment_dto=dto.CommentDto(message="second"))
do("deleteTaskComments", id=ask)
do("createComment", id=ask, comment_dto=dto.CommentDto(message="third"))
said = only(do("getProcessInstanceComments", id=first))
assert said.message == "third"
do("updateProcessInstanceComment", id=first, body={"id": said.id, "message": "fourth"})
assert only(do("getProcessInstanceComments", id=first)).message == "fourth"
do("deleteProcessInstanceComment", id=first, commentId=said.id)
do("createComment", id=ask, comment_dto=dto.CommentDto(message="fifth"))
do("deleteProcessInstanceComments", id=first)
assert do("getProcessInstanceComments", id=first) == []
kept = do("addAttachment", id=ask, attachment_name="note", attachment_description="d", attachment_type="t", content=file("note.txt", b"noted"))
of = {"id": ask, "attachment_id": kept.id}
assert do("getAttachment", **of).name == "note"
assert only(do("getAttachments", id=ask)).id == kept.id
assert content(do("getAttachmentData", **of)) == b"noted"
do("deleteAttachment", **of)
of = {"id": ask, "var_name": "own"}
for one, all, binary in (("TaskLocalVariable", "TaskLocalVariables", "BinaryTaskLocalVariable"), ("TaskVariable", "TaskVariables", "BinaryTaskVariable")):
    do("put" + one, variable_value_dto=value(1, "Integer"), **of)
    assert do("get" + one, **of).value == 1
    do("modify" + all, id=ask, patch_variables_dto=dto.PatchVariablesDto(modifications={"own": value(2, "Integer")}))
    assert do("get" + all, id=ask)["own"].value == 2
    do("set" + binary, data=file("own.bin", b"\x01"), value_type="Bytes", **of)
    assert content(do("get" + one + "Binary", **of)) == b"\x01"
    do("delete" + one, **of)
assert do("getForm", id=ask).key is None
assert do("getFormVariables", id=ask)["reply"].value == "yes"
assert b"Reply" in content(do("getRenderedForm", id=ask))
do("startProcessInstanceByKey", key="paper", start_process_instance_dto=dto.StartProcessInstanceDto())
sign = only(do("getTasks", process_definition_key="paper")).id
assert do("getForm", id=sign).key == "camunda-forms:deployment:tour.form"
assert json.loads(content(do("getDeployedForm", id=sign)))["id"] == "tour"
do("createTask", task_dto=dto.TaskDto(id="alone", name="Alone", assignee="mara"))
do("deleteTask", id="alone")
counted = {entry["groupName"]: entry["taskCount"] for entry in do("getTaskCountByCandidateGroup")}
assert counted["guests"] == 4, counted

# Stored filters.
wanted = lambda name: dto.CreateFilterDto(resource_type="Task", name=name, owner="mara", query={"taskDefinitionKey": "sign"}, properties={"color": "#fff"})
stored = do("createFilter", create_filter_dto=wanted("mine")).id
do("updateFilter", id=stored, create_filter_dto=wanted("ours"))
assert do("getSingleFilter", id=stored).name == "ours"
assert do("filterResourceOptionsSingle", id=stored)["links"]
assert do("executeFilterCount", id=stored).count == do("postExecuteFilterCount", id=stored, body={}).count == 1
for run in ("executeFilterList", "executeFilterSingleResult"):
    for answer in (do(run, id=stored), do("postE" + run[1:], id=stored, body={"nameLike": "Si%"})):
        found = answer[0] if run.endswith("List") else answer
        assert found["id"] == sign, found
kept_filter = do("createFilter", create_filter_dto=wanted("kept")).id
do("deleteFilter", id=stored)

# The task goes on: to an escalation, an error, a decision, a worker.
do("handleEscalation", id=other, task_escalation_dto=dto.TaskEscalationDto(escalation_code="up", variables={"why": value("x")}))
do("handleBpmnError", id=fourth_task, task_bpmn_error_dto=dto.TaskBpmnErrorDto(error_code="bad", error_message="m"))
assert only(do("getTasks", process_instance_id=fourth)).task_definition_key == "look"
assert do("complete", id=ask, complete_task_dto=dto.CompleteTaskDto(with_variables_in_return=True))["amount"].value == 7
for task in (other, third_task):
    # (Without the variables Camunda answers 204, over which this client stumbles.)
    form = dto.CompleteTaskDto(variables={"reply": value("no"), "amount": value(3, "Integer")}, with_variables_in_return=True)
    assert do("submit", id=task, complete_task_dto=form)["reply"].value == "no"

# External tasks.
topic = dto.FetchExternalTaskTopicDto(topic_name="t", lock_duration=60_000, deserialize_values=False)
fetch = dto.FetchExternalTasksDto(worker_id="g", max_tasks=3, use_priority=True, async_response_timeout=1000, topics=[topic])
fetched = {task.process_instance_id: task for task in do("fetchAndLock", fetch_external_tasks_dto=fetch)}
work, failing, thrown = (fetched[id].id for id in (first, second, third))
assert fetched[first].variables["amount"].value == 7 and fetched[first].priority == 7
assert do("getExternalTask", id=work).worker_id == "g"
assert do("getTopicNames") == ["t"]
do("extendLock", id=work, extend_lock_on_external_task_dto=dto.ExtendLockOnExternalTaskDto(worker_id="g", new_duration=90_000))
do("unlock", id=work)
do("lock", id=work, lock_external_task_dto=dto.LockExternalTaskDto(worker_id="g", lock_duration=60_000))
do("setExternalTaskResourcePriority", id=work, priority_dto=dto.PriorityDto(priority=9))
do("setExternalTaskResourceRetries", id=work, retries_dto=dto.RetriesDto(retries=4))
do("setExternalTaskRetries", set_retries_for_external_tasks_dto=dto.SetRetriesForExternalTasksDto(retries=5, external_task_ids=[work]))
assert (do("getExternalTask", id=work).retries, do("getExternalTask", id=work).priority) == (5, 9)
do("handleFailure", id=failing, external_task_failure_dto=dto.ExternalTaskFailureDto(worker_id="g", error_message="no", error_details="line 1", retries=0, retry_timeout=0))
assert do("getExternalTaskErrorDetails", id=failing) == "line 1"
do("handleExternalTaskBpmnError", id=thrown, external_task_bpmn_error=dto.ExternalTaskBpmnError(worker_id="g", error_code="bad", variables={"why": value("g")}))
do("completeExternalTaskResource", id=work, complete_external_task_dto=dto.CompleteExternalTaskDto(worker_id="g", variables={"done": value(True)}, local_variables={"own": value(1)}))
assert only(do("getTasks", process_instance_id=first)).name == "Look"

# Incidents, jobs.
trouble = only(do("getIncidents", process_instance_id=second))
assert do("getIncident", id=trouble.id).incident_type == "failedExternalTask"
refused("resolveIncident", 400, "BadUserRequestException", id=trouble.id)
shaky = do("startProcessInstanceByKey", key="shaky", start_process_instance_dto=dto.StartProcessInstanceDto()).id
job = only(do("getJobs", process_instance_id=shaky)).id
do("setJobRetries", id=job, retries_dto=dto.RetriesDto(retries=1))
refused("executeJob", 404, "InvalidRequestException", id=job)
assert do("getJob", id=job).retries == 0
assert "path" in do("getStacktrace", id=job)
do("setJobDuedate", id=job, job_duedate_dto=dto.JobDuedateDto(duedate="2030-01-02T03:04:05.000+0000"))
assert do("getJob", id=job).due_date.year == 2030
do("setProcessInstanceVariable", id=shaky, var_name="path", variable_value_dto=value("left"))
refused("recalculateDuedate", 400, "BadUserRequestException", id=job)
do("executeJob", id=job)

# A job with its definition: how urgent, whether it rests, how often it is tried, and away with it.
shaky = do("startProcessInstanceByKey", key="shaky", start_process_instance_dto=dto.StartProcessInstanceDto()).id
job = only(do("getJobs", process_instance_id=shaky)).id
defined = only(do("getJobDefinitions", process_definition_key="shaky")).id
assert do("getJobDefinition", id=defined).activity_id == "choose" and do("getJob", id=job).job_definition_id == defined
do("setJobPriorityJobDefinition", id=defined, job_definition_priority_dto=dto.JobDefinitionPriorityDto(priority=5, include_jobs=True))
assert do("getJobDefinition", id=defined).overriding_job_priority == do("getJob", id=job).priority == 5
do("setJobPriority", id=job, priority_dto=dto.PriorityDto(priority=8))
assert do("getJob", id=job).priority == 8
do("updateJobSuspensionState", id=job, suspension_state_dto=dto.SuspensionStateDto(suspended=True))
assert do("getJob", id=job).suspended
do("updateSuspensionStateBy", job_suspension_state_dto=dto.JobSuspensionStateDto(process_instance_id=shaky, suspended=False))
assert not do("getJob", id=job).suspended
resting = dto.JobDefinitionSuspensionStateDto(suspended=True, include_jobs=True)
do("updateSuspensionStateJobDefinition", id=defined, job_definition_suspension_state_dto=resting)
assert do("getJobDefinition", id=defined).suspended and do("getJob", id=job).suspended
awake = dto.JobDefinitionsSuspensionStateDto(process_definition_key="shaky", suspended=False, include_jobs=True)
do("updateSuspensionStateJobDefinitions", job_definitions_suspension_state_dto=awake)
assert not do("getJobDefinition", id=defined).suspended and not do("getJob", id=job).suspended
do("setJobRetries", id=job, retries_dto=dto.RetriesDto(retries=0))
do("setJobRetriesJobDefinition", id=defined, retries_dto=dto.RetriesDto(retries=2))
assert do("getJob", id=job).retries == 2
do("deleteJob", id=job)
gone("getJob", id=job)
do("deleteProcessInstance", id=shaky)

# Executions, messages, signals, conditions.
moving = do("startProcessInstanceByKey", key="line", start_process_instance_dto=dto.StartProcessInstanceDto()).id
at = lambda activity: only(do("getExecutions", process_instance_id=moving, activity_id=activity)).id
hold = at("hold")
assert do("getExecution", id=hold).process_instance_id == moving
of = {"id": hold, "var_name": "own"}
do("putLocalExecutionVariable", variable_value_dto=value(1, "Integer"), **of)
assert do("getLocalExecutionVariable", **of).value == 1
do("modifyLocalExecutionVariables", id=hold, patch_variables_dto=dto.PatchVariablesDto(modifications={"own": value(2, "Integer")}))
assert do("getLocalExecutionVariables", id=hold)["own"].value == 2
do("setLocalExecutionVariableBinary", data=file("own.bin", b"\x02"), value_type="Bytes", **of)
assert content(do("getLocalExecutionVariableBinary", **of)) == b"\x02"
do("deleteLocalExecutionVariable", **of)
do("signalExecution", id=hold, execution_trigger_dto=dto.ExecutionTriggerDto(variables={"a": value(1, "Integer")}))
of = {"id": at("wait"), "message_name": "go"}
assert do("getMessageEventSubscription", **of).event_name == "go"
do("triggerEvent", execution_trigger_dto=dto.ExecutionTriggerDto(variables={"b": value(1, "Integer")}), **of)
assert only(do("getEventSubscriptions", event_type="signal")).event_name == "hail"
waits = only(do("getEventSubscriptions", event_name="begin"))
assert (waits.event_type, waits.execution_id, waits.activity_id) == ("message", None, "d-start"), waits
do("throwSignal", signal_dto=dto.SignalDto(name="hail", variables={"c": value(1, "Integer")}))
assert do("getHistoricProcessInstance", id=moving).state == "COMPLETED"
begun = do("deliverMessage", correlation_message_dto=dto.CorrelationMessageDto(message_name="begin", business_key="m", result_enabled=True, variables_in_result_enabled=True))
assert only(begun).result_type == "ProcessDefinition" and only(begun).process_instance.business_key == "m"
hot = do("evaluateCondition", evaluation_condition_dto=dto.EvaluationConditionDto(business_key="h", variables={"heat": value(81, "Integer")}))
assert only(hot).business_key == "h"

# An incident that is opened by hand, noted on and closed.
waiting = do("startProcessInstanceByKey", key="line", start_process_instance_dto=dto.StartProcessInstanceDto()).id
hold = only(do("getExecutions", process_instance_id=waiting, activity_id="hold")).id
worry = dto.CreateIncidentDto(incident_type="worry", configuration="c", message="is it right?")
by_hand, other_worry = (do("createIncident", id=hold, create_incident_dto=worry).id for _ in range(2))
do("setIncidentAnnotation", id=by_hand, annotation_dto=dto.AnnotationDto(annotation="it is"))
shown = do("getIncident", id=by_hand)
assert (shown.annotation, shown.incident_type, shown.configuration, shown.incident_message) == ("it is", "worry", "c", "is it right?")
do("clearIncidentAnnotation", id=by_hand)
assert do("getIncident", id=by_hand).annotation is None
do("resolveIncident", id=by_hand)
gone("getIncident", id=by_hand)

# A token that is moved, an instance that is deleted.
moved = do("startProcessInstanceByKey", key="line", start_process_instance_dto=dto.StartProcessInstanceDto()).id
steps = [dto.ProcessInstanceModificationInstructionDto(type="startBeforeActivity", activity_id="wait"),
         dto.ProcessInstanceModificationInstructionDto(type="cancel", activity_id="hold")]
do("modifyProcessInstance", id=moved, process_instance_modification_dto=dto.ProcessInstanceModificationDto(instructions=steps))
assert only(do("getActivityInstanceTree", id=moved).child_activity_instances).activity_id == "wait"
many = dto.ModificationDto(process_definition_id=line, process_instance_ids=[moved], instructions=[
    dto.MultipleProcessInstanceModificationInstructionDto(type="startBeforeActivity", activity_id="hold"),
    dto.MultipleProcessInstanceModificationInstructionDto(type="cancel", activity_id="wait")])
do("executeModification", modification_dto=many)
assert only(do("getActivityInstanceTree", id=moved).child_activity_instances).activity_id == "hold"
do("deleteProcessInstance", id=moved)
assert do("getHistoricProcessInstance", id=moved).state == "EXTERNALLY_TERMINATED"
do("deleteHistoricProcessInstance", id=moved)
gone("getHistoricProcessInstance", id=moved)

# What is counted of processes.
counted = {entry.definition.key: entry for entry in do("getProcessDefinitionStatistics", failed_jobs=True, incidents=True)}
assert counted["tour"].instances == 4 and only(counted["tour"].incidents).incident_type == "failedExternalTask"
for suffix, of in (("", {"id": tour}), ("ByProcessDefinitionKey", {"key": "tour"})):
    assert "look" in {entry.id for entry in do("getActivityStatistics" + suffix, **of)}
past = {entry.id: entry for entry in do("getHistoricActivityStatistics", id=tour, finished=True, canceled=True)}
assert past["ask"].finished == 4 and past["ask"].canceled == 1

# The history, one by one.
for listed, one, called_by in (
    ("getHistoricActivityInstances", "getHistoricActivityInstance", {}),
    ("getHistoricDecisionInstances", "getHistoricDecisionInstance", {}),
    ("getHistoricDetails", "historicDetail", {}),
    ("getHistoricExternalTaskLogs", "getHistoricExternalTaskLog", {}),
    ("getHistoricJobLogs", "getHistoricJobLog", {}),
    ("getHistoricVariableInstances", "getHistoricVariableInstance", {}),
    ("getVariableInstances", "getVariableInstance", {}),
):
    for entry in do(listed):
        assert do(one, id=entry.id).id == entry.id, one
failed = only(do("getHistoricExternalTaskLogs", failure_log=True))
assert do("getErrorDetailsHistoricExternalTaskLog", id=failed.id) == "line 1"
failed = only(do("getHistoricJobLogs", failure_log=True))
assert "path" in do("getStacktraceHistoricJobLog", id=failed.id)
doc = {"variable_name": "doc", "process_instance_id": first}
assert content(do("getVariableInstanceBinary", id=only(do("getVariableInstances", variable_name="doc", process_instance_id_in=first)).id)) == b"\x00\xff"
assert content(do("getHistoricVariableInstanceBinary", id=only(do("getHistoricVariableInstances", **doc)).id)) == b"\x00\xff"
details = [entry for entry in do("getHistoricDetails", process_instance_id=first, variable_updates=True) if entry.variable_name == "doc"]
assert content(do("historicDetailBinary", id=details[-1].id)) in (b"hi", b"\x00\xff")

# What is reported, noted on and forgotten of the past.
for unit in ("month", "quarter"):
    took = only(do("getHistoricProcessInstanceDurationReport", report_type="duration", period_unit=unit, process_definition_key_in="line"))
    assert took.period_unit == unit.upper() and took.minimum <= took.average <= took.maximum
    assert only(do("getHistoricTaskInstanceReport", report_type="duration", period_unit=unit)).period == took.period
done = {entry.task_name: entry.count for entry in do("getHistoricTaskInstanceReport", report_type="count", group_by="taskName")}
assert done["Ask"] == 4, done
done = {entry.process_definition_key: entry.count for entry in do("getHistoricTaskInstanceReport", report_type="count", group_by="processDefinition")}
assert done["tour"] == 4, done
entry = do("queryUserOperationEntries")[0].operation_id
do("setAnnotationUserOperationLog", operation_id=entry, annotation_dto=dto.AnnotationDto(annotation="by mistake"))
assert only(do("queryUserOperationEntries", operation_id=entry)).annotation == "by mistake"
do("clearAnnotationUserOperationLog", operation_id=entry)
assert only(do("queryUserOperationEntries", operation_id=entry)).annotation is None
kept = do("getHistoricVariableInstances", process_instance_id=moving)
assert {variable.name for variable in kept} == {"a", "b", "c"}
do("deleteHistoricVariableInstance", id=kept[0].id)
gone("getHistoricVariableInstance", id=kept[0].id)
do("deleteHistoricVariableInstancesOfHistoricProcessInstance", id=moving)
assert do("getHistoricVariableInstances", process_instance_id=moving) == []

# The same files again are other versions, to which instances move.
renewed = do("redeploy", id=made.id, redeployment_dto=dto.RedeploymentDto())
newer = only([id for id in renewed.deployed_process_definitions if id.startswith("line:")])
assert do("getProcessDefinitionByKey", key="line").id == newer and do("getProcessDefinition", id=newer).version == 2
crowd = [do("startProcessInstance", id=line, start_process_instance_dto=dto.StartProcessInstanceDto(business_key=key)).id for key in ("x", "y")]
ends = dto.MigrationPlanGenerationDto(source_process_definition_id=line, target_process_definition_id=newer, update_event_triggers=True)
plan = do("generateMigrationPlan", migration_plan_generation_dto=ends)
assert {only(step.source_activity_ids) for step in plan.instructions} == {"hold", "wait", "listen"}, plan
assert do("validateMigrationPlan", migration_plan_dto=plan).instruction_reports == []
of = lambda id: dto.MigrationExecutionDto(migration_plan=plan, process_instance_ids=[id])
do("executeMigrationPlan", migration_execution_dto=of(crowd[0]))
batch("executeMigrationPlanAsync", "instance-migration", migration_execution_dto=of(crowd[1]))
work_off()
assert [do("getProcessInstance", id=id).definition_id for id in crowd] == [newer, newer]

# What is done to many is a batch, and rests or goes on as one.
named = dto.SetVariablesAsyncDto(process_instance_ids=crowd, variables={"n": value(7, "Integer")})
slow = batch("setVariablesAsyncOperation", "set-variables", set_variables_async_dto=named)
do("updateBatchSuspensionState", id=slow, suspension_state_dto=dto.SuspensionStateDto(suspended=True))
work_off()
assert do("getBatch", id=slow).suspended
count = only(do("getBatchStatistics", batch_id=slow))
assert (count.remaining_jobs, count.completed_jobs, count.failed_jobs) == (2, 0, 0), count
do("updateBatchSuspensionState", id=slow, suspension_state_dto=dto.SuspensionStateDto(suspended=False))
work_off()
gone("getBatch", id=slow)
assert do("getHistoricBatch", id=slow).end_time
assert [do("getProcessInstanceVariable", id=id, var_name="n").value for id in crowd] == [7, 7]
do("deleteHistoricBatch", id=slow)
gone("getHistoricBatch", id=slow)
for suspended in (True, False):
    state = dto.ProcessInstanceSuspensionStateAsyncDto(process_instance_ids=crowd, suspended=suspended)
    batch("updateSuspensionStateAsyncOperation", "instance-update-suspension-state", process_instance_suspension_state_async_dto=state)
    work_off()
    assert [do("getProcessInstance", id=id).suspended for id in crowd] == [suspended, suspended]

# Retries of a worker's task and of jobs.
again = dto.SetRetriesForExternalTasksDto(retries=2, external_task_ids=[failing])
batch("setExternalTaskRetriesAsyncOperation", "set-external-task-retries", set_retries_for_external_tasks_dto=again)
work_off()
assert do("getExternalTask", id=failing).retries == 2
late = do("startProcessInstanceByKey", key="tour", start_process_instance_dto=begin("late")).id
job = only(do("getJobs", process_instance_id=late)).id
by_process = lambda retries, **of: {"set_job_retries_by_process_dto": dto.SetJobRetriesByProcessDto(retries=retries, **of)}
past = dto.HistoricProcessInstanceQueryDto(process_instance_ids=[late])
for retries, (operation, arguments) in enumerate((
    ("setJobRetriesAsyncOperation", {"set_job_retries_dto": dto.SetJobRetriesDto(retries=4, job_ids=[job])}),
    ("setRetriesByProcess", by_process(5, process_instances=[late])),
    ("setRetriesByProcessHistoricQueryBased", by_process(6, historic_process_instance_query=past)),
), 4):
    batch(operation, "set-job-retries", **arguments)
    work_off()
    assert do("getJob", id=job).retries == retries, operation

# Tokens are moved, told a message, ended; what ended begins anew.
steps = lambda kind: [kind(type="startBeforeActivity", activity_id="wait"), kind(type="cancel", activity_id="hold")]
many = dto.ModificationDto(process_definition_id=newer, process_instance_ids=crowd[:1], instructions=steps(dto.MultipleProcessInstanceModificationInstructionDto))
batch("executeModificationAsync", "instance-modification", modification_dto=many)
one = dto.ProcessInstanceModificationDto(instructions=steps(dto.ProcessInstanceModificationInstructionDto))
batch("modifyProcessInstanceAsyncOperation", "instance-modification", id=crowd[1], process_instance_modification_dto=one)
work_off()
where = lambda: [only(do("getActivityInstanceTree", id=id).child_activity_instances).activity_id for id in crowd]
assert where() == ["wait", "wait"]
told = dto.CorrelationMessageAsyncDto(message_name="go", process_instance_ids=crowd, variables={"b": value(1, "Integer")})
batch("correlateMessageAsyncOperation", "correlate-message", correlation_message_async_dto=told)
work_off()
assert where() == ["listen", "listen"]
over = dto.DeleteProcessInstancesDto(process_instance_ids=crowd[:1], delete_reason="over")
batch("deleteProcessInstancesAsyncOperation", "instance-deletion", delete_process_instances_dto=over)
over = dto.DeleteProcessInstancesDto(historic_process_instance_query=dto.HistoricProcessInstanceQueryDto(process_instance_ids=crowd[1:]), delete_reason="over")
batch("deleteAsyncHistoricQueryBased", "instance-deletion", delete_process_instances_dto=over)
work_off()
assert [do("getHistoricProcessInstance", id=id).delete_reason for id in crowd] == ["over", "over"]
anew = lambda id: dto.RestartProcessInstanceDto(process_instance_ids=[id], initial_variables=False, instructions=[
    dto.RestartProcessInstanceModificationInstructionDto(type="startBeforeActivity", activity_id="wait")])
do("restartProcessInstance", id=newer, restart_process_instance_dto=anew(crowd[0]))
batch("restartProcessInstanceAsyncOperation", "instance-restart", id=newer, restart_process_instance_dto=anew(crowd[1]))
work_off()
for key in ("x", "y"):
    begun = only(do("getProcessInstances", business_key=key))
    assert do("getProcessInstanceVariable", id=begun.id, var_name="n").value == 7

# The history goes: when its time has come, at once, or a decision alone.
assert do("getHistoryCleanupConfiguration").enabled is False
gone("findCleanupJob")
until = dto.SetRemovalTimeToHistoricProcessInstancesDto(historic_process_instance_ids=crowd[:1], absolute_removal_time="2020-01-02T03:04:05.000+0000")
batch("setRemovalTimeAsync", "process-set-removal-time", set_removal_time_to_historic_process_instances_dto=until)
work_off()
assert do("getHistoricProcessInstance", id=crowd[0]).removal_time.year == 2020
gone("findCleanupJobs")
cleanup = do("cleanupAsync", immediately_due=True)
assert (cleanup.retries, cleanup.suspended, cleanup.process_definition_id) == (3, False, None) and cleanup.due_date, cleanup
assert do("findCleanupJob").id == cleanup.id
work_off()
assert only(do("findCleanupJobs")).suspended, "it rests until it is asked for"
gone("getHistoricProcessInstance", id=crowd[0])
old = dto.SetRemovalTimeToHistoricBatchesDto(historic_batch_query=dto.HistoricBatchQueryDto(completed=True), absolute_removal_time="2031-01-02T03:04:05.000+0000")
batch("setRemovalTimeAsyncHistoricBatch", "batch-set-removal-time", set_removal_time_to_historic_batches_dto=old)
some = do("getHistoricDecisionInstances")[0].id
old = dto.SetRemovalTimeToHistoricDecisionInstancesDto(historic_decision_instance_ids=[some], absolute_removal_time="2031-01-02T03:04:05.000+0000")
batch("setRemovalTimeAsyncHistoricDecisionInstance", "decision-set-removal-time", set_removal_time_to_historic_decision_instances_dto=old)
work_off()
assert do("getHistoricDecisionInstance", id=some).removal_time.year == 2031
assert [done.removal_time.year for done in do("getHistoricBatches", completed=True) if done.removal_time]
away = dto.DeleteHistoricProcessInstancesDto(historic_process_instance_ids=crowd[1:], delete_reason="old")
batch("deleteHistoricProcessInstancesAsync", "historic-instance-deletion", delete_historic_process_instances_dto=away)
decided = do("getHistoricDecisionInstances")[0].id
evaluated = only(do("getDecisionStatistics", id=graph.id))
assert evaluated.decision_definition_key == "verdict" and evaluated.evaluations > 0, evaluated
away = dto.DeleteHistoricDecisionInstancesDto(historic_decision_instance_ids=[decided], delete_reason="old")
batch("deleteAsync", "historic-decision-instance-deletion", delete_historic_decision_instances_dto=away)
work_off()
gone("getHistoricProcessInstance", id=crowd[1])
gone("getHistoricDecisionInstance", id=decided)
named = dto.SetVariablesAsyncDto(process_instance_ids=[waiting], variables={"n": value(1, "Integer")})
left = batch("setVariablesAsyncOperation", "set-variables", set_variables_async_dto=named)

# Figures of what happened.
assert do("getMetrics", metrics_name="root-process-instance-start").result >= len(crowd)
spans = do("interval", name="activity-instance-start", max_results=1)
assert only(spans).value > 0 and only(spans).timestamp, spans

assert do("getMetrics", metrics_name="task-users").result > 0
do("deleteTaskMetrics")
assert do("getMetrics", metrics_name="task-users").result == 0

# Every list and its count, asked in both ways: each finds something.
do("startProcessInstanceByKey", key="tour", start_process_instance_dto=begin("e"))
waiting = do("startProcessInstanceByKey", key="line", start_process_instance_dto=dto.StartProcessInstanceDto()).id
do("signalExecution", id=only(do("getExecutions", process_instance_id=waiting, activity_id="hold")).id, execution_trigger_dto=dto.ExecutionTriggerDto())
for operation, (verb, path, _) in served.items():
    reads = verb == "GET" or re.search(r"^(query|postQuery)|Count$", operation)
    if "{" not in path and reads and (verb, path) not in called:
        found = do(operation)
        some = found if isinstance(found, list) else found.count
        assert some or path.startswith(NONE), f"{operation} found nothing"

# There are no tenants and no authorizations: Camunda's answers where there is none. The batch that
# was left goes.
for operation, (verb, path, _) in served.items():
    if "{tenant-id}" in path:
        body = {}
        if path.endswith("history-time-to-live"):
            body = {"history_time_to_live_dto": dto.HistoryTimeToLiveDto(history_time_to_live=1)}
        key = "tours" if "requirements" in path else "verdict" if "decision" in path else "tour"
        gone(operation, key=key, tenant_id="none", **body)
gone("getTenant", id="none")
gone("updateTenant", id="none", tenant_dto=dto.TenantDto(id="none", name="None"))
do("deleteTenant", id="none")
for of, who in (("User", {"user_id": "tina"}), ("Group", {"group_id": "guests"})):
    assert do(f"availableTenant{of}MembersOperations", id="none")["links"] == []
    refused(f"create{of}Membership", 500, "NullValueException", id="none", **who)
    do(f"delete{of}Membership", id="none", **who)
gone("getAuthorization", id="none")
gone("updateAuthorization", id="none", authorization_update_dto=dto.AuthorizationUpdateDto(permissions=["ALL"]))
gone("deleteAuthorization", id="none")
do("deleteBatch", id=left, cascade=True)
gone("getBatch", id=left)
gone("getHistoricBatch", id=left)
state = dto.SuspensionStateDto(suspended=True)
refused("updateBatchSuspensionState", 400, "InvalidRequestException", id=left, suspension_state_dto=state)
refused("deleteBatch", 400, "InvalidRequestException", id=left)
refused("deleteHistoricBatch", 400, "InvalidRequestException", id=left)

# Definitions go with what runs on them.
do("deleteProcessDefinition", id=line, cascade=True)
gone("getProcessDefinition", id=line)
do("deleteDeployment", id=renewed.id, cascade=True)
gone("getDeployment", id=renewed.id)
gone("getProcessDefinition", id=newer)
do("deleteProcessDefinitionsByKey", key="tour", cascade=True)
gone("getProcessDefinitionByKey", key="tour")

# And the end of it.
do("deleteGroupMember", id="guests", user_id="tina")
do("deleteGroup", id="guests")
do("deleteUser", id="tina")

wanted = {(verb, path) for verb, path, _ in served.values()}
assert wanted <= called, f"never called: {sorted(wanted - called)}"
print(json.dumps({"called": len(called & wanted), "served": len(wanted)}))
