//! Generated forms, after the cases of Camunda's FormDataTest, FormServiceTest and
//! HtmlFormEngineTest.

use crate::house::House;
use serde_json::{Value as Json, json};

const FIELDS: &str = r#"<extensionElements><camunda:formData>
  <camunda:formField id="stringField" label="String &lt;Label&gt;" type="string" defaultValue="some&quot;String"><camunda:validation><camunda:constraint name="maxlength" config="10"/><camunda:constraint name="minlength" config="5"/></camunda:validation><camunda:properties><camunda:property id="p1" value="property1"/></camunda:properties></camunda:formField>
  <camunda:formField id="longField" label="Long Label" type="long" defaultValue="1"><camunda:validation><camunda:constraint name="max" config="10"/><camunda:constraint name="min" config="5"/></camunda:validation></camunda:formField>
  <camunda:formField id="booleanField" label="Boolean Label" type="boolean" defaultValue="true"/>
  <camunda:formField id="dateField" label="Date Label" type="date" datePattern="dd/MM/yyyy" defaultValue="10/01/2013"/>
  <camunda:formField id="enumField" label="Enum Label" type="enum" defaultValue="b"><camunda:value id="a" name="A"/><camunda:value id="b" name="B"/></camunda:formField>
  <camunda:formField id="plain" type="string"/>
  <camunda:formField id="computed" type="string" defaultValue="${foo}"/>
  </camunda:formData></extensionElements>"#;

fn model() -> String {
    let task = FIELDS
        .replace("id=\"stringField\"", "id=\"required\"")
        .replace(
            "<camunda:constraint name=\"maxlength\" config=\"10\"/>",
            "<camunda:constraint name=\"required\"/>",
        );
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="forms" isExecutable="true">
          <startEvent id="start" camunda:formKey="embedded:deployment:start.html">{}</startEvent><sequenceFlow id="f1" sourceRef="start" targetRef="task"/>
          <userTask id="task" camunda:assignee="mara" camunda:formKey="app:${{foo}}.html">{task}</userTask><sequenceFlow id="f2" sourceRef="task" targetRef="bare"/>
          <userTask id="bare" camunda:assignee="mara"/>
        </process></definitions>"#,
        FIELDS.replace(
            "<camunda:formField id=\"computed\" type=\"string\" defaultValue=\"${foo}\"/>",
            ""
        )
    )
}

struct Forms {
    house: House,
}

impl Forms {
    fn new() -> Forms {
        let house = House::new();
        let xml = model();
        let parts = [
            ("data", Some("forms.bpmn"), xml.as_bytes()),
            ("form", Some("start.html"), &b"<form>start</form>"[..]),
        ];
        house.form("mara", "/deployment/create", &parts).good();
        Forms { house }
    }

    /// Submits the start form; the id of the new instance.
    fn start(&self, variables: Json) -> String {
        let started = self
            .house
            .post(
                "mara",
                "/process-definition/key/forms/submit-form",
                json!({"businessKey": "key", "variables": variables}),
            )
            .good();
        started["id"].as_str().unwrap().to_owned()
    }

    fn task(&self, instance: &str) -> String {
        let found = self
            .house
            .get("mara", &format!("/task?processInstanceId={instance}"))
            .good();
        found[0]["id"].as_str().unwrap().to_owned()
    }

    fn text(&self, path: &str) -> String {
        let got = self.house.get("mara", path);
        assert_eq!(got.status, 200, "{path}");
        String::from_utf8_lossy(&got.body).into_owned()
    }
}

fn right() -> Json {
    json!({"stringField": {"value": "12345"}, "longField": {"value": 9, "type": "Long"}, "foo": {"value": "This is a \"Test\""}})
}

/// FormDataTest.testGetFormFieldBasicProperties
/// FormDataTest.testGetFormFieldBuiltInTypes
/// FormDataTest.testDoubleQuotesAreEscapedInGeneratedTaskForms
/// HtmlFormEngineTest.testRenderStartForm
/// HtmlFormEngineTest.testRenderTaskForm
/// HtmlFormEngineTest.testRenderEnumField
/// HtmlFormEngineTest.testRenderDateField
/// HtmlFormEngineTest.testRenderDateFieldWithPattern
/// FormServiceTest.testGetTaskFormWithoutLabels
/// FormServiceTest.testGetStartFormWithoutLabels
#[test]
fn a_form_is_rendered_with_its_types_values_and_labels() {
    let forms = Forms::new();
    let start = forms.text("/process-definition/key/forms/rendered-form");
    for part in [
        "String &lt;Label&gt;",
        "cam-variable-name=\"stringField\"",
        "cam-variable-type=\"String\"",
        "value=\"some&quot;String\"",
        "cam-variable-type=\"Long\"",
        "cam-variable-type=\"Boolean\"",
        "cam-variable-type=\"Date\"",
        "10/01/2013",
        "<option value=\"a\">A</option>",
        "<option value=\"b\" selected",
        "cam-variable-name=\"plain\"",
    ] {
        assert!(start.contains(part), "{part}\n{start}");
    }
    let instance = forms.start(right());
    let task = forms.text(&format!("/task/{}/rendered-form", forms.task(&instance)));
    assert!(
        task.contains("This is a &quot;Test&quot;") && task.contains("required"),
        "{task}"
    );
}

/// FormDataTest.testFormFieldSubmit
/// FormDataTest.testGetFormFieldValidationConstraints
/// FormDataTest.testSubmitFormDataWithEmptyDate
/// FormServiceTest.testSubmitStartFormDataWithBusinessKey
/// FormServiceTest.testSubmitStartFormDataTypedVariables
/// FormServiceTest.testSubmitStartFormWithBusinessKey
/// FormServiceTest.testSubmitTaskFormDataTypedVariables
/// FormServiceTest.testSubmitTaskFormWithVariablesInReturn
/// FormServiceTest.testSubmitStartFormWithoutProperties
#[test]
fn what_is_submitted_is_checked_and_typed() {
    let forms = Forms::new();
    let submit = |variables: Json| {
        let body = json!({"businessKey": "key", "variables": variables});
        forms
            .house
            .post("mara", "/process-definition/key/forms/submit-form", body)
            .status
    };
    for (name, value) in [
        ("stringField", json!({"value": "12345678901"})),
        ("stringField", json!({"value": "1234"})),
        ("longField", json!({"value": 11, "type": "Long"})),
        ("longField", json!({"value": 4, "type": "Long"})),
    ] {
        let mut wrong = right();
        wrong[name] = value.clone();
        assert_eq!(submit(wrong), 400, "{name} {value}");
    }
    let mut variables = right();
    variables["dateField"] = json!({"value": "", "type": "String"});
    variables["booleanField"] = json!({"value": false, "type": "Boolean"});
    let instance = forms.start(variables);
    let shown = forms
        .house
        .get("mara", &format!("/process-instance/{instance}"))
        .good();
    assert_eq!(shown["businessKey"], "key");
    let variables = forms
        .house
        .get("mara", &format!("/process-instance/{instance}/variables"))
        .good();
    assert_eq!(
        (
            &variables["longField"]["type"],
            &variables["booleanField"]["value"]
        ),
        (&json!("Long"), &json!(false))
    );
    assert_eq!(
        variables["dateField"]["value"],
        Json::Null,
        "an empty date is none"
    );
    let task = forms.task(&instance);
    let body = json!({"variables": {"required": {"value": "abcdef"}, "longField": {"value": 7, "type": "Long"}}, "withVariablesInReturn": true});
    let returned = forms
        .house
        .post("mara", &format!("/task/{task}/submit-form"), body)
        .good();
    assert_eq!(
        (
            &returned["required"]["value"],
            &returned["longField"]["value"]
        ),
        (&json!("abcdef"), &json!(7))
    );
    let bare = forms.task(&instance);
    forms
        .house
        .post("mara", &format!("/task/{bare}/submit-form"), json!({}))
        .good();
}
// not applicable: FormServiceTest.testSubmitTaskFormForCmmnHumanTask, FormServiceTest.testGetDeployedTaskForm_Case: there are no cases
// not applicable: FormServiceTest.testSubmitStartFormWithObjectVariables, FormServiceTest.testSubmitTaskFormWithObjectVariables, FormServiceTest.testSubmitTaskFormWithVarialbesInReturnShouldDeserializeObjectValue, FormServiceTest.testSubmitTaskFormWithVarialbesInReturnShouldNotDeserializeObjectValue: there are no Java objects
// not applicable: HtmlFormEngineTest.testIsDefaultFormEngine, HtmlFormEngineTest.testTransformNullFormData, HtmlFormEngineTest.testHtmlElementWriter: they test the Java classes of the form engine

/// FormServiceTest.testGetStartFormByProcessDefinitionId
/// FormServiceTest.testGetStartFormKey
/// FormServiceTest.testGetTaskFormKey
/// FormServiceTest.testGetTaskFormKeyWithExpression
/// FormServiceTest.testGetDeployedStartForm
/// FormServiceTest.testGetEmbeddedDeployedStartForm
/// FormServiceTest.testGetDeployedCamundaStartForm
/// FormServiceTest.testGetDeployedTaskForm
/// FormServiceTest.testGetEmbeddedDeployedTaskForm
/// FormServiceTest.testGetDeployedCamundaTaskForm
/// FormServiceTest.testGetDeployedStartForm_DeploymentNotFound
/// FormServiceTest.testGetDeployedTaskForm_DeploymentNotFound
/// FormServiceTest.testInvalidFormKeyReference
#[test]
fn a_form_key_is_evaluated_and_names_a_file_of_the_deployment() {
    let house = House::new();
    let model = |key: &str| {
        format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
            <process id="keyed" isExecutable="true"><startEvent id="s" camunda:formKey="{key}"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
            <userTask id="t" camunda:formKey="${{dynamicKey}}"/></process></definitions>"#
        )
    };
    let form = "<form>a form</form>";
    for (key, found) in [
        ("deployment:forms/start.html", true),
        ("embedded:deployment:forms/start.html", true),
        ("camunda-forms:deployment:forms/start.html", true),
        ("embedded:deployment:forms/none.html", false),
        ("IDoNotExist", false),
    ] {
        let xml = model(key);
        let parts = [
            ("data", Some("keyed.bpmn"), xml.as_bytes()),
            ("form", Some("forms/start.html"), form.as_bytes()),
        ];
        house.form("mara", "/deployment/create", &parts).good();
        let start = house.get("mara", "/process-definition/key/keyed/startForm");
        assert_eq!(start.good()["key"], key);
        let instance = house.run("keyed", json!({"dynamicKey": {"value": key}}));
        let task = house.only(&format!("/task?processInstanceId={instance}"));
        assert_eq!(task["formKey"], key);
        let task = format!("/task/{}", task["id"].as_str().unwrap());
        assert_eq!(house.get("mara", &task).good()["formKey"], key);
        assert_eq!(
            house.get("mara", &format!("{task}/form")).good()["key"],
            key
        );
        for path in [
            "/process-definition/key/keyed/deployed-start-form".to_owned(),
            format!("{task}/deployed-form"),
        ] {
            let got = house.get("mara", &path);
            let text = String::from_utf8_lossy(&got.body).into_owned();
            match found {
                true => assert_eq!((got.status, text.as_str()), (200, form), "{path} {key}"),
                false if key == "IDoNotExist" => {
                    assert_eq!(got.status, 400, "{path} {text}");
                    assert!(text.contains("IDoNotExist"), "{text}");
                }
                false => {
                    assert_eq!(got.status, 404, "{path} {text}");
                    let why = "The form with the resource name 'forms/none.html' cannot be found";
                    assert!(text.contains(why), "{text}");
                }
            }
        }
    }
}

/// A process whose start and task refer to the Camunda Form `ask`.
fn referring(binding: &str) -> String {
    let refers = format!("camunda:formRef=\"${{form}}\" {binding}");
    let start = format!("camunda:formRef=\"ask\" {binding}");
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="refers" isExecutable="true"><startEvent id="s" {start}/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
        <userTask id="t" {refers}/></process></definitions>"#
    )
}

fn camunda_form(label: &str) -> String {
    format!(
        r#"{{"id": "ask", "type": "default", "components": [{{"key": "{label}", "type": "textfield"}}]}}"#
    )
}

/// RetrieveCamundaFormRefTest.shouldRetrieveTaskFormBindingLatestWithSingleVersionSeparateDeloyments
/// RetrieveCamundaFormRefTest.shouldRetrieveTaskFormBindingLatestWithMultipleVersions
/// RetrieveCamundaFormRefTest.shouldRetrieveTaskFormBindingDeployment
/// RetrieveCamundaFormRefTest.shouldRetrieveTaskFormBindingVersionWithMultipleVersions
/// RetrieveCamundaFormRefTest.shouldRetrieveStartFormBindingLatestWithSingleVersionSeparateDeloyments
/// RetrieveCamundaFormRefTest.shouldRetrieveStartFormBindingLatestWithMultipleVersions
/// RetrieveCamundaFormRefTest.shouldRetrieveStartFormBindingDeployment
/// RetrieveCamundaFormRefTest.shouldRetrieveStartFormBindingVersionWithMultipleVersions
/// RetrieveCamundaFormRefTest.shouldFailToRetrieveTaskFormBindingLatestUnexistingKey
/// RetrieveCamundaFormRefTest.shouldFailToRetrieveTaskFormBindingDeploymentUnexistingKey
/// RetrieveCamundaFormRefTest.shouldFailToRetrieveTaskFormBindingVersionUnexistingVersion
/// RetrieveCamundaFormRefTest.shouldRetrieveTaskFormBindingLatestWithKeyExpression
/// RetrieveCamundaFormRefTest.shouldRetrieveTaskFormBindingVersionWithExpression
/// RetrieveCamundaFormRefTest.shouldFailToRetrieveStartFormBindingLatestUnexistingKey
/// RetrieveCamundaFormRefTest.shouldFailToRetrieveStartFormBindingDeploymentUnexistingKey
/// RetrieveCamundaFormRefTest.shouldFailToRetrieveStartFormBindingVersionUnexistingVersion
/// UserTaskCamundaFormDefinitionParseTest.shouldParseCamundaFormDefinitionVersionBinding
/// UserTaskCamundaFormDefinitionParseTest.shouldParseCamundaFormDefinitionLatestBinding
/// UserTaskCamundaFormDefinitionParseTest.shouldParseCamundaFormDefinitionDeploymentBinding
/// UserTaskCamundaFormDefinitionParseTest.shouldParseTwoUserTasksWithCamundaFormDefinition
/// FormServiceTest.shouldSubmitStartFormUsingFormRefAndCamundaFormDefinition
/// FormServiceTest.shouldSubmitTaskFormUsingFormRefAndCamundaFormDefinition
/// TaskQueryTest.testInitializeFormKeysCamundaFormRef
/// TaskQueryTest.shouldContainCamundaFormRefIfInitialized
#[test]
fn a_form_reference_finds_the_version_that_it_is_bound_to() {
    let house = House::new();
    let deploy = |files: &[(&str, &str)]| {
        let parts: Vec<_> = files
            .iter()
            .map(|(name, text)| (*name, Some(*name), text.as_bytes()))
            .collect();
        house.form("mara", "/deployment/create", &parts).good();
    };
    let (one, two, three) = (
        camunda_form("one"),
        camunda_form("two"),
        camunda_form("three"),
    );
    deploy(&[("wrong.form", "{\"id\": ")]);
    // Nothing has this id yet.
    deploy(&[("a.bpmn", &referring("camunda:formRefBinding=\"latest\""))]);
    let shown = |form: &str, version: Option<i64>| {
        let instance = house.run(
            "refers",
            json!({"form": {"value": form}, "wanted": {"value": version}}),
        );
        let task = house.only(&format!("/task?processInstanceId={instance}"));
        let id = task["id"].as_str().unwrap().to_owned();
        assert_eq!(task["formKey"], Json::Null);
        let reference = house.get("mara", &format!("/task/{id}/form")).good();
        assert_eq!(reference["camundaFormRef"], task["camundaFormRef"]);
        assert_eq!(reference["key"], Json::Null);
        let start = "/process-definition/key/refers";
        let start_form = house.get("mara", &format!("{start}/startForm")).good();
        let texts = [
            format!("{start}/deployed-start-form"),
            format!("/task/{id}/deployed-form"),
        ]
        .map(|path| {
            let got = house.get("mara", &path);
            let text = String::from_utf8_lossy(&got.body).into_owned();
            match got.status {
                200 => text,
                404 if text
                    .contains("No Camunda Form Definition was found for Camunda Form Ref") =>
                {
                    "none".to_owned()
                }
                400 if text.contains("The form key is not set") => "unknown".to_owned(),
                status => panic!("{path}: {status} {text}"),
            }
        });
        let body = json!({"variables": {"answer": {"value": "yes"}}});
        house
            .post("mara", &format!("/task/{id}/submit-form"), body.clone())
            .good();
        house
            .post("mara", &format!("{start}/submit-form"), body)
            .good();
        (
            start_form["camundaFormRef"].clone(),
            task["camundaFormRef"].clone(),
            texts,
        )
    };
    let reference = |binding: &str, version: Json| json!({"key": "ask", "binding": binding, "version": version});
    let latest = reference("latest", Json::Null);
    let text = |start: &str, task: &str| [start.to_owned(), task.to_owned()];
    assert_eq!(
        shown("ask", None),
        (latest.clone(), latest.clone(), text("none", "none"))
    );
    deploy(&[("b.form", &one)]);
    assert_eq!(
        shown("ask", None),
        (latest.clone(), latest.clone(), text(&one, &one))
    );
    deploy(&[("b.form", &two)]);
    assert_eq!(
        shown("ask", None),
        (latest.clone(), latest, text(&two, &two))
    );

    let (bound, alone) = (
        referring("camunda:formRefBinding=\"deployment\""),
        reference("deployment", Json::Null),
    );
    deploy(&[("a.bpmn", &bound)]);
    assert_eq!(shown("ask", None).2, text("none", "none"));
    let bound = bound.replace("targetNamespace=\"t\"", "targetNamespace=\"u\"");
    deploy(&[("a.bpmn", &bound), ("b.form", &three)]);
    deploy(&[("b.form", &camunda_form("four"))]);
    assert_eq!(
        shown("ask", None),
        (alone.clone(), alone, text(&three, &three))
    );

    for (version, found) in [
        (1, one.as_str()),
        (2, &two),
        (3, &three),
        (5, "none"),
        (0, "none"),
    ] {
        let numbered =
            format!("camunda:formRefBinding=\"version\" camunda:formRefVersion=\"{version}\"");
        deploy(&[("a.bpmn", &referring(&numbered))]);
        let wanted = reference("version", json!(version));
        assert_eq!(
            shown("ask", None),
            (wanted.clone(), wanted, text(found, found)),
            "{version}"
        );
    }
    let asked = "camunda:formRefBinding=\"version\" camunda:formRefVersion=\"${wanted}\"";
    deploy(&[("a.bpmn", &referring(asked))]);
    let (start, task, texts) = shown("ask", Some(2));
    assert_eq!((start, task), (Json::Null, reference("version", json!(2))));
    assert_eq!(texts[1], two);
}

/// Camunda leaves Camunda Forms to those who draw them; the desk's own ways hold to them.
#[test]
fn a_camunda_form_holds_nobody_who_starts_or_completes_as_in_camunda() {
    let house = House::new();
    let form = r#"{"id": "ask", "components": [
        {"type": "textfield", "key": "name", "validate": {"required": true}},
        {"type": "number", "key": "n", "validate": {"max": 1}, "conditional": {"hide": "=true"}}]}"#;
    let model = referring("camunda:formRefBinding=\"latest\"");
    let parts = [
        ("a", Some("a.bpmn"), model.as_bytes()),
        ("b", Some("b.form"), form.as_bytes()),
    ];
    house.form("mara", "/deployment/create", &parts).good();
    let empty = json!({"variables": {"name": {"value": ""}, "n": {"value": 5}}});
    for end in ["start", "submit-form"] {
        let path = format!("/process-definition/key/refers/{end}");
        house.post("mara", &path, empty.clone()).good();
    }
    let own = json!({"key": "refers", "variables": empty["variables"]});
    assert_eq!(house.post("mara", "/crewdesk/start", own).status, 400);
    for (end, given) in [
        ("complete", json!({})),
        ("submit-form", json!({"n": {"value": 5}})),
    ] {
        let variables = json!({"form": {"value": "ask"}, "name": {"value": "x"}});
        let instance = house.run("refers", variables);
        let id = house.only(&format!("/task?processInstanceId={instance}"))["id"].clone();
        let id = id.as_str().unwrap();
        let own = json!({"variables": {"name": {"value": ""}, "n": {"value": 5}}});
        let refused = house.post("mara", &format!("/crewdesk/tasks/{id}/complete"), own);
        assert_eq!(refused.status, 400);
        let mut given = given;
        given["name"] = json!({"value": ""});
        house
            .post(
                "mara",
                &format!("/task/{id}/{end}"),
                json!({"variables": given}),
            )
            .good();
    }
}

/// UserTaskCamundaFormDefinitionParseTest.shouldNotParseCamundaFormDefinitionUnsupportedBinding
/// UserTaskCamundaFormDefinitionParseTest.shouldNotParseCamundaFormDefinitionAndFormKey
#[test]
fn a_form_reference_that_says_too_much_is_refused() {
    let house = House::new();
    for binding in [
        "camunda:formRefBinding=\"unsupported\"",
        "camunda:formRefBinding=\"versionTag\" camunda:formRefVersionTag=\"x\"",
        "camunda:formKey=\"key\"",
    ] {
        let xml = referring(binding);
        let parts = [("data", Some("a.bpmn"), xml.as_bytes())];
        let got = house.form("mara", "/deployment/create", &parts);
        let text = String::from_utf8_lossy(&got.body).into_owned();
        assert!(
            got.status == 400 && text.contains("Invalid element definition"),
            "{binding}: {text}"
        );
    }
}

/// HtmlFormEngineTest.testLegacyFormPropertySupport
/// HtmlFormEngineTest.testLegacyFormPropertySupportReadOnly
/// HtmlFormEngineTest.testLegacyFormPropertySupportRequired
/// HtmlFormEngineTest.testBusinessKey
/// HtmlFormEngineTest.testRenderEmptyStartForm
/// FormServiceTest.testGetStartFormByProcessDefinitionIdWithoutStartform
/// FormServiceTest.testTaskFormUnavailable
/// FormServiceTest.testFormPropertyDetails
/// FormServiceTest.testBusinessKey
/// FormServiceTest.testSubmitStartFormWithFormFieldMarkedAsBusinessKey
/// FormServiceTest.testSubmitTaskFormContainingReadonlyVariable
/// FormServiceTest.testSubmitFormVariablesNull
/// FormServiceTest.testGetStartFormVariables
/// FormServiceTest.testGetStartFormVariablesEnumType
/// FormServiceTest.testGetTaskFormVariables
/// FormDataTest.testGetFormFieldProperties
/// FormDataTest.testMissingFormVariables
#[test]
fn forms_of_every_kind_are_shown_and_submitted() {
    let house = House::new();
    house.bpmn(
        r#"<process id="old" isExecutable="true"><startEvent id="s"><extensionElements>
          <camunda:formProperty id="speaker" name="Speaker"/><camunda:formProperty id="start" type="date" datePattern="dd-MMM-yyyy"/>
          <camunda:formProperty id="direction" type="enum"><camunda:value id="left" name="Go Left"/><camunda:value id="right" name="Go Right"/><camunda:value id="up" name="Go Up"/><camunda:value id="down" name="Go Down"/></camunda:formProperty>
          <camunda:formProperty id="must" required="true" default="preset"/><camunda:formProperty id="fixed" writable="false" default="as it is"/><camunda:formProperty id="unseen" readable="false"/>
        </extensionElements></startEvent></process>
        <process id="none" isExecutable="true"><startEvent id="s2"/><sequenceFlow id="n1" sourceRef="s2" targetRef="bare"/><userTask id="bare"/></process>
        <process id="keyed" isExecutable="true"><startEvent id="s3"><extensionElements><camunda:formData businessKey="firstParam">
          <camunda:formField id="firstParam" label="First" type="string"/><camunda:formField id="secondParam" type="string"/></camunda:formData></extensionElements></startEvent>
          <sequenceFlow id="k1" sourceRef="s3" targetRef="keyTask"/><userTask id="keyTask"/></process>
        <process id="missing" isExecutable="true"><startEvent id="s4"/><sequenceFlow id="m1" sourceRef="s4" targetRef="asks"/><userTask id="asks"><extensionElements><camunda:formData>
          <camunda:formField id="myDate" type="date"/><camunda:formField id="myLong" type="long"/><camunda:formField id="myString" type="string"><camunda:properties><camunda:property id="p1" value="property1"/><camunda:property id="help" value="What it is"/></camunda:properties></camunda:formField>
          <camunda:formField id="myBoolean" type="boolean"/><camunda:formField id="myEnum" type="enum"/></camunda:formData></extensionElements></userTask></process>
        <process id="typed" isExecutable="true"><startEvent id="s5"><extensionElements><camunda:formData>
          <camunda:formField id="stringField" type="string" defaultValue="someString"/><camunda:formField id="longField" type="long" defaultValue="5"/><camunda:formField id="dateField" type="date" defaultValue="10/01/2013"/><camunda:formField id="enumField" type="enum" defaultValue="a"><camunda:value id="a" name="A"/></camunda:formField></camunda:formData></extensionElements></startEvent>
          <sequenceFlow id="t1" sourceRef="s5" targetRef="fills"/><userTask id="fills"><extensionElements><camunda:formData><camunda:formField id="taskField" type="long" defaultValue="7"/><camunda:formField id="locked" type="string" defaultValue="x"><camunda:validation><camunda:constraint name="readonly"/></camunda:validation></camunda:formField></camunda:formData></extensionElements></userTask></process>"#,
    );
    let html = |path: &str| {
        let got = house.get("mara", path);
        assert_eq!(got.status, 200, "{path}");
        String::from_utf8_lossy(&got.body).into_owned()
    };
    let old = html("/process-definition/key/old/rendered-form");
    let options: Vec<usize> = ["Speaker", "Go Left", "Go Right", "Go Up", "Go Down"]
        .iter()
        .map(|label| old.find(label).unwrap_or_else(|| panic!("{label} {old}")))
        .collect();
    assert!(options.is_sorted(), "{old}");
    for part in [
        "name=\"must\" cam-variable-type=\"String\" cam-variable-name=\"must\" required value=\"preset\"",
        "cam-variable-name=\"fixed\" readonly",
        "cam-variable-type=\"Date\" cam-variable-name=\"start\"",
    ] {
        assert!(old.contains(part), "{part} {old}");
    }
    assert!(!old.contains("unseen"), "{old}");
    let submit = |key: &str, body: Json| {
        house.post(
            "mara",
            &format!("/process-definition/key/{key}/submit-form"),
            body,
        )
    };
    assert_eq!(
        submit("old", json!({"variables": {"must": {"value": ""}}})).status,
        400
    );
    assert_eq!(
        submit(
            "old",
            json!({"variables": {"direction": {"value": "back"}}})
        )
        .status,
        400
    );
    submit(
        "old",
        json!({"variables": {"start": {"value": "11-Nov-2025"}, "direction": {"value": "up"}}}),
    )
    .good();

    for path in ["/process-definition/key/none/rendered-form".to_owned(), {
        let instance = house.run("none", json!({}));
        let task = house.text(&format!("/task?processInstanceId={instance}"), "id");
        format!("/task/{task}/rendered-form")
    }] {
        assert_eq!(house.get("mara", &path).status, 404, "{path}");
    }

    let keyed = html("/process-definition/key/keyed/rendered-form");
    assert!(
        keyed.contains("name=\"firstParam\" cam-business-key"),
        "{keyed}"
    );
    assert!(
        !keyed.contains("cam-variable-name=\"firstParam\""),
        "{keyed}"
    );
    assert!(
        keyed.contains("cam-variable-name=\"secondParam\""),
        "{keyed}"
    );
    let started = submit(
        "keyed",
        json!({"businessKey": "foo", "variables": {"secondParam": {"value": "bar"}}}),
    )
    .good();
    assert_eq!(started["businessKey"], "foo");
    let variables = format!(
        "/process-instance/{}/variables",
        started["id"].as_str().unwrap()
    );
    let variables = house.get("mara", &variables).good();
    assert_eq!(
        variables.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["secondParam"]
    );

    let instance = house.run("missing", json!({}));
    let task = house.text(&format!("/task?processInstanceId={instance}"), "id");
    let values = house
        .get("mara", &format!("/task/{task}/form-variables"))
        .good();
    assert_eq!(values.as_object().unwrap().len(), 5);
    assert!(
        values
            .as_object()
            .unwrap()
            .values()
            .all(|v| v["value"].is_null()),
        "{values}"
    );

    let path = "/process-definition/key/typed/form-variables";
    let values = house.get("mara", path).good();
    let of =
        |name: &str, values: &Json| (values[name]["value"].clone(), values[name]["type"].clone());
    assert_eq!(values.as_object().unwrap().len(), 4);
    assert_eq!(
        of("stringField", &values),
        (json!("someString"), json!("String"))
    );
    assert_eq!(of("longField", &values), (json!(5), json!("Long")));
    assert_eq!(of("enumField", &values), (json!("a"), json!("String")));
    assert_eq!(values["dateField"]["value"], "2013-01-10T00:00:00.000+0000");
    let some = house
        .get(
            "mara",
            &format!("{path}?variableNames=stringField,nonExisting"),
        )
        .good();
    assert_eq!(
        some.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["stringField"]
    );

    submit("typed", json!({"variables": null})).good();
    let task = house.text("/task?taskDefinitionKey=fills", "id");
    let local = format!("/task/{task}/localVariables/longField");
    house
        .put("mara", &local, json!({"value": 2, "type": "Long"}))
        .good();
    let path = format!("/task/{task}/form-variables");
    let values = house.get("mara", &path).good();
    assert_eq!(values.as_object().unwrap().len(), 6);
    assert_eq!(of("taskField", &values), (json!(7), json!("Long")));
    assert_eq!(
        of("stringField", &values),
        (json!("someString"), json!("String"))
    );
    assert_eq!(
        of("longField", &values),
        (json!(2), json!("Long")),
        "the task's own comes first"
    );
    let some = house
        .get("mara", &format!("{path}?variableNames=enumField"))
        .good();
    assert_eq!(of("enumField", &some), (json!("a"), json!("String")));
    house
        .post(
            "mara",
            &format!("/task/{task}/submit-form"),
            json!({"variables": null}),
        )
        .good();
    assert!(house.list("/task?taskDefinitionKey=fills").is_empty());
}
