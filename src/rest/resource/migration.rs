//! `Migration`.

use super::many;
use super::process_instance::{running, skipped};
use crate::desk::DeskError;
use crate::desk::batch::Work;
use crate::desk::migrate::{MigrationInstruction, MigrationPlan, PlanReport};
use crate::desk::operate::Skip;
use crate::desk::permission::Operation as Of;
use crate::rest::call::{Body, Call, mismatch};
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::Post;
use crate::rest::operation::{Group, run};
use crate::rest::reply::{Answer, Fault, Reply};
use crate::value::json::typed;
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Migration",
    operations: &[
        run(Post, "/migration/execute", "executeMigrationPlan", "Execute Migration Plan", May(Of::Operate), execute),
        run(Post, "/migration/executeAsync", "executeMigrationPlanAsync", "Execute Migration Plan Async (Batch)", May(Of::Operate), execute_async),
        run(Post, "/migration/generate", "generateMigrationPlan", "Generate Migration Plan", May(Of::Operate), generate),
        run(Post, "/migration/validate", "validateMigrationPlan", "Validate Migration Plan", May(Of::Operate), validate),
    ],
};

fn generate(call: &Call) -> Answer {
    let body = call.object()?;
    let (source, target) = ends(&body)?;
    let update = body.flag("updateEventTriggers")?.unwrap_or(false);
    let plan = call
        .desk
        .generate_migration(&call.caller, &source, &target, update);
    let mut plan = plan.map_err(refused)?;
    plan.variables = body.variables("variables")?;
    let instructions: Vec<Json> = plan.instructions.iter().map(instruction).collect();
    let mut shown = json!({
        "sourceProcessDefinitionId": plan.source,
        "targetProcessDefinitionId": plan.target,
        "instructions": instructions,
        "variables": null,
    });
    if body.get("variables").is_some() {
        let variables = plan.variables.iter();
        let variables = variables.map(|(name, value)| (name.clone(), typed(value, false)));
        shown["variables"] = Json::Object(variables.collect());
    }
    Ok(shown.into())
}

fn validate(call: &Call) -> Answer {
    let plan = plan(&call.object()?)?;
    let report = call.desk.validate_migration(&call.caller, &plan);
    Ok(shown(&report.map_err(refused)?).into())
}

fn execute(call: &Call) -> Answer {
    let (plan, ids, skip) = asked(call)?;
    call.desk
        .migrate_all(&call.caller, &plan, ids, skip)
        .map_err(refused)?;
    Ok(Reply::None)
}

fn execute_async(call: &Call) -> Answer {
    let (plan, ids, skip) = asked(call)?;
    many::batch(call, &Work::Migrate { plan, skip }, ids)
}

/// The plan of a request, which is valid, and the instances that it means.
fn asked(call: &Call) -> Result<(MigrationPlan, Vec<String>, Skip), Fault> {
    let body = call.object()?;
    let skip = skipped(|name| body.flag(name))?;
    let Some(wanted) = body.object("migrationPlan")? else {
        return Err(Fault::invalid("Migration plan cannot be null"));
    };
    let plan = plan(&wanted)?;
    let report = call.desk.validate_migration(&call.caller, &plan);
    let report = report.map_err(refused)?;
    if !report.is_empty() {
        return Err(Fault {
            more: Some(Box::new(json!({ "validationReport": shown(&report) }))),
            ..Fault::new(400, "MigrationPlanValidationException", report.to_string()).with_code(0)
        });
    }
    let mut ids = body.texts("processInstanceIds")?.unwrap_or_default();
    if let Some(query) = body.get("processInstanceQuery") {
        ids.extend(running(call, query.clone())?);
    }
    ids.sort();
    ids.dedup();
    match ids.is_empty() {
        true => Err(Fault::bad_user_request(
            "Process instance ids cannot empty: process instance ids is empty",
        )),
        false => Ok((plan, ids, skip)),
    }
}

/// What is refused by the plan or the instance has a name of its own.
fn refused(error: DeskError) -> Fault {
    match error {
        DeskError::Invalid(message) if message.starts_with("ENGINE-23004") => {
            Fault::new(400, "MigratingProcessInstanceValidationException", message).with_code(0)
        }
        DeskError::Invalid(message) if message.starts_with("ENGINE-23008") => {
            Fault::invalid(message)
        }
        other => other.into(),
    }
}

fn ends(body: &Body) -> Result<(String, String), Fault> {
    let end = |name, which| {
        let missing = || Fault::invalid(format!("{which} process definition id is null"));
        body.text(name)?.ok_or_else(missing)
    };
    Ok((
        end("sourceProcessDefinitionId", "Source")?,
        end("targetProcessDefinitionId", "Target")?,
    ))
}

fn plan(body: &Body) -> Result<MigrationPlan, Fault> {
    let (source, target) = ends(body)?;
    let instructions = body.list("instructions")?.unwrap_or_default();
    let instructions = instructions.iter().map(|json| {
        let given = Body::of(json)?;
        let one = |name: &str| -> Result<String, Fault> {
            let ids = given.texts(name)?.unwrap_or_default();
            match ids.as_slice() {
                [only] => Ok(only.clone()),
                _ => Err(mismatch(format!("{name} must hold exactly one id"))),
            }
        };
        Ok(MigrationInstruction {
            source: one("sourceActivityIds")?,
            target: one("targetActivityIds")?,
            update_event_trigger: given.flag("updateEventTrigger")?.unwrap_or(false),
        })
    });
    Ok(MigrationPlan {
        source,
        target,
        instructions: instructions.collect::<Result<_, Fault>>()?,
        variables: body.variables("variables")?,
    })
}

fn instruction(instruction: &MigrationInstruction) -> Json {
    json!({
        "sourceActivityIds": [instruction.source],
        "targetActivityIds": [instruction.target],
        "updateEventTrigger": instruction.update_event_trigger,
    })
}

fn shown(report: &PlanReport) -> Json {
    let reports = report.instructions.iter().map(|report| {
        json!({
            "instruction": instruction(&report.instruction),
            "failures": report.failures,
        })
    });
    json!({
        "instructionReports": reports.collect::<Vec<_>>(),
        "variableReports": {},
    })
}
