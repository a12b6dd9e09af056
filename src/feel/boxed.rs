//! Boxed expressions (DMN 1.5 §7.3.4 and §10.2): expressions drawn as boxes, compiled into
//! the same code as text.

use super::budget::shorten;
use super::code::{Callable, Op, Param};
use super::compiler::Compiler;
use super::parser::Loops;
use super::types::Type;
use super::value::Value;
use super::{Expression, ParseScope, SyntaxError};
use std::fmt;
use std::sync::Arc;

/// An expression of boxes.
#[derive(Debug, Clone)]
pub enum Boxed {
    /// FEEL text, with a place that an error gives back.
    Text {
        /// The text.
        text: String,
        /// The place.
        place: (u32, u32),
    },
    /// A value that is given.
    Value(Value),
    /// An expression whose value must be of a type.
    Typed(Box<Boxed>, Type),
    /// A context; an entry without a name is its result.
    Context(Vec<(Option<String>, Boxed)>),
    /// A list.
    List(Vec<Boxed>),
    /// A function.
    Function {
        /// Its parameters.
        params: Vec<Param>,
        /// Its body.
        body: Box<Boxed>,
    },
    /// A call with named arguments.
    Invocation {
        /// The function.
        function: Box<Boxed>,
        /// The arguments by name.
        bindings: Vec<(String, Boxed)>,
    },
    /// If, then and else.
    Conditional(Box<[Boxed; 3]>),
    /// For each item of the first, the second.
    For {
        /// The iterator's name.
        variable: String,
        /// What to iterate over, and what to return.
        parts: Box<[Boxed; 2]>,
    },
    /// Whether some (or every) item of the first satisfies the second.
    Quantified {
        /// Some, not every.
        some: bool,
        /// The iterator's name.
        variable: String,
        /// What to iterate over, and the condition.
        parts: Box<[Boxed; 2]>,
    },
    /// The items of the first that match the second.
    Filter(Box<[Boxed; 2]>),
    /// Something outside FEEL that takes what it needs by name.
    Host(Arc<dyn Callable>),
}

/// A boxed expression that does not compile: where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxedError {
    /// The place of the text.
    pub place: (u32, u32),
    /// The text, shortened.
    pub text: String,
    /// What is wrong in it.
    pub error: SyntaxError,
}

impl Expression {
    /// Compiles boxes. The name, where there is one, is how a function calls itself.
    pub fn boxed(
        boxed: &Boxed,
        name: Option<&str>,
        scope: &ParseScope,
    ) -> Result<Expression, BoxedError> {
        let mut compiler = Compiler::new(scope);
        match compiler.boxed(boxed, name) {
            Ok(()) => {
                let mut code = compiler.finish();
                code.source = boxed.to_string().into();
                Ok(Expression {
                    code: Arc::new(code),
                })
            }
            Err(error) => Err(BoxedError {
                place: compiler.place,
                text: shorten(compiler.text),
                error,
            }),
        }
    }
}

impl<'s> Compiler<'s> {
    fn boxed(&mut self, boxed: &'s Boxed, name: Option<&str>) -> Result<(), SyntaxError> {
        self.deeper(|c| c.boxed_inside(boxed, name))
    }

    fn boxed_inside(&mut self, boxed: &'s Boxed, name: Option<&str>) -> Result<(), SyntaxError> {
        match boxed {
            Boxed::Text { text, place } => {
                self.place = *place;
                self.read(text)?;
                self.piece(text.trim_end());
                self.whole_expression()?;
            }
            Boxed::Value(value) => self.constant(value.clone()),
            Boxed::Typed(inner, of) => {
                self.boxed(inner, name)?;
                let of = self.type_index(of.clone());
                self.emit(Op::Coerce(of));
            }
            Boxed::Context(entries) => self.boxed_context(entries)?,
            Boxed::List(items) => {
                for item in items {
                    self.boxed(item, None)?;
                }
                self.emit(Op::List(items.len() as u32));
            }
            Boxed::Function { params, body } => {
                self.begin_function(params.clone(), name.map(Arc::from));
                self.code().source = body.to_string().into();
                let result = self.boxed(body, None);
                self.end_function();
                result?;
            }
            Boxed::Invocation { function, bindings } => {
                self.boxed(function, None)?;
                let mut names = Vec::new();
                for (name, value) in bindings {
                    self.boxed(value, None)?;
                    names.push(Arc::from(name.as_str()));
                }
                self.piece(&function.to_string());
                let op = if names.is_empty() {
                    Op::Call(0)
                } else {
                    Op::CallNamed(self.keys(names))
                };
                self.emit(op);
            }
            Boxed::Conditional(parts) => {
                let [condition, then, otherwise] = &**parts;
                self.boxed(condition, None)?;
                self.tell("if");
                let none = self.emit(Op::Boolean(0));
                let skip = self.emit(Op::Unless(0));
                self.boxed(then, None)?;
                self.tell("then");
                let end = self.emit(Op::Jump(0));
                self.land(skip);
                self.boxed(otherwise, None)?;
                self.tell("else");
                self.land(end);
                self.land(none);
            }
            Boxed::For { variable, parts } => {
                let partial = self.slot();
                self.emit(Op::List(0));
                self.emit(Op::Set(partial));
                let (mark, loops) = self.boxed_loop(variable, &parts[0])?;
                self.declare("partial".into(), partial);
                self.boxed(&parts[1], None)?;
                self.tell("return");
                self.emit(Op::Append(partial));
                self.close(loops, partial, Value::Null);
                self.forget(mark);
            }
            Boxed::Quantified {
                some,
                variable,
                parts,
            } => {
                let verdict = self.slot();
                self.constant(Value::Boolean(!some));
                self.emit(Op::Set(verdict));
                let (mark, loops) = self.boxed_loop(variable, &parts[0])?;
                self.boxed(&parts[1], None)?;
                self.tell("satisfies");
                let none = self.emit(Op::Boolean(0));
                self.emit(Op::Local(verdict));
                self.emit(if *some { Op::Or } else { Op::And });
                self.emit(Op::Set(verdict));
                self.close(loops, verdict, Value::Null);
                self.forget(mark);
                self.leave_loop(none);
            }
            Boxed::Filter(parts) => {
                self.boxed(&parts[0], None)?;
                self.tell("in");
                let filter = self.begin_filter();
                self.boxed(&parts[1], None)?;
                self.tell("match");
                let none = self.emit(Op::Boolean(0));
                self.end_filter(filter);
                self.leave_loop(none);
            }
            Boxed::Host(host) => {
                for param in host.params() {
                    self.load(param.name.clone());
                }
                self.host(host.clone());
            }
        }
        Ok(())
    }

    /// Tells the value at the top to whom wants to know.
    fn tell(&mut self, name: &str) {
        let name = self.name_index(name.into());
        self.emit(Op::Tell(name));
    }

    /// From here on the code comes from this text.
    fn piece(&mut self, text: &str) {
        let here = self.here();
        self.code().pieces.push((here, text.into()));
    }

    /// Where a condition in a loop was no boolean: the loop ends, and its value is null.
    fn leave_loop(&mut self, none: usize) {
        let end = self.emit(Op::Jump(0));
        self.land(none);
        self.emit(Op::Break);
        self.land(end);
    }

    fn boxed_context(&mut self, entries: &'s [(Option<String>, Boxed)]) -> Result<(), SyntaxError> {
        let mark = self.mark();
        let (mut keys, mut slots) = (Vec::new(), Vec::new());
        let mut result = false;
        for (name, value) in entries {
            self.boxed(value, name.as_deref())?;
            let Some(name) = name else {
                result = true;
                break;
            };
            let slot = self.slot();
            self.emit(Op::Set(slot));
            self.declare(name.as_str().into(), slot);
            keys.push(Arc::from(name.as_str()));
            slots.push(slot);
        }
        self.forget(mark);
        if !result {
            for slot in slots {
                self.emit(Op::Local(slot));
            }
            let keys = self.keys(keys);
            self.emit(Op::Context(keys));
        }
        Ok(())
    }

    /// Opens a loop over one iterator.
    fn boxed_loop(
        &mut self,
        variable: &str,
        over: &'s Boxed,
    ) -> Result<(usize, Loops), SyntaxError> {
        let mark = self.mark();
        self.boxed(over, None)?;
        self.tell("in");
        let each = self.emit(Op::Each(0));
        let slot = self.slot();
        let top = self.emit(Op::Next { slot, done: 0 });
        let name = self.name_index(variable.into());
        self.emit(Op::TellLocal { name, slot });
        self.declare(variable.into(), slot);
        Ok((
            mark,
            Loops {
                tops: vec![top],
                refused: vec![each],
            },
        ))
    }
}

/// For people: as FEEL writes it, the entries of contexts in lines of their own.
impl fmt::Display for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

impl Boxed {
    /// Of a context with a result of its own: the context with that as an entry of this name.
    pub(crate) fn with_result(&self, name: &str) -> Option<Boxed> {
        match self {
            Boxed::Typed(inner, _) => inner.with_result(name),
            Boxed::Context(entries) => {
                let at = entries.iter().position(|(name, _)| name.is_none())?;
                let mut entries = entries.get(..=at)?.to_vec();
                entries.last_mut()?.0 = Some(name.to_owned());
                Some(Boxed::Context(entries))
            }
            _ => None,
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        let part = |f: &mut fmt::Formatter<'_>, before: &str, boxed: &Boxed| {
            f.write_str(before)?;
            boxed.write(f, indent)
        };
        match self {
            Boxed::Text { text, .. } => f.write_str(text.trim()),
            Boxed::Value(value) => write!(f, "{value}"),
            Boxed::Typed(inner, _) => inner.write(f, indent),
            Boxed::Context(entries) => {
                f.write_str("{")?;
                for (name, value) in entries {
                    write!(f, "\n{:1$}", "", indent + 2)?;
                    if let Some(name) = name {
                        write!(f, "{name}: ")?;
                    }
                    value.write(f, indent + 2)?;
                    f.write_str(",")?;
                }
                write!(f, "\n{:indent$}}}", "")
            }
            Boxed::List(items) => {
                for (ix, item) in items.iter().enumerate() {
                    part(f, if ix == 0 { "[" } else { ", " }, item)?;
                }
                f.write_str(if items.is_empty() { "[]" } else { "]" })
            }
            Boxed::Function { params, body } => {
                let names: Vec<&str> = params.iter().map(|param| &*param.name).collect();
                part(f, &format!("function({}) ", names.join(", ")), body)
            }
            Boxed::Invocation { function, bindings } => {
                function.write(f, indent)?;
                f.write_str("(")?;
                for (ix, (name, value)) in bindings.iter().enumerate() {
                    let comma = if ix == 0 { "" } else { ", " };
                    part(f, &format!("{comma}{name}: "), value)?;
                }
                f.write_str(")")
            }
            Boxed::Conditional(parts) => {
                let [condition, then, otherwise] = &**parts;
                part(f, "if ", condition)?;
                part(f, " then ", then)?;
                part(f, " else ", otherwise)
            }
            Boxed::For { variable, parts } => {
                part(f, &format!("for {variable} in "), &parts[0])?;
                part(f, " return ", &parts[1])
            }
            Boxed::Quantified {
                some,
                variable,
                parts,
            } => {
                let which = if *some { "some" } else { "every" };
                part(f, &format!("{which} {variable} in "), &parts[0])?;
                part(f, " satisfies ", &parts[1])
            }
            Boxed::Filter(parts) => {
                part(f, "(", &parts[0])?;
                part(f, ")[", &parts[1])?;
                f.write_str("]")
            }
            Boxed::Host(_) => f.write_str("(a decision table)"),
        }
    }
}
