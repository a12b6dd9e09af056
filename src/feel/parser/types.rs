//! Types as they are written.

use super::Parsed;
use crate::feel::compiler::Compiler;
use crate::feel::lexer::Kind;
use crate::feel::types::{Signature, Type};
use std::sync::Arc;

impl Compiler<'_> {
    /// A type by name, or `list<T>`, `range<T>`, `context<a: T>`, `function<T> -> T`.
    pub fn type_expression(&mut self) -> Parsed<Type> {
        self.deeper(|c| {
            if c.text_at(1) == "<" {
                let kind = c.peek();
                c.at += 2;
                let of = match kind {
                    "list" => Type::List(Arc::new(c.type_expression()?)),
                    "range" => Type::Range(Arc::new(c.type_expression()?)),
                    "context" => {
                        let mut members = Vec::new();
                        while c.peek() != ">" {
                            let name = c.key_until(&[":"])?;
                            c.expect(":")?;
                            members.push((name, c.type_expression()?));
                            if !c.accept(",") {
                                break;
                            }
                        }
                        Type::Context(members.into())
                    }
                    "function" => {
                        let mut params = Vec::new();
                        while c.peek() != ">" {
                            params.push(c.type_expression()?);
                            if !c.accept(",") {
                                break;
                            }
                        }
                        c.expect(">")?;
                        c.expect("->")?;
                        let result = c.type_expression()?;
                        let signature = Signature { params, result };
                        return Ok(Type::Function(Some(Arc::new(signature))));
                    }
                    _ => return c.unexpected("`list`, `range`, `context` or `function`"),
                };
                c.expect(">")?;
                return Ok(of);
            }
            // The longest run of words that names a type.
            let start = c.at;
            let words = c.tokens[start..]
                .iter()
                .take_while(|t| t.kind == Kind::Word)
                .count();
            for length in (1..=words.min(8)).rev() {
                c.at = start;
                let name = c.take_name(length);
                if let Some(of) = c.scope.type_named(&name) {
                    return Ok(of);
                }
            }
            c.at = start;
            c.unexpected("the name of a type")
        })
    }
}
