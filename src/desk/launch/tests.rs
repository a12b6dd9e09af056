use super::*;
use crate::desk::view::User;
use crate::model::{Constraint, FieldType};
use chrono::TimeDelta;

fn now() -> DateTime<Utc> {
    "2025-11-18T12:00:00Z".parse().unwrap()
}

fn field(id: &str, kind: FieldType) -> FormField {
    FormField {
        hide: None,
        id: id.into(),
        label: id.into(),
        kind,
        default_value: None,
        constraints: Vec::new(),
        properties: Default::default(),
    }
}

fn form() -> Form {
    let date = || FieldType::Date {
        pattern: "dd/MM/yyyy".into(),
    };
    let mut title = field(TITLE, FieldType::String);
    title.constraints.push(Constraint::Required);
    let mut priority = field(PRIORITY, FieldType::Long);
    priority.default_value = Some("50".into());
    Form {
        fields: vec![
            title,
            field(ASSIGNEE, FieldType::String),
            field(CANDIDATE_USERS, FieldType::String),
            field(CANDIDATE_GROUPS, FieldType::String),
            field(DUE_DATE, date()),
            field(REMIND_AT, date()),
            priority,
        ],
        business_key: None,
    }
}

fn team() -> Team {
    let user = |id: &str, role, groups: &[&str]| User {
        id: id.into(),
        role,
        groups: groups.iter().map(|&g| g.into()).collect(),
        topics: Vec::new(),
        has_password: false,
    };
    Team(vec![
        user("ana", Role::Employee, &["loaders"]),
        user("ben", Role::Employee, &[]),
        user("w", Role::Worker, &[]),
    ])
}

fn request(title: &str) -> StartRequest {
    StartRequest {
        variables: Map::from_iter([(TITLE.to_owned(), title.into())]),
        ..StartRequest::default()
    }
}

#[test]
fn every_field_is_defined_and_defaults_apply() {
    let launched = launch("Loading", Some(&form()), &request("Orders"), &team(), now()).unwrap();
    assert_eq!(launched.variables.len(), 7);
    assert_eq!(launched.variables[PRIORITY], Value::Long(50));
    for name in [
        ASSIGNEE,
        CANDIDATE_USERS,
        CANDIDATE_GROUPS,
        DUE_DATE,
        REMIND_AT,
    ] {
        assert_eq!(launched.variables[name], Value::Null, "{name}");
    }
    assert_eq!(launched.patch, None);
}

#[test]
fn attributes_become_variables_where_the_form_has_them() {
    let due = now() + TimeDelta::hours(5);
    let said = StartRequest {
        assignee: Some("ana".into()),
        candidate_users: vec!["ana".into(), "ben".into()],
        candidate_groups: vec!["loaders".into()],
        due: Some(due),
        priority: Some(70),
        business_key: Some("k".into()),
        ..request("Orders")
    };
    let launched = launch("Loading", Some(&form()), &said, &team(), now()).unwrap();
    let v = &launched.variables;
    assert_eq!(v[ASSIGNEE], "ana".into());
    assert_eq!(v[CANDIDATE_USERS], "ana,ben".into());
    assert_eq!(v[CANDIDATE_GROUPS], "loaders".into());
    assert_eq!(v[DUE_DATE], Value::Date(due));
    assert_eq!(v[REMIND_AT], Value::Date(due - TimeDelta::minutes(30)));
    assert_eq!(v[PRIORITY], Value::Long(70));
    assert_eq!(launched.business_key.as_deref(), Some("k"));
    assert_eq!(launched.patch, None);

    let bare = launch("Loading", None, &said, &team(), now()).unwrap();
    assert_eq!(bare.variables.len(), 1);
    let patch = bare.patch.unwrap();
    assert_eq!(patch.assignee, Some(Some("ana".into())));
    assert_eq!(patch.due, Some(Some(due)));
    assert_eq!(
        (patch.priority, patch.candidate_groups),
        (Some(70), Some(vec!["loaders".into()]))
    );
}

#[test]
fn all_errors_come_at_once_each_with_its_field() {
    let said = StartRequest {
        assignee: Some("zoe".into()),
        candidate_users: vec!["w".into()],
        candidate_groups: vec!["nobodies".into()],
        ..request("")
    };
    for form in [Some(form()), None] {
        let Err(DeskError::Fields(errors)) =
            launch("Loading", form.as_ref(), &said, &team(), now())
        else {
            panic!("accepted");
        };
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        let people = [ASSIGNEE, CANDIDATE_USERS, CANDIDATE_GROUPS];
        match form {
            Some(_) => assert_eq!(fields, [&[TITLE], &people[..]].concat()),
            None => assert_eq!(fields, people),
        }
    }
}

#[test]
fn a_field_may_be_the_business_key() {
    let form = Form {
        business_key: Some(TITLE.into()),
        ..form()
    };
    let launched = launch("Loading", Some(&form), &request("orders"), &team(), now()).unwrap();
    assert_eq!(launched.business_key.as_deref(), Some("orders"));
}

#[test]
fn a_job_without_a_title_is_called_like_its_key_or_its_process() {
    let titled = |key: Option<&str>| {
        let request = StartRequest {
            business_key: key.map(str::to_owned),
            ..StartRequest::default()
        };
        let launched = launch("Loading", Some(&form()), &request, &team(), now()).unwrap();
        launched.variables[TITLE].to_string()
    };
    assert_eq!(titled(Some("orders/1")), "orders/1");
    assert_eq!(titled(None), "Loading");
}

#[test]
fn a_default_is_evaluated_over_the_values_before_it() {
    let mut form = form();
    let mut doubled = field("doubled", FieldType::Long);
    doubled.default_value = Some("${priority * 2}".into());
    let mut told = field("told", FieldType::String);
    told.default_value = Some("${password}".into());
    let mut password = field("password", FieldType::String);
    password.properties.insert("widget".into(), "secret".into());
    assert_eq!(password.widget(), Widget::Secret);
    form.fields.extend([doubled, told, password]);
    let mut request = request("June");
    request
        .variables
        .insert("password".into(), "open sesame".into());
    let launched = launch("Load", Some(&form), &request, &team(), now()).unwrap();
    assert_eq!(launched.variables["doubled"], Value::Long(100));
    assert!(!format!("{:?}", launched.variables).contains("sesame"));
}
