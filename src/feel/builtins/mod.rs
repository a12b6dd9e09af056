//! The built-in functions of FEEL (DMN 1.5 §10.3.4): their names, parameters and code.

mod camunda;
mod context;
mod conversion;
mod interval;
mod list;
mod numeric;
mod text;

use super::EvalError;
use super::budget::{Budget, Limit};
use super::code::Function;
use super::number::Number;
use super::scope::Scope;
use super::temporal::{Date, DateTime};
use super::value::{Context, List, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

pub(crate) use conversion::at_literal;

/// A built-in function: a row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin(u16);

/// Why a function gave no value.
#[derive(Debug)]
pub(crate) enum Fail {
    /// Its result is null, for this reason.
    Null(Cow<'static, str>),
    /// A limit was met.
    Limit(Limit),
    /// Something that it called was stopped.
    Stop(EvalError),
}

impl Fail {
    pub fn null(reason: &'static str) -> Fail {
        Fail::Null(Cow::Borrowed(reason))
    }
}

impl From<Limit> for Fail {
    fn from(limit: Limit) -> Self {
        Fail::Limit(limit)
    }
}

impl From<EvalError> for Fail {
    fn from(error: EvalError) -> Self {
        Fail::Stop(error)
    }
}

type Outcome = Result<Value, Fail>;

/// A row: the name, the ways to call it (`?` marks what may be left out, `*` what may be
/// repeated), and the code.
struct Row {
    name: &'static str,
    forms: &'static [&'static [&'static str]],
    run: fn(&mut Call<'_, '_>) -> Outcome,
}

const fn row(
    name: &'static str,
    forms: &'static [&'static [&'static str]],
    run: fn(&mut Call<'_, '_>) -> Outcome,
) -> Row {
    Row { name, forms, run }
}

/// A call being made.
struct Call<'a, 's> {
    arguments: Vec<Value>,
    /// Which of the ways to call it the names of the arguments chose.
    form: Option<usize>,
    scope: &'a Scope<'s>,
    budget: &'a mut Budget,
}

static TABLES: [&[Row]; 7] = [
    conversion::TABLE,
    text::TABLE,
    list::TABLE,
    numeric::TABLE,
    context::TABLE,
    interval::TABLE,
    // Last, so that those of the standard have numbers of their own.
    camunda::TABLE,
];

static ROWS: LazyLock<Vec<&'static Row>> =
    LazyLock::new(|| TABLES.iter().copied().flatten().collect());

/// Their names come from no one outside, so that a quick hash does.
type Named<T> = HashMap<&'static str, T, foldhash::fast::FixedState>;

/// By name: those of the standard, and those of FEEL-Scala where it has none or another.
static BY_NAME: LazyLock<[Named<Builtin>; 2]> = LazyLock::new(|| {
    let numbered = ROWS.iter().zip(0u16..);
    let all = numbered.map(|(row, ix)| (row.name, Builtin(ix)));
    let (standard, camunda) = all.partition(|(_, function)| function.is_standard());
    [standard, camunda]
});

static PHRASES: LazyLock<Named<Vec<Vec<&'static str>>>> = LazyLock::new(|| {
    let mut phrases: Named<Vec<_>> = HashMap::default();
    for words in ROWS
        .iter()
        .map(|row| row.name.split(' ').collect::<Vec<_>>())
        .filter(|words| words.len() > 1)
    {
        phrases.entry(words[0]).or_default().push(words);
    }
    phrases
});

impl Builtin {
    /// The function of this name in DMN.
    pub fn named(name: &str) -> Option<Builtin> {
        Builtin::known(name, false)
    }

    /// The function of this name in DMN, or also in FEEL-Scala.
    pub(crate) fn known(name: &str, camunda: bool) -> Option<Builtin> {
        let [standard, other] = &*BY_NAME;
        let other = other.get(name).filter(|_| camunda);
        other.or_else(|| standard.get(name)).copied()
    }

    /// The names of all there are in DMN, or also in FEEL-Scala.
    pub(crate) fn names(camunda: bool) -> impl Iterator<Item = &'static str> {
        let all = ROWS.len();
        let standard = all - camunda::TABLE.len();
        let count = if camunda { all } else { standard };
        ROWS.iter().take(count).map(|row| row.name)
    }

    fn is_standard(self) -> bool {
        (self.0 as usize) < ROWS.len() - camunda::TABLE.len()
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// True for those that dates, times and durations are written with.
    pub(crate) fn is_of_literals(self) -> bool {
        let of = ["date", "time", "date and time", "duration"];
        of.contains(&self.name())
    }

    fn row(self) -> &'static Row {
        ROWS[self.0 as usize]
    }

    /// How many words the longest built-in name of several words has that is read off `word`.
    pub(crate) fn phrase_length<'t>(
        camunda: bool,
        word: impl Fn(usize) -> Option<&'t str>,
    ) -> usize {
        // Most words stand alone.
        if word(1).is_none() {
            return 0;
        }
        let candidates = word(0).and_then(|first| PHRASES.get(first));
        let is_standard = |words: &[&str]| Builtin::named(&words.join(" ")).is_some();
        let here = |words: &&Vec<&str>| words.iter().enumerate().all(|(ix, w)| word(ix) == Some(w));
        candidates
            .into_iter()
            .flatten()
            .filter(here)
            .filter(|words| camunda || is_standard(words))
            .map(Vec::len)
            .max()
            .unwrap_or(0)
    }
}

fn accepts(form: &[&str], count: usize) -> bool {
    let required = form.iter().filter(|p| !p.ends_with(['?', '*'])).count();
    let repeated = form.iter().any(|p| p.ends_with('*'));
    // What may be repeated and stands alone must be there once.
    let required = required.max(usize::from(repeated && form.len() == 1));
    count >= required && (repeated || count <= form.len())
}

/// Calls a function with arguments in order.
pub(crate) fn call(
    function: Builtin,
    arguments: Vec<Value>,
    scope: &Scope<'_>,
    budget: &mut Budget,
) -> Outcome {
    call_form(function, None, arguments, scope, budget)
}

/// Calls a function with named arguments.
pub(crate) fn call_named(
    function: Builtin,
    names: &[Arc<str>],
    arguments: Vec<Value>,
    scope: &Scope<'_>,
    budget: &mut Budget,
) -> Outcome {
    let (form, arguments) = arrange(function, names, arguments)?;
    call_form(function, Some(form), arguments, scope, budget)
}

fn call_form(
    function: Builtin,
    form: Option<usize>,
    arguments: Vec<Value>,
    scope: &Scope<'_>,
    budget: &mut Budget,
) -> Outcome {
    let row = function.row();
    if !row.forms.iter().any(|form| accepts(form, arguments.len())) {
        let given = match arguments.len() {
            1 => "1 argument".to_owned(),
            n => format!("{n} arguments"),
        };
        let reason = format!("`{}` can not be called with {given}", row.name);
        return Err(Fail::Null(reason.into()));
    }
    (row.run)(&mut Call {
        arguments,
        form,
        scope,
        budget,
    })
    .map_err(|fail| match fail {
        Fail::Null(reason) => Fail::Null(format!("{}: {reason}", row.name).into()),
        stop => stop,
    })
}

/// Puts named arguments in order, and says which form their names chose.
fn arrange(
    function: Builtin,
    names: &[Arc<str>],
    arguments: Vec<Value>,
) -> Result<(usize, Vec<Value>), Fail> {
    let row = function.row();
    let plain = |p: &&str| p.trim_end_matches(['?', '*']).to_owned();
    for (ix, form) in row.forms.iter().enumerate() {
        let params: Vec<String> = form.iter().map(plain).collect();
        let place = |name: &Arc<str>| params.iter().position(|p| **p == **name);
        let missing = form
            .iter()
            .zip(&params)
            .any(|(raw, p)| !raw.ends_with(['?', '*']) && !names.iter().any(|n| **n == **p));
        let Some(places) = names.iter().map(place).collect::<Option<Vec<_>>>() else {
            continue;
        };
        if missing {
            continue;
        }
        let length = places.iter().max().map_or(0, |last| last + 1);
        let mut arranged = vec![Value::Null; length];
        for (place, argument) in places.into_iter().zip(arguments) {
            arranged[place] = argument;
        }
        return Ok((ix, arranged));
    }
    Err(Fail::Null(
        format!("`{}` has no parameters {}", row.name, names.join(", ")).into(),
    ))
}

fn wrong(wanted: &'static str, found: &Value) -> Fail {
    Fail::Null(format!("expected {wanted}, found {}", found.type_name()).into())
}

impl Call<'_, '_> {
    fn count(&self) -> usize {
        self.arguments.len()
    }

    fn has(&self, ix: usize) -> bool {
        self.arguments.get(ix).is_some_and(|v| !v.is_null())
    }

    /// An argument; the only item of a list stands for itself where no list is wanted.
    fn any(&self, ix: usize) -> &Value {
        static NULL: Value = Value::Null;
        self.arguments.get(ix).unwrap_or(&NULL)
    }

    fn scalar(&self, ix: usize) -> &Value {
        match self.any(ix) {
            Value::List(items) if items.len() == 1 => &items[0],
            value => value,
        }
    }

    fn number(&self, ix: usize) -> Result<Number, Fail> {
        match self.scalar(ix) {
            Value::Number(n) => Ok(*n),
            other => Err(wrong("a number", other)),
        }
    }

    fn integer(&self, ix: usize) -> Result<i64, Fail> {
        let n = self.number(ix)?;
        n.round_to(0, dec::Rounding::Down)
            .and_then(Number::to_i64)
            .ok_or(Fail::null("the number is too large"))
    }

    fn string(&self, ix: usize) -> Result<Arc<str>, Fail> {
        match self.scalar(ix) {
            Value::String(s) => Ok(s.clone()),
            other => Err(wrong("a string", other)),
        }
    }

    /// A list; a single value is a list of itself.
    fn list(&mut self, ix: usize) -> Result<Arc<List>, Fail> {
        let list = match self.any(ix) {
            Value::List(items) => items.clone(),
            Value::Null => return Err(wrong("a list", &Value::Null)),
            single => Arc::new(List::new(vec![single.clone()])?),
        };
        self.budget.step(list.len() as u64)?;
        Ok(list)
    }

    /// The items of the only argument, a list, or all the arguments.
    fn items(&mut self) -> Result<Arc<List>, Fail> {
        if self.count() == 1 {
            self.list(0)
        } else {
            Ok(Arc::new(List::new(std::mem::take(&mut self.arguments))?))
        }
    }

    fn context(&self, ix: usize) -> Result<Arc<Context>, Fail> {
        match self.scalar(ix) {
            Value::Context(context) => Ok(context.clone()),
            other => Err(wrong("a context", other)),
        }
    }

    fn function(&self, ix: usize) -> Result<Arc<Function>, Fail> {
        match self.any(ix) {
            Value::Function(function) => Ok(function.clone()),
            other => Err(wrong("a function", other)),
        }
    }

    /// The date of a date or date-time.
    fn date(&self, ix: usize) -> Result<Date, Fail> {
        match self.scalar(ix) {
            Value::Date(d) => Ok(*d),
            Value::DateTime(t) => Ok(t.date()),
            other => Err(wrong("a date", other)),
        }
    }

    fn now(&self) -> Result<DateTime, Fail> {
        let now = self.scope.now().and_then(DateTime::here);
        now.ok_or(Fail::null("the time is not known here"))
    }

    /// A new list, paid for.
    fn make(&mut self, items: Vec<Value>) -> Outcome {
        self.budget.allocate(items.len() * 32 + 64)?;
        self.budget.step(items.len() as u64)?;
        Ok(Value::list(items)?)
    }

    /// A new text, paid for.
    fn text(&mut self, text: String) -> Outcome {
        self.budget.allocate(text.len() + 16)?;
        self.budget.step(text.len() as u64 / 64)?;
        Ok(Value::from(text))
    }

    fn call(&mut self, function: &Arc<Function>, arguments: Vec<Value>) -> Outcome {
        self.budget.step(1)?;
        Ok(super::machine::call(
            function,
            arguments,
            self.scope,
            self.budget,
        )?)
    }
}
