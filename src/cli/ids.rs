//! Ids as people type them: whole, or the beginning or end that tells one from the others.

use super::Failure;
use crate::client::operate::{IncidentView, JobQuery, Operator};
use crate::client::{Client, InstanceQuery, TaskQuery};

/// Length of a whole id.
const WHOLE: usize = 36;
/// So many are named where an id fits several.
const NAMED: usize = 4;

/// The task that is meant. What fits none is left for the desk to refuse.
pub fn task(client: &dyn Client, id: String) -> Result<String, Failure> {
    choose(id, || {
        let query = TaskQuery {
            limit: usize::MAX,
            ..TaskQuery::default()
        };
        let tasks = client.tasks(query)?.items;
        Ok(tasks.into_iter().map(|task| task.id).collect())
    })
}

/// The instance that is meant, by its whole business key or its id. What is both means neither.
pub fn instance(client: &dyn Client, id: String) -> Result<String, Failure> {
    if id.is_empty() || is_whole(&id) {
        return Ok(id);
    }
    let keyed = by_business_key(client, &id)?;
    let found = choose(id.clone(), || {
        let query = InstanceQuery {
            limit: usize::MAX,
            ..InstanceQuery::default()
        };
        let instances = client.instances(query)?.items;
        Ok(instances.into_iter().map(|instance| instance.id).collect())
    });
    let Some(keyed) = keyed else {
        return found;
    };
    match found {
        Ok(other) if other == id || other == keyed => Ok(keyed),
        _ => Err(Failure::new(format!(
            "{id} is the business key of {keyed} and stands in other ids, too; give the whole id of the one that is meant"
        ))),
    }
}

fn is_whole(id: &str) -> bool {
    id.len() == WHOLE && id.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// The running instance with a business key, else the one that has ended; none where there is none.
fn by_business_key(client: &dyn Client, key: &str) -> Result<Option<String>, Failure> {
    let query = InstanceQuery {
        business_key: Some(key.to_owned()),
        ..InstanceQuery::default()
    };
    let mut fits = client.instances(query)?.items;
    if fits.iter().any(|instance| !instance.ended) {
        fits.retain(|instance| !instance.ended);
    }
    if fits.len() > 1 {
        let more = if fits.len() > NAMED { ", …" } else { "" };
        let ids = fits.iter().take(NAMED).map(|instance| instance.id.as_str());
        let ids: Vec<&str> = ids.collect();
        return Err(Failure::new(format!(
            "{} instances have the business key {key}, name one by its id: {}{more}",
            fits.len(),
            ids.join(", ")
        )));
    }
    Ok(fits.pop().map(|instance| instance.id))
}

/// The job that is meant.
pub fn job(desk: &dyn Operator, id: String) -> Result<String, Failure> {
    choose(id, || {
        let jobs = desk.jobs(JobQuery::default())?;
        Ok(jobs.into_iter().map(|job| job.id).collect())
    })
}

/// The open incident that is meant; what fits none is refused.
pub fn incident(open: &[IncidentView], id: String) -> Result<String, Failure> {
    let all = || open.iter().map(|incident| incident.id.clone()).collect();
    let id = choose(id, || Ok(all()))?;
    match id.len() >= WHOLE {
        true => Ok(id),
        false => Err(Failure::new(format!(
            "no open incident has the id {id}: it was resolved, or never was; see crewdesk \
             incident list"
        ))),
    }
}

fn choose(
    id: String,
    all: impl FnOnce() -> Result<Vec<String>, Failure>,
) -> Result<String, Failure> {
    if id.is_empty() || id.len() >= WHOLE {
        return Ok(id);
    }
    let mut fits = all()?;
    fits.retain(|whole| whole.starts_with(&id) || whole.ends_with(&id));
    match fits.len() {
        0 => Ok(id),
        1 => Ok(fits.swap_remove(0)),
        n => {
            let more = if n > NAMED { ", …" } else { "" };
            fits.truncate(NAMED);
            Err(Failure::new(format!(
                "{id} fits {n} ids, give more of it: {}{more}",
                fits.join(", ")
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(id: &str) -> Result<String, String> {
        let all = ["0191-aa01", "0191-bb02", "0191-bb12"].map(str::to_owned);
        choose(id.into(), || Ok(all.to_vec())).map_err(|Failure(text)| text)
    }

    #[test]
    fn a_beginning_or_end_is_enough_if_it_fits_one() {
        assert_eq!(chosen("a01").unwrap(), "0191-aa01");
        assert_eq!(chosen("0191-a").unwrap(), "0191-aa01");
        assert_eq!(chosen("b02").unwrap(), "0191-bb02");
        assert_eq!(chosen("nope").unwrap(), "nope");
        assert_eq!(chosen("").unwrap(), "");
        let told = chosen("2").unwrap_err();
        assert!(told.contains("0191-bb02, 0191-bb12"), "{told}");
    }
}
