//! Conditionals, loops, functions, literals of lists and contexts, filters and calls.

use super::{Parsed, SUM};
use crate::feel::budget::Budget;
use crate::feel::builtins::{self, Builtin};
use crate::feel::code::{Function, Op, Param};
use crate::feel::compiler::Compiler;
use crate::feel::external::External;
use crate::feel::lexer::Kind;
use crate::feel::scope::Scope;
use crate::feel::types::Type;
use crate::feel::value::Value;
use indexmap::IndexSet;
use std::sync::Arc;

/// Open loops: where each begins anew, and where each could not begin.
#[derive(Default)]
pub(crate) struct Loops {
    pub tops: Vec<usize>,
    pub refused: Vec<usize>,
}

/// An open filter: where it is refused, where each round begins, and what was declared before.
pub(crate) struct Filter {
    refused: usize,
    top: usize,
    mark: usize,
}

impl Compiler<'_> {
    pub(super) fn conditional(&mut self) -> Parsed {
        self.at += 1;
        self.expression()?;
        self.expect("then")?;
        let otherwise = self.emit(Op::Unless(0));
        self.expression()?;
        self.expect("else")?;
        let end = self.emit(Op::Jump(0));
        self.land(otherwise);
        self.expression()?;
        self.land(end);
        Ok(())
    }

    /// The iterators of a loop, each one nested in those before. Leaves the loops open.
    fn iterators(&mut self) -> Parsed<Loops> {
        let mut loops = Loops::default();
        loop {
            let name = self.iterator_name()?;
            self.expect("in")?;
            self.binary(SUM)?;
            loops.refused.push(if self.accept("..") {
                self.binary(SUM)?;
                self.emit(Op::EachFrom(0))
            } else {
                self.emit(Op::Each(0))
            });
            let slot = self.slot();
            loops.tops.push(self.emit(Op::Next { slot, done: 0 }));
            self.declare(name, slot);
            if !self.accept(",") {
                return Ok(loops);
            }
        }
    }

    fn iterator_name(&mut self) -> Parsed<Arc<str>> {
        let tokens = self.tokens.get(self.at..).unwrap_or_default();
        let length = tokens
            .iter()
            .position(|t| t.kind == Kind::Word && t.text == "in")
            .unwrap_or(0);
        match self.kind() {
            Kind::Word if (1..=16).contains(&length) => Ok(self.take_name(length)),
            _ => self.name(),
        }
    }

    /// Closes the loops, then says what follows when one of them could not begin, with
    /// the value for that.
    pub fn close(&mut self, loops: Loops, result: u32, refused: Value) {
        for &top in loops.tops.iter().rev() {
            self.emit(Op::Jump(top as u32));
            self.land(top);
        }
        self.emit(Op::Local(result));
        let end = self.emit(Op::Jump(0));
        for (outer, &each) in loops.refused.iter().enumerate().rev() {
            self.land(each);
            if outer > 0 {
                self.emit(Op::Break);
            }
        }
        self.constant(refused);
        self.land(end);
    }

    pub(super) fn iteration(&mut self) -> Parsed {
        self.at += 1;
        let mark = self.mark();
        let partial = self.slot();
        self.emit(Op::List(0));
        self.emit(Op::Set(partial));
        let loops = self.iterators()?;
        self.expect("return")?;
        self.declare("partial".into(), partial);
        self.expression()?;
        self.emit(Op::Append(partial));
        self.close(loops, partial, Value::Null);
        self.forget(mark);
        Ok(())
    }

    pub(super) fn quantified(&mut self, some: bool) -> Parsed {
        self.at += 1;
        let mark = self.mark();
        let verdict = self.slot();
        self.constant(Value::Boolean(!some));
        self.emit(Op::Set(verdict));
        let loops = self.iterators()?;
        self.expect("satisfies")?;
        self.emit(Op::Local(verdict));
        self.expression()?;
        self.emit(if some { Op::Or } else { Op::And });
        self.emit(Op::Set(verdict));
        self.close(loops, verdict, Value::Null);
        self.forget(mark);
        Ok(())
    }

    /// `function(a: T, b) body`, which may call itself by the name it is given.
    pub(super) fn function(&mut self, this: Option<Arc<str>>) -> Parsed {
        self.at += 1;
        self.expect("(")?;
        let mut params = Vec::new();
        while self.peek() != ")" {
            let name = self.key_until(&[":", ",", ")"])?;
            let of = if self.accept(":") {
                self.type_expression()?
            } else {
                Type::Any
            };
            params.push(Param { name, of });
            if !self.accept(",") {
                break;
            }
        }
        self.expect(")")?;
        if self.peek() == "external" {
            return self.external(params);
        }
        self.begin_function(params, this);
        let body = self.expression();
        self.end_function();
        body
    }

    /// `external {java: {class: "…", method signature: "…"}}`.
    fn external(&mut self, params: Vec<Param>) -> Parsed {
        self.at += 1;
        let at = self.at;
        self.expect("{")?;
        let kind = self.key_until(&[":"])?;
        if &*kind != "java" {
            self.at = at;
            return self.error("functions in PMML are not available; write the function in FEEL");
        }
        self.expect(":")?;
        self.expect("{")?;
        let (mut class, mut signature) = (None, None);
        loop {
            let key = self.key_until(&[":"])?;
            self.expect(":")?;
            let Kind::String(text) = self.kind().clone() else {
                return self.unexpected("text in quotes");
            };
            self.at += 1;
            match &*key {
                "class" => class = Some(text),
                "method signature" => signature = Some(text),
                other => return self.error(format!("there is no `{other}` of a Java function")),
            }
            if !self.accept(",") {
                break;
            }
        }
        let (Some(class), Some(signature)) = (class, signature) else {
            return self.unexpected("`class` and `method signature`");
        };
        self.expect("}")?;
        self.expect("}")?;
        match External::java(&class, &signature, params) {
            Ok(function) => {
                let function = Function::Host(Arc::new(function));
                self.constant(Value::Function(Arc::new(function)));
                Ok(())
            }
            Err(message) => {
                self.at = at;
                self.error(message)
            }
        }
    }

    /// A name that ends at one of these symbols, whatever it consists of.
    pub(super) fn key_until(&mut self, ends: &[&str]) -> Parsed<Arc<str>> {
        if let Kind::String(name) | Kind::Quoted(name) = self.kind().clone() {
            self.at += 1;
            return Ok(name);
        }
        let rest = self.tokens.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .take(32)
            .position(|t| t.kind == Kind::Symbol && ends.contains(&t.text));
        match length {
            Some(length) if length > 0 && rest[0].kind == Kind::Word => Ok(self.take_name(length)),
            _ => self.unexpected("a name"),
        }
    }

    pub(super) fn parenthesis(&mut self) -> Parsed {
        self.at += 1;
        if let Some(op) = self.comparison() {
            self.at += 1;
            self.binary(SUM)?;
            self.emit(Op::HalfRange(op));
            return self.expect(")");
        }
        self.expression()?;
        if self.accept("..") {
            self.range_end(false)
        } else {
            self.expect(")")
        }
    }

    /// A list, or a range that includes its start.
    pub(super) fn bracket(&mut self) -> Parsed {
        self.at += 1;
        let mut items = 0;
        while self.peek() != "]" {
            if let Some(op) = self.comparison() {
                self.at += 1;
                self.binary(SUM)?;
                self.emit(Op::HalfRange(op));
            } else {
                self.expression()?;
            }
            items += 1;
            if items == 1 && self.accept("..") {
                return self.range_end(true);
            }
            if !self.accept(",") {
                break;
            }
        }
        self.expect("]")?;
        self.emit(Op::List(items));
        Ok(())
    }

    pub(super) fn context(&mut self) -> Parsed {
        self.at += 1;
        let mark = self.mark();
        let (mut keys, mut slots) = (IndexSet::new(), Vec::new());
        while self.peek() != "}" {
            let key = self.key_until(&[":"])?;
            if keys.contains(&key) {
                return self.error(format!("the context has two entries `{key}`"));
            }
            self.expect(":")?;
            if self.peek() == "function" && self.text_at(1) == "(" {
                self.deeper(|c| c.function(Some(key.clone())))?;
            } else {
                self.expression()?;
            }
            let slot = self.slot();
            self.emit(Op::Set(slot));
            self.declare(key.clone(), slot);
            keys.insert(key);
            slots.push(slot);
            if !self.accept(",") {
                break;
            }
        }
        self.expect("}")?;
        self.forget(mark);
        for slot in slots {
            self.emit(Op::Local(slot));
        }
        let keys = self.keys(keys.into_iter().collect());
        self.emit(Op::Context(keys));
        Ok(())
    }

    pub(super) fn filter(&mut self) -> Parsed {
        self.at += 1;
        let filter = self.begin_filter();
        self.expression()?;
        self.expect("]")?;
        self.end_filter(filter);
        Ok(())
    }

    /// Begins to filter what is on the stack; the condition follows.
    pub fn begin_filter(&mut self) -> Filter {
        let refused = self.emit(Op::Filter(0));
        let slot = self.slot();
        let top = self.emit(Op::Candidate { slot, done: 0 });
        let mark = self.mark();
        self.declare_item(slot);
        Filter { refused, top, mark }
    }

    /// Ends the condition.
    pub fn end_filter(&mut self, filter: Filter) {
        self.forget(filter.mark);
        let selected = self.emit(Op::Keep { done: 0 });
        self.emit(Op::Jump(filter.top as u32));
        self.land_all(vec![filter.refused, filter.top, selected]);
    }

    pub(super) fn arguments(&mut self, builtin: Option<Builtin>) -> Parsed {
        self.at += 1;
        let from = self.here() as usize;
        let mut names = Vec::new();
        let mut count = 0;
        while self.peek() != ")" {
            if count == 0 || !names.is_empty() {
                if let Some(name) = self.argument_name() {
                    names.push(name);
                } else if count > 0 {
                    return self.error("give all arguments a name, or none");
                }
            }
            self.expression()?;
            count += 1;
            if !self.accept(",") {
                break;
            }
        }
        self.expect(")")?;
        let op = match (builtin, names.is_empty()) {
            (Some(function), true) if self.settles(function, from) => return Ok(()),
            (Some(function), true) => Op::Builtin {
                function,
                arguments: count,
            },
            (Some(function), false) => Op::BuiltinNamed {
                function,
                names: self.keys(names),
            },
            (None, true) => Op::Call(count),
            (None, false) => Op::CallNamed(self.keys(names)),
        };
        self.emit(op);
        Ok(())
    }

    /// Makes a constant of a call like `date("2026-01-31")`, whose arguments were written from
    /// here on. False for other calls, and where the value is null, which has a reason.
    fn settles(&mut self, function: Builtin, from: usize) -> bool {
        if !function.is_of_literals() {
            return false;
        }
        let code = self.code();
        let written = |op: &Op| match op {
            Op::Const(ix) => match code.consts.get(*ix as usize) {
                Some(value @ (Value::String(_) | Value::Number(_))) => Some(value.clone()),
                _ => None,
            },
            _ => None,
        };
        let ops = code.ops.get(from..).unwrap_or_default();
        let Some(arguments) = ops.iter().map(written).collect() else {
            return false;
        };
        let (scope, mut budget) = (Scope::new(), Budget::default());
        match builtins::call(function, arguments, &scope, &mut budget) {
            Ok(value) if !value.is_null() => {
                code.ops.truncate(from);
                code.offsets.truncate(from);
                self.constant(value);
                true
            }
            _ => false,
        }
    }

    /// `name:` before an argument.
    fn argument_name(&mut self) -> Option<Arc<str>> {
        let rest = self.tokens.get(self.at..)?;
        if rest.first()?.kind != Kind::Word {
            return None;
        }
        let length = rest.iter().take(32).position(|t| {
            let ends = matches!(t.text, ":" | "(" | ")" | "[" | "]" | "{" | "}" | ",");
            t.kind == Kind::End || (t.kind == Kind::Symbol && ends)
        })?;
        if self.text_at(length) != ":" {
            return None;
        }
        let name = self.take_name(length);
        self.at += 1;
        Some(name)
    }
}
