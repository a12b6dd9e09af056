//! What the parser writes code with: scopes, names, jumps.

use super::SyntaxError;
use super::builtins::Builtin;
use super::code::{Callable, Code, Op, Param, Use};
use super::lexer::{self, Kind, Token};
use super::names::{Phrases, Variable, Variables};
use super::types::Type;
use super::value::Value;
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;

/// Deepest nesting of parentheses, brackets, functions and the like.
pub(crate) const MAX_NESTING: u32 = 100;
/// Most instructions of one expression.
const MAX_OPS: usize = 4_000_000;

/// The names that an expression may use: those of several words or with symbols must be
/// known to be read as names; others need not be.
#[derive(Debug, Clone, Default)]
pub struct ParseScope {
    phrases: Phrases,
    types: HashMap<String, Type>,
    camunda: bool,
}

impl ParseScope {
    /// A scope without names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads expressions as Camunda does: with the functions of FEEL-Scala, and `=` of times to
    /// the nanosecond.
    pub fn camunda(mut self) -> Self {
        self.camunda = true;
        self
    }

    /// Whether it reads them so.
    pub(crate) fn is_camunda(&self) -> bool {
        self.camunda
    }

    /// Makes a name known.
    pub fn name(&mut self, name: &str) -> &mut Self {
        if let Some(words) = words(name).filter(|words| !self.phrases.knows(words)) {
            self.phrases.add(&words);
        }
        self
    }

    /// Whether a name of several words is known.
    pub fn knows(&self, name: &str) -> bool {
        words(name).is_some_and(|words| self.phrases.knows(&words))
    }

    /// Makes a name unknown again.
    pub fn forget(&mut self, name: &str) {
        if let Some(words) = words(name) {
            self.phrases.remove(&words);
        }
    }

    /// Makes a type known by a name of its own.
    pub fn define(&mut self, name: &str, of: Type) -> &mut Self {
        self.types.insert(name.to_owned(), of);
        self
    }

    /// The type of this name.
    pub fn type_named(&self, name: &str) -> Option<Type> {
        self.types.get(name).cloned().or_else(|| Type::named(name))
    }
}

/// The tokens of a name that has more than one.
fn words(name: &str) -> Option<Vec<String>> {
    // Most have one.
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let tokens = lexer::tokenize(name).ok()?;
    if tokens.len() < 3 {
        return None;
    }
    let text = |token: &Token| token.text.to_owned();
    Some(tokens[..tokens.len() - 1].iter().map(text).collect())
}

/// The function whose code is being written.
#[derive(Default)]
struct Frame {
    code: Code,
    variables: Variables,
    /// What it captures, and how it uses that.
    captures: IndexMap<Arc<str>, Use>,
    /// The name under which the function can call itself.
    this: Option<Arc<str>>,
}

/// Writes code.
pub(crate) struct Compiler<'s> {
    pub(crate) scope: &'s ParseScope,
    pub(crate) text: &'s str,
    pub(crate) tokens: Vec<Token<'s>>,
    pub(crate) at: usize,
    pub(crate) depth: u32,
    /// Whether `?` was read since this was last cleared.
    pub(crate) asked: bool,
    /// Where the text being read stands, for boxed expressions.
    pub(crate) place: (u32, u32),
    /// The function being written, and those around it, the outermost first.
    frame: Frame,
    outer: Vec<Frame>,
}

impl<'s> Compiler<'s> {
    pub fn new(scope: &'s ParseScope) -> Self {
        Compiler {
            scope,
            text: "",
            tokens: Vec::new(),
            at: 0,
            depth: 0,
            asked: false,
            place: (0, 0),
            frame: Frame::default(),
            outer: Vec::new(),
        }
    }

    /// Reads from a text from here on.
    pub fn read(&mut self, text: &'s str) -> Result<(), SyntaxError> {
        self.tokens = lexer::tokenize(text)?;
        self.text = text;
        self.at = 0;
        let code = self.code();
        if code.source.is_empty() {
            code.source = text.into();
            let few = self.tokens.len().min(64);
            self.frame.code.ops.reserve(few);
            self.frame.code.offsets.reserve(few);
        }
        Ok(())
    }

    /// The code of the outermost function.
    pub fn finish(self) -> Code {
        let mut code = self.frame.code;
        code.plain = super::plain::is_plain(&code);
        code
    }

    pub fn code(&mut self) -> &mut Code {
        &mut self.frame.code
    }

    fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.outer.iter().chain(std::iter::once(&self.frame))
    }

    /// Appends an instruction and says where it is.
    pub fn emit(&mut self, op: Op) -> usize {
        let offset = self.tokens.get(self.at).map_or(0, |t| t.start);
        let code = self.code();
        code.ops.push(op);
        code.offsets.push(offset);
        code.ops.len() - 1
    }

    /// Where the next instruction will be.
    pub fn here(&mut self) -> u32 {
        self.code().ops.len() as u32
    }

    /// Lets the jump at a position end here.
    pub fn land(&mut self, jump: usize) {
        let here = self.here();
        match self.code().ops.get_mut(jump) {
            Some(
                Op::Jump(to)
                | Op::Unless(to)
                | Op::Boolean(to)
                | Op::IfFalse(to)
                | Op::IfTrue(to)
                | Op::Each(to)
                | Op::EachFrom(to)
                | Op::Filter(to)
                | Op::MemberOr { found: to, .. }
                | Op::Next { done: to, .. }
                | Op::Candidate { done: to, .. }
                | Op::Keep { done: to },
            ) => *to = here,
            _ => debug_assert!(false, "no jump at {jump}"),
        }
    }

    /// Whether what was written since then depends on a name.
    pub fn looks_up(&mut self, since: u32) -> bool {
        let written = self.code().ops.iter().skip(since as usize);
        let mut names = written.filter(|op| matches!(op, Op::Name(_) | Op::Local(_)));
        names.next().is_some()
    }

    pub fn constant(&mut self, value: Value) {
        let consts = &mut self.code().consts;
        consts.push(value);
        let ix = consts.len() as u32 - 1;
        self.emit(Op::Const(ix));
    }

    pub fn name_index(&mut self, name: Arc<str>) -> u32 {
        let names = &mut self.code().names;
        names.push(name.into());
        names.len() as u32 - 1
    }

    pub fn keys(&mut self, keys: Vec<Arc<str>>) -> u32 {
        let all = &mut self.code().keys;
        all.push(keys.into());
        all.len() as u32 - 1
    }

    pub fn type_index(&mut self, of: Type) -> u32 {
        let types = &mut self.code().types;
        types.push(of);
        types.len() as u32 - 1
    }

    pub fn host(&mut self, host: Arc<dyn Callable>) {
        let hosts = &mut self.code().hosts;
        hosts.push(host);
        let ix = hosts.len() as u32 - 1;
        self.emit(Op::Host(ix));
    }

    /// A new local; nameless ones are the compiler's own.
    pub fn slot(&mut self) -> u32 {
        let code = self.code();
        code.locals += 1;
        code.locals - 1
    }

    /// Names a slot from here until [`Compiler::forget`].
    pub fn declare(&mut self, name: Arc<str>, slot: u32) {
        let phrase = words(&name);
        self.frame.variables.push(Variable {
            name,
            slot,
            item: false,
            phrase,
        });
    }

    /// Makes a slot the candidate of a filter.
    pub fn declare_item(&mut self, slot: u32) {
        self.frame.variables.push(Variable {
            name: "item".into(),
            slot,
            item: true,
            phrase: None,
        });
    }

    /// How many variables are declared.
    pub fn mark(&mut self) -> usize {
        self.frame.variables.len()
    }

    /// Drops the variables declared since.
    pub fn forget(&mut self, mark: usize) {
        self.frame.variables.truncate(mark);
    }

    /// True when an enclosing expression declares the name.
    pub fn is_local(&self, name: &str) -> bool {
        self.frames()
            .any(|f| f.this.as_deref() == Some(name) || f.variables.knows(name))
    }

    /// Pushes what a name means here.
    pub fn load(&mut self, name: Arc<str>) {
        self.load_for(name, Use::Surely);
    }

    /// The same for a use.
    pub fn load_for(&mut self, name: Arc<str>, mut of: Use) {
        let mut found = Vec::new();
        let (items, own) = self.frame.variables.meant(&name);
        for slot in items {
            let name = self.name_index(name.clone());
            self.emit(Op::Local(slot));
            found.push(self.emit(Op::MemberOr { name, found: 0 }));
        }
        if of == Use::Surely && !found.is_empty() {
            of = Use::Perhaps;
        }
        if let Some(slot) = own {
            self.emit(Op::Local(slot));
        } else if self.frame.this.as_ref() == Some(&name) {
            self.emit(Op::This);
        } else if self.outer.is_empty() {
            let name = self.name_index(name);
            if of != Use::Surely {
                self.code().other_uses.push((name, of));
            }
            self.emit(Op::Name(name));
        } else {
            let capture = self.frame.captures.entry(name);
            let ix = capture.index();
            let known = capture.or_insert(of);
            if of == Use::Surely {
                *known = of;
            }
            self.emit(Op::Capture(ix as u32));
        }
        self.land_all(found);
    }

    pub fn land_all(&mut self, jumps: Vec<usize>) {
        for jump in jumps {
            self.land(jump);
        }
    }

    /// Begins the code of a function inside.
    pub fn begin_function(&mut self, params: Vec<Param>, this: Option<Arc<str>>) {
        let source = self.text.into();
        let inner = Frame {
            this,
            code: Code {
                source,
                ..Code::default()
            },
            ..Frame::default()
        };
        self.outer.push(std::mem::replace(&mut self.frame, inner));
        for param in &params {
            let slot = self.slot();
            self.declare(param.name.clone(), slot);
        }
        self.code().params = params;
    }

    /// Ends it and pushes the function.
    pub fn end_function(&mut self) {
        let Some(outer) = self.outer.pop() else {
            return;
        };
        let mut frame = std::mem::replace(&mut self.frame, outer);
        frame.code.captures = frame.captures.len() as u32;
        for (name, of) in frame.captures {
            self.load_for(name, of);
        }
        let functions = &mut self.code().functions;
        functions.push(Arc::new(frame.code));
        let ix = functions.len() as u32 - 1;
        self.emit(Op::Closure(ix));
    }

    /// How many tokens of the longest known name start here; 0 for none of several tokens.
    pub fn phrase_length(&self) -> usize {
        let words = || {
            let word = |token: &&Token<'s>| !matches!(token.kind, Kind::String(_) | Kind::End);
            let here = self.tokens.get(self.at..).unwrap_or_default();
            here.iter().take_while(word).map(|token| token.text)
        };
        let own = self.frames().map(|frame| frame.variables.longest(words()));
        let named = own
            .max()
            .unwrap_or(0)
            .max(self.scope.phrases.longest(words()));
        named.max(Builtin::phrase_length(self.scope.camunda, |ix| {
            let token = self.tokens.get(self.at + ix)?;
            (token.kind == Kind::Word).then_some(token.text)
        }))
    }

    pub fn error<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        let at = self.tokens.get(self.at).map_or(0, |t| t.start as usize);
        Err(SyntaxError::at(self.text, at, message))
    }

    /// Goes one level deeper, up to the limit.
    pub fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth >= MAX_NESTING {
            return self.error(format!(
                "the expression nests deeper than {MAX_NESTING} levels"
            ));
        }
        if self.code().ops.len() > MAX_OPS {
            return self.error("the expression is too large");
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }
}
