//! Calls of functions.

use super::{Machine, Stop, call};
use crate::feel::budget::Told;
use crate::feel::builtins::{self, Fail};
use crate::feel::code::{Closure, Function, Op, Param};
use crate::feel::value::{List, Value};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

impl Machine<'_> {
    pub(super) fn invoke(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::Builtin {
                function,
                arguments,
            } => {
                let arguments = self.pop_many(arguments);
                let result = builtins::call(function, arguments, self.scope, self.budget);
                self.give(result)
            }
            Op::BuiltinNamed { function, names } => {
                let names = self.code.keys[names as usize].clone();
                let arguments = self.pop_many(names.len() as u32);
                let result =
                    builtins::call_named(function, &names, arguments, self.scope, self.budget);
                self.give(result)
            }
            Op::Call(count) => {
                let arguments = self.pop_many(count);
                let callee = self.pop();
                self.call(callee, arguments)
            }
            Op::CallNamed(names) => {
                let names = self.code.keys[names as usize].clone();
                let arguments = self.pop_many(names.len() as u32);
                let callee = self.pop();
                self.call_named(callee, &names, arguments)
            }
            Op::Closure(ix) => {
                let code = self.code.functions[ix as usize].clone();
                let captures = self.pop_many(code.captures);
                self.budget.allocate(captures.len() * 32 + 64)?;
                let depth =
                    List::new(captures.clone()).map(|l| Value::List(Arc::new(l)).depth())?;
                let closure = Function::Closure(Closure {
                    code,
                    captures,
                    depth,
                });
                self.stack.push(Value::Function(Arc::new(closure)));
                Ok(())
            }
            Op::Host(ix) => {
                let host = self.code.hosts[ix as usize].clone();
                let arguments = self.pop_many(host.params().len() as u32);
                if self.budget.is_watched() {
                    self.budget.tell(Told::Call {
                        function: host.clone(),
                        arguments: arguments.clone(),
                    });
                }
                let function = Arc::new(Function::Host(host));
                let value =
                    call(&function, arguments, self.scope, self.budget).map_err(Stop::Below)?;
                self.stack.push(value);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn call(&mut self, callee: Value, arguments: Vec<Value>) -> Result<(), Stop> {
        let function = match callee {
            Value::Function(function) => function,
            other => {
                let reason = format!("a {} can not be called", other.type_name());
                return self.give_of(&[&other], Err(Fail::Null(reason.into())));
            }
        };
        let arguments = match function.params() {
            None => arguments,
            Some(params) if params.len() != arguments.len() => {
                let (wanted, given) = (params.len(), arguments.len());
                let noun = if wanted == 1 { "argument" } else { "arguments" };
                let reason = format!("{function} takes {wanted} {noun}, not {given}");
                return self.give(Err(Fail::Null(reason.into())));
            }
            Some(params) => {
                let mut coerced = Vec::with_capacity(arguments.len());
                for (param, argument) in params.iter().zip(arguments) {
                    let value = match param.of.coerce(argument, self.budget) {
                        Ok(value) => value,
                        Err(Fail::Null(why)) => {
                            let name = &param.name;
                            let reason = format!("the argument `{name}` of {function}: {why}");
                            return self.give(Err(Fail::Null(reason.into())));
                        }
                        Err(stop) => return self.give(Err(stop)),
                    };
                    coerced.push(value);
                }
                coerced
            }
        };
        match &*function {
            Function::Closure(closure) => {
                self.enter(closure.code.clone(), Some(function.clone()), arguments)
            }
            Function::Builtin(builtin) => {
                let result = builtins::call(*builtin, arguments, self.scope, self.budget);
                self.give(result)
            }
            Function::Host(_) => {
                let value =
                    call(&function, arguments, self.scope, self.budget).map_err(Stop::Below)?;
                self.stack.push(value);
                Ok(())
            }
        }
    }

    fn call_named(
        &mut self,
        callee: Value,
        names: &[Arc<str>],
        arguments: Vec<Value>,
    ) -> Result<(), Stop> {
        let Value::Function(function) = &callee else {
            return self.call(callee, arguments);
        };
        let arranged = match (&**function, function.params()) {
            (Function::Builtin(builtin), _) => {
                let result =
                    builtins::call_named(*builtin, names, arguments, self.scope, self.budget);
                return self.give(result);
            }
            (_, Some(params)) => {
                let known: HashSet<&str> = params.iter().map(|p| &*p.name).collect();
                let unknown = names.iter().find(|name| !known.contains(&***name));
                if let Some(name) = unknown {
                    Err(Fail::Null(
                        format!("{function} has no parameter `{name}`").into(),
                    ))
                } else {
                    // Of two of one name the first.
                    let given = names.iter().zip(arguments).rev();
                    let given: HashMap<&str, Value> = given.map(|(n, a)| (&**n, a)).collect();
                    let value = |p: &Param| given.get(&*p.name).cloned();
                    Ok(params
                        .iter()
                        .map(|p| value(p).unwrap_or_default())
                        .collect())
                }
            }
            _ => Ok(arguments),
        };
        match arranged {
            Ok(arguments) => self.call(callee, arguments),
            Err(fail) => self.give(Err(fail)),
        }
    }
}
