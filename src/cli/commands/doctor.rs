//! `crewdesk doctor`

use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::{Done, Failure};
use serde::Serialize;

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    found: String,
}

pub fn run(session: &Session, out: &Output) -> Done {
    let path = session.path()?;
    let mut findings = vec![Finding {
        check: "database",
        ok: true,
        found: path.display().to_string(),
    }];
    if !path.exists() {
        findings.push(Finding {
            check: "desk",
            ok: false,
            found:
                "there is no desk here yet: crewdesk user add NAME --role head, or crewdesk demo"
                    .into(),
        });
        return report(out, findings);
    }
    let host = match session.host() {
        Ok(host) => host,
        Err(Failure(problem)) => {
            findings.push(Finding {
                check: "desk",
                ok: false,
                found: problem,
            });
            return report(out, findings);
        }
    };
    for (check, outcome) in host.examine() {
        let ok = outcome.is_ok();
        findings.push(Finding {
            check,
            ok,
            found: outcome.unwrap_or_else(|problem| problem),
        });
    }
    report(out, findings)
}

fn report(out: &Output, findings: Vec<Finding>) -> Done {
    let wrong = findings.iter().filter(|f| !f.ok).count();
    out.answer(&findings, |all| {
        all.iter()
            .map(|f| {
                format!(
                    "{}  {:<12} {}\n",
                    if f.ok { "ok   " } else { "WRONG" },
                    f.check,
                    f.found
                )
            })
            .collect()
    })?;
    match wrong {
        0 => Ok(()),
        1 => Err(Failure::new("one thing is wrong")),
        n => Err(Failure::new(format!("{n} things are wrong"))),
    }
}
