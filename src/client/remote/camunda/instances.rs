//! Instances by Camunda's paths: its history, which also tells of what runs.

use super::{MOST, Tasklist, instant, text};
use crate::client::remote::ask::{path, query};
use crate::client::{
    ActivityView, Answer, DiagramView, HistoryEntry, IncidentView, InstanceDetail, InstanceQuery,
    InstanceView, LinkedInstance, LocalVariables, Page, TaskQuery, Variables,
};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde_json::{Value as Json, json};

fn view(row: &Json) -> InstanceView {
    let id = text(row, "id").unwrap_or_default();
    let state = text(row, "state").unwrap_or_default();
    let end_time = instant(row, "endTime");
    InstanceView {
        warnings: Vec::new(),
        process_instance_id: id.clone(),
        id,
        definition_id: text(row, "processDefinitionId").unwrap_or_default(),
        process_definition_key: text(row, "processDefinitionKey").unwrap_or_default(),
        process_definition_name: text(row, "processDefinitionName"),
        process_definition_version: row["processDefinitionVersion"].as_i64().unwrap_or(0) as i32,
        business_key: text(row, "businessKey"),
        title: None,
        suspended: state == "SUSPENDED",
        state,
        ended: end_time.is_some(),
        start_user_id: text(row, "startUserId"),
        start_time: instant(row, "startTime").unwrap_or_default(),
        end_time,
        delete_reason: text(row, "deleteReason"),
        assignee: None,
        due: None,
        incidents: 0,
        round: 1,
        undone: false,
    }
}

impl Tasklist {
    /// Instances, the newest first.
    pub(super) fn list_instances(&self, wanted: &InstanceQuery) -> Answer<Page<InstanceView>> {
        let mut asked = json!({
            "sorting": [{ "sortBy": "startTime", "sortOrder": "desc" }],
        });
        for (name, set) in [
            ("unfinished", wanted.open),
            ("finished", wanted.ended),
            ("withIncidents", wanted.with_incident),
        ] {
            if set {
                asked[name] = json!(true);
            }
        }
        if let Some(key) = &wanted.key {
            asked["processDefinitionKey"] = json!(key);
        }
        if let Some(key) = &wanted.business_key {
            asked["processInstanceBusinessKey"] = json!(key);
        }
        if let Some(id) = &wanted.definition_id {
            asked["processDefinitionId"] = json!(id);
        }
        if let Some(text) = &wanted.text {
            asked["processInstanceBusinessKeyLike"] = json!(format!("%{text}%"));
        }
        let limit = match wanted.limit {
            0 => 200,
            limit => limit.min(MOST),
        };
        let (first, most) = (wanted.offset.to_string(), limit.to_string());
        let pairs = [("firstResult", first.as_str()), ("maxResults", &most)];
        let to = query(&["history", "process-instance"], &pairs);
        let rows: Vec<Json> = self.ask.look(to, &asked)?;
        let count: Json = self
            .ask
            .look(path(&["history", "process-instance", "count"]), &asked)?;
        let mut items: Vec<InstanceView> = rows.iter().map(view).collect();
        self.complete_views(&mut items);
        Ok(Page {
            items,
            total: count["count"].as_u64().unwrap_or_default(),
        })
    }

    /// Puts in what each is called, and whose it is; what may not be seen is left out.
    fn complete_views(&self, views: &mut [InstanceView]) {
        let ids: Vec<String> = views.iter().map(|view| view.id.clone()).collect();
        if ids.is_empty() {
            return;
        }
        let asked = json!({ "processInstanceIdIn": ids });
        let tasks: Answer<Vec<Json>> = self.ask.look(path(&["task"]), &asked);
        let tasks = tasks.unwrap_or_default();
        let mut beside = self.beside(&ids);
        for view in views {
            view.title = beside.remove(&view.id).and_then(|beside| beside.title);
            let of = |task: &&Json| task["processInstanceId"] == view.id.as_str();
            if let Some(task) = tasks.iter().find(of) {
                view.assignee = text(task, "assignee");
                view.due = instant(task, "due");
            }
        }
    }

    /// One instance.
    pub(super) fn instance_view(&self, id: &str) -> Answer<InstanceView> {
        let row: Json = self.ask.get(path(&["history", "process-instance", id]))?;
        Ok(view(&row))
    }

    fn activities(&self, id: &str) -> Answer<Vec<Json>> {
        let pairs = [
            ("processInstanceId", id),
            ("sortBy", "startTime"),
            ("sortOrder", "asc"),
        ];
        self.ask
            .get(query(&["history", "activity-instance"], &pairs))
    }

    fn incidents_of(&self, id: &str) -> Vec<IncidentView> {
        let found = self
            .ask
            .get(query(&["incident"], &[("processInstanceId", id)]));
        found.unwrap_or_default()
    }

    /// An instance in full.
    pub(super) fn instance_detail(&self, id: &str) -> Answer<InstanceDetail> {
        let mut instance = self.instance_view(id)?;
        self.complete_views(std::slice::from_mut(&mut instance));
        let running = self.activities(id)?;
        let running = running.iter().filter(|a| a["endTime"].is_null());
        let activities: Vec<ActivityView> = running
            .map(|activity| ActivityView {
                id: text(activity, "id").unwrap_or_default(),
                activity_id: text(activity, "activityId").unwrap_or_default(),
                activity_name: text(activity, "activityName"),
                activity_type: text(activity, "activityType").unwrap_or_default(),
                parent_activity_instance_id: text(activity, "parentActivityInstanceId")
                    .filter(|parent| parent != id),
                start_time: instant(activity, "startTime").unwrap_or_default(),
            })
            .collect();
        let tasks = TaskQuery {
            process_instance_id: Some(id.to_owned()),
            ..TaskQuery::default()
        };
        Ok(InstanceDetail {
            insertion: None,
            variables: self.values(id, instance.ended),
            local_variables: self.local_values(id, &activities),
            caller: self.calls("subProcessInstanceId", id).pop(),
            called_instances: self.calls("superProcessInstanceId", id),
            active_activity_ids: activities.iter().map(|a| a.activity_id.clone()).collect(),
            activities,
            tasks: self.list(&tasks)?.items,
            incident_list: self.incidents_of(id),
            progress: None,
            retrying: Vec::new(),
            instance,
        })
    }

    /// The instance that called one, or those that it called.
    fn calls(&self, by: &str, id: &str) -> Vec<LinkedInstance> {
        let asked = json!({ by: id, "sorting": [{ "sortBy": "startTime", "sortOrder": "desc" }] });
        let to = query(&["history", "process-instance"], &[("maxResults", "100")]);
        let rows: Answer<Vec<Json>> = self.ask.look(to, &asked);
        let mut views: Vec<InstanceView> = rows.unwrap_or_default().iter().map(view).collect();
        self.complete_views(&mut views);
        let linked = views.into_iter().map(|view| {
            let name = view
                .title
                .or(view.business_key)
                .or(view.process_definition_name);
            LinkedInstance {
                id: view.id,
                name: name.unwrap_or_else(|| view.process_definition_key.clone()),
                process_definition_key: view.process_definition_key,
                state: view.state,
                activity_id: None,
            }
        });
        linked.collect()
    }

    /// The variables of scopes and tasks inside an instance.
    fn local_values(&self, id: &str, activities: &[ActivityView]) -> Vec<LocalVariables> {
        let pairs = [("processInstanceIdIn", id), ("deserializeValues", "false")];
        let found: Answer<Vec<Json>> = self.ask.get(query(&["variable-instance"], &pairs));
        let mut scopes: Vec<LocalVariables> = Vec::new();
        for row in found.unwrap_or_default() {
            let (task_id, place) = (text(&row, "taskId"), text(&row, "activityInstanceId"));
            let (Some(name), Some(place)) = (text(&row, "name"), place.filter(|at| at != id))
            else {
                continue;
            };
            let same = |scope: &LocalVariables| {
                scope.activity_instance_id == place && scope.task_id == task_id
            };
            let at = scopes.iter().position(same).unwrap_or_else(|| {
                let activity = activities.iter().find(|activity| activity.id == place);
                scopes.push(LocalVariables {
                    activity_id: activity.map_or_else(
                        || place.split(':').next().unwrap_or_default().to_owned(),
                        |activity| activity.activity_id.clone(),
                    ),
                    activity_name: activity.and_then(|activity| activity.activity_name.clone()),
                    activity_instance_id: place.clone(),
                    task_id: task_id.clone(),
                    variables: Variables::default(),
                });
                scopes.len() - 1
            });
            let value = json!({
                "value": row["value"], "type": row["type"], "valueInfo": row["valueInfo"],
            });
            scopes[at].variables.insert(name, value);
        }
        scopes
    }

    fn values(&self, id: &str, ended: bool) -> Variables {
        if !ended {
            let to = ["process-instance", id, "variables"];
            let found = self.ask.get(query(&to, &[("deserializeValues", "false")]));
            return found.unwrap_or_default();
        }
        let pairs = [("processInstanceId", id), ("deserializeValues", "false")];
        let found: Answer<Vec<Json>> = self
            .ask
            .get(query(&["history", "variable-instance"], &pairs));
        let found = found.unwrap_or_default();
        let typed = |row: &Json| {
            let value = json!({
                "value": row["value"], "type": row["type"], "valueInfo": row["valueInfo"],
            });
            Some((text(row, "name")?, value))
        };
        found.iter().filter_map(typed).collect()
    }

    /// What happened in an instance, oldest first.
    pub(super) fn past(&self, id: &str) -> Answer<Vec<HistoryEntry>> {
        let instance = self.instance_view(id)?;
        let entry =
            |time: DateTime<Utc>, kind: &str, user: Option<String>, text: String| HistoryEntry {
                time,
                kind: kind.to_owned(),
                user_id: user,
                activity_id: None,
                activity_name: None,
                round: None,
                text,
            };
        let who = instance.start_user_id.clone();
        let by = who.as_ref().map(|who| format!(" by {who}"));
        let told = format!("Started{}.", by.unwrap_or_default());
        let mut entries = vec![entry(instance.start_time, "started", who, told)];
        for activity in self.activities(id)? {
            let key = text(&activity, "activityId").unwrap_or_default();
            let name = text(&activity, "activityName").unwrap_or_else(|| key.clone());
            let user = text(&activity, "assignee");
            let whose = user.as_ref().map(|user| format!(" by {user}"));
            let whose = whose.unwrap_or_default();
            let begun = instant(&activity, "startTime").unwrap_or_default();
            let ended = instant(&activity, "endTime");
            let (kind, told) = match ended {
                Some(_) if activity["canceled"] == true => ("cancelled", "was cancelled"),
                Some(_) => ("completed", "is done"),
                None => ("assigned", "has begun"),
            };
            let told = format!(
                "{name} {told}{}.",
                if ended.is_some() { &whose } else { "" }
            );
            entries.push(HistoryEntry {
                activity_id: Some(key),
                activity_name: Some(name),
                ..entry(ended.unwrap_or(begun), kind, user, told)
            });
        }
        if let Some(end) = instance.end_time {
            let why = instance.delete_reason.map(|why| format!(": {why}"));
            let told = format!("Ended{}.", why.unwrap_or_default());
            entries.push(entry(end, "ended", None, told));
        }
        entries.sort_by_key(|entry| entry.time);
        Ok(entries)
    }

    /// The process of an instance and where its tokens are.
    pub(super) fn drawn(&self, id: &str) -> Answer<DiagramView> {
        let instance = self.instance_view(id)?;
        let bpmn = self.bpmn(&instance.definition_id)?;
        let (mut tokens, mut visits) = (IndexMap::new(), IndexMap::new());
        for activity in self.activities(id)? {
            let key = text(&activity, "activityId").unwrap_or_default();
            *visits.entry(key.clone()).or_insert(0) += 1;
            if activity["endTime"].is_null() {
                *tokens.entry(key).or_insert(0) += 1;
            }
        }
        let incidents = self.incidents_of(id);
        Ok(DiagramView {
            name: instance
                .process_definition_name
                .unwrap_or_else(|| instance.process_definition_key.clone()),
            bpmn20_xml: bpmn.to_string(),
            process_definition_key: instance.process_definition_key,
            names: IndexMap::new(),
            tokens,
            visits,
            incidents: incidents.into_iter().map(|i| i.activity_id).collect(),
        })
    }
}
