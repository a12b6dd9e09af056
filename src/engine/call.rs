//! Call activities: another process runs as part of the same root instance. The root
//! execution of the called instance is a child of the call activity's execution.

use super::error::Error;
use super::expression::Whence;
use super::multi::COUNTERS;
use super::run::{At, Run};
use super::start::Start;
use super::state::*;
use super::world::{DecisionVersion, ProcessRef};
use crate::model::NodeKind;
use crate::model::graph::{Binding, CallActivity, Mapping, Source};
use crate::value::{Map, Value};

/// How deep calls may nest.
const MOST_NESTED: usize = 2_000;

impl Run<'_> {
    /// Starts an instance of the called process.
    pub(super) fn call(&mut self, at: &At, call: &CallActivity) -> Result<(), Error> {
        let key = self.required_text(at, &call.called, "the key of the called process")?;
        let what = "the called process";
        let version = self.version(at, &call.binding, what)?;
        let reference = ProcessRef { key, version };
        let definition_id = self.world.called(&reference, || at.place())?;
        let process = self.world.process(&definition_id)?;
        let Some(start) = process.initial(None) else {
            return Err(Error::BadValue {
                at: at.place(),
                cause: format!("process {reference} has no start event that can be called"),
            });
        };
        if self.depth(at) >= MOST_NESTED {
            return Err(Error::BadValue {
                at: at.place(),
                cause: format!("more than {MOST_NESTED} calls are inside each other"),
            });
        }
        let business_key = match &call.business_key {
            Some(key) => match self.eval(key, Whence::of(at))? {
                Value::Null => None,
                value => Some(value.to_string()),
            },
            None => None,
        };
        let variables = self.mapped(at, &call.inputs, at)?;
        let instance = ProcessInstance {
            id: self.new_id(),
            definition_id,
            business_key,
            start_user: self.user.clone(),
            started: self.now,
            ..ProcessInstance::default()
        };
        self.begin_process(Start {
            instance,
            caller: Some(at.execution.clone()),
            start: Some(start),
            variables,
        })
    }

    /// How many calls an execution is inside of.
    fn depth(&self, at: &At) -> usize {
        let mut depth = 0;
        let mut next = Some(at.execution.process_instance_id.clone());
        while let Some(root) = next {
            let call = self.instance().execution(&root);
            let call = call.and_then(|root| root.parent_id.as_deref());
            next = call
                .and_then(|call| self.instance().execution(call))
                .map(|call| call.process_instance_id.clone());
            depth += 1;
        }
        depth
    }

    /// Gives what the called instance passes out to its call activity, which must not be
    /// suspended.
    pub(super) fn pass_outputs(&mut self, root: &At, call: &str) -> Result<(), Error> {
        let at = self.at(call)?;
        self.check_active(&at.execution.process_instance_id)?;
        let NodeKind::CallActivity(activity) = &at.node().kind else {
            return Ok(());
        };
        for local in [false, true] {
            let outputs = activity.outputs.iter().filter(|m| m.local == local);
            for mapping in outputs {
                let mut map = Map::new();
                let from = Mapping {
                    local: false,
                    ..mapping.clone()
                };
                self.map(root, &from, &at, &mut map)?;
                match local {
                    true => self.set_local_variables(call, map)?,
                    false => self.set_variables(call, map)?,
                }
            }
        }
        Ok(())
    }

    /// The variables that mappings give, taken from one execution on behalf of another.
    pub(super) fn mapped(
        &mut self,
        from: &At,
        mappings: &[Mapping],
        by: &At,
    ) -> Result<Map, Error> {
        let mut map = Map::new();
        for mapping in mappings {
            self.map(from, mapping, by, &mut map)?;
        }
        Ok(map)
    }

    fn map(&mut self, from: &At, mapping: &Mapping, by: &At, map: &mut Map) -> Result<(), Error> {
        let target = || mapping.target.clone().unwrap_or_default();
        match &mapping.source {
            Source::All => {
                let all = match mapping.local {
                    true => self.local_variables(from.id()),
                    false => self.all_variables(from.id()),
                };
                let all = all.into_iter();
                map.extend(all.filter(|(name, _)| !COUNTERS.contains(&name.as_str())));
            }
            Source::Variable(name) => {
                let value = match mapping.local {
                    true => self.local_variable(from.id(), name),
                    false => self.variable(from.id(), name),
                };
                map.insert(target(), value.unwrap_or_default());
            }
            Source::Expression(expression) => {
                let value = self
                    .eval(expression, Whence::of(from).local(mapping.local))
                    .map_err(|e| match e {
                        Error::Expression { cause, .. } => Error::Expression {
                            at: by.place(),
                            cause,
                        },
                        other => other,
                    })?;
                map.insert(target(), value);
            }
        }
        Ok(())
    }

    /// Which version of a definition a binding means.
    pub(super) fn version(
        &mut self,
        at: &At,
        binding: &Binding,
        of: &str,
    ) -> Result<DecisionVersion, Error> {
        Ok(match binding {
            Binding::Latest => DecisionVersion::Latest,
            Binding::Deployment => DecisionVersion::DeploymentOf(at.definition_id.clone()),
            Binding::Version(version) => match self.eval_number(version, Whence::of(at))? {
                Some(number) => DecisionVersion::Number(number),
                None => {
                    return Err(Error::BadValue {
                        at: at.place(),
                        cause: format!("the version of {of} is empty"),
                    });
                }
            },
            Binding::VersionTag(tag) => {
                let what = format!("the version tag of {of}");
                DecisionVersion::Tag(self.required_text(at, tag, &what)?)
            }
        })
    }
}
