//! Random FEEL expressions that mean something: typed, and seldom null.

/// Where a part of an expression begins.
pub const OPEN: char = '\u{1}';
/// Where it ends.
pub const CLOSE: char = '\u{2}';

/// What an expression gives.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Number,
    Text,
    Truth,
    Date,
    Time,
    Moment,
    Days,
    Months,
    Numbers,
    Texts,
    Context,
}

use Kind::{Context, Date, Days, Moment, Months, Number, Numbers, Text, Texts, Time, Truth};

const KINDS: [Kind; 11] = [
    Number, Text, Truth, Date, Time, Moment, Days, Months, Numbers, Texts, Context,
];

/// A source of choices that is the same for the same seed.
pub struct Dice(u64);

impl Dice {
    /// Dice that begin with a seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 16) % n as u64) as usize
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// Writes expressions.
pub struct Writer {
    dice: Dice,
    /// The names of iterators in scope.
    names: Vec<(String, Kind)>,
    next: usize,
}

impl Writer {
    /// A writer of the expressions of a seed.
    pub fn new(seed: u64) -> Writer {
        Writer {
            dice: Dice::new(seed),
            names: Vec::new(),
            next: 0,
        }
    }

    /// The next expression.
    pub fn expression(&mut self) -> String {
        self.marked().replace([OPEN, CLOSE], "")
    }

    /// The next expression, with each of its parts between [`OPEN`] and [`CLOSE`].
    pub fn marked(&mut self) -> String {
        self.names.clear();
        let kind = KINDS[self.dice.below(KINDS.len())];
        let depth = 1 + self.dice.below(4);
        self.write(kind, depth)
    }

    fn write(&mut self, kind: Kind, depth: usize) -> String {
        let text = self.part(kind, depth);
        format!("{OPEN}{text}{CLOSE}")
    }

    fn part(&mut self, kind: Kind, depth: usize) -> String {
        let known: Vec<usize> = (0..self.names.len())
            .filter(|ix| self.names[*ix].1 == kind)
            .collect();
        if !known.is_empty() && self.dice.below(3) == 0 {
            return self.names[known[self.dice.below(known.len())]].0.clone();
        }
        if depth == 0 || self.dice.below(8) == 0 {
            return self.literal(kind);
        }
        let depth = depth - 1;
        match self.dice.below(12) {
            0 => {
                let (condition, a, b) = (
                    self.write(Truth, depth),
                    self.write(kind, depth),
                    self.write(kind, depth),
                );
                return format!("(if {condition} then {a} else {b})");
            }
            1 => {
                let value = self.write(kind, depth);
                return format!("{{a: {value}}}.a");
            }
            2 => {
                let value = self.write(kind, depth);
                return format!("[{value}][1]");
            }
            _ => {}
        }
        match kind {
            Number => self.number(depth),
            Text => self.text(depth),
            Truth => self.truth(depth),
            Date | Time | Moment | Days | Months => self.temporal(kind, depth),
            Numbers | Texts => self.list(kind, depth),
            Context => self.context(depth),
        }
    }

    fn literal(&mut self, kind: Kind) -> String {
        let dice = &mut self.dice;
        let whole = dice.below(40);
        match kind {
            Number => match dice.below(5) {
                0 => format!("-{whole}"),
                1 => format!("{whole}.{}", 1 + dice.below(98)),
                _ => whole.to_string(),
            },
            Text => {
                let of = [
                    "\"\"",
                    "\"a\"",
                    "\"abc\"",
                    "\"Ab Cd\"",
                    "\"x-y\"",
                    "\"1.5\"",
                    "\"äöü\"",
                    "\"a,b,c\"",
                ];
                dice.one(&of).to_owned()
            }
            Truth => dice.one(&["true", "false"]).to_owned(),
            Date => format!(
                "date(\"20{:02}-{:02}-{:02}\")",
                whole,
                1 + dice.below(12),
                1 + dice.below(28)
            ),
            Time => format!("time(\"{:02}:{:02}:00\")", dice.below(24), dice.below(60)),
            Moment => format!(
                "date and time(\"20{:02}-{:02}-{:02}T{:02}:30:00\")",
                whole,
                1 + dice.below(12),
                1 + dice.below(28),
                dice.below(24)
            ),
            Days => format!("duration(\"P{}DT{}H\")", dice.below(9), dice.below(30)),
            Months => format!("duration(\"P{}Y{}M\")", dice.below(5), dice.below(14)),
            Numbers => {
                let n = 1 + dice.below(4);
                let items: Vec<String> = (0..n).map(|_| self.literal(Number)).collect();
                format!("[{}]", items.join(", "))
            }
            Texts => {
                let n = 1 + dice.below(3);
                let items: Vec<String> = (0..n).map(|_| self.literal(Text)).collect();
                format!("[{}]", items.join(", "))
            }
            Context => format!("{{n: {whole}, t: {}}}", self.literal(Text)),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        match self.dice.below(14) {
            0..=3 => {
                let op = self.dice.one(&["+", "-", "*", "+"]);
                let (a, b) = (self.write(Number, depth), self.write(Number, depth));
                format!("({a} {op} {b})")
            }
            4 => {
                let a = self.write(Number, depth);
                format!("({a} / {})", 1 + self.dice.below(9))
            }
            5 => {
                let a = self.write(Number, depth);
                let of = ["abs", "floor", "ceiling"];
                format!("{}({a})", self.dice.one(&of))
            }
            6 => {
                let list = self.write(Numbers, depth);
                let of = ["sum", "min", "max", "mean", "count", "median", "product"];
                format!("{}({list})", self.dice.one(&of))
            }
            7 => {
                let text = self.write(Text, depth);
                format!("string length({text})")
            }
            8 => {
                let a = self.write(Number, depth);
                let of = [
                    "decimal",
                    "round up",
                    "round down",
                    "round half up",
                    "round half down",
                ];
                format!("{}({a}, {})", self.dice.one(&of), self.dice.below(3))
            }
            9 => {
                let a = self.write(Number, depth);
                format!("modulo({a}, {})", 1 + self.dice.below(9))
            }
            10 => {
                let context = self.write(Context, depth);
                format!("{context}.n")
            }
            11 => {
                let date = self.write(Date, depth);
                let of = ["year", "month", "day", "weekday"];
                format!("{date}.{}", self.dice.one(&of))
            }
            12 => {
                let list = self.write(Numbers, depth);
                format!("{list}[{}]", self.dice.one(&["1", "-1"]))
            }
            _ => {
                let date = self.write(Date, depth);
                let of = ["day of year", "week of year"];
                format!("{}({date})", self.dice.one(&of))
            }
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.dice.below(10) {
            0 | 1 => {
                let (a, b) = (self.write(Text, depth), self.write(Text, depth));
                format!("({a} + {b})")
            }
            2 => {
                let a = self.write(Text, depth);
                format!("{}({a})", self.dice.one(&["upper case", "lower case"]))
            }
            3 => {
                let kind = KINDS[self.dice.below(8)];
                let value = self.write(kind, depth);
                format!("string({value})")
            }
            4 => {
                let (a, b) = (self.write(Text, depth), self.literal(Text));
                let of = ["substring before", "substring after"];
                format!("{}({a}, {b})", self.dice.one(&of))
            }
            5 => {
                let a = self.write(Text, depth);
                format!(
                    "substring(\"abcdef\" + {a}, {}, {})",
                    1 + self.dice.below(5),
                    1 + self.dice.below(4)
                )
            }
            6 => {
                let list = self.write(Texts, depth);
                format!("string join({list}, \"-\")")
            }
            7 => {
                let a = self.write(Text, depth);
                let of = ["\"[a-c]+\"", "\"b\"", "\"\\\\d\"", "\"(a)(b)\""];
                format!("replace({a}, {}, \"#\")", self.dice.one(&of))
            }
            8 => {
                let context = self.write(Context, depth);
                format!("{context}.t")
            }
            _ => {
                let date = self.write(Date, depth);
                format!(
                    "{}({date})",
                    self.dice.one(&["day of week", "month of year"])
                )
            }
        }
    }

    fn truth(&mut self, depth: usize) -> String {
        match self.dice.below(13) {
            0 | 1 => {
                let op = self.dice.one(&["<", "<=", ">", ">=", "=", "!="]);
                let kind = [Number, Text, Date, Days, Months, Moment, Time][self.dice.below(7)];
                let (a, b) = (self.write(kind, depth), self.write(kind, depth));
                format!("({a} {op} {b})")
            }
            2 | 3 => {
                let (a, b) = (self.write(Truth, depth), self.write(Truth, depth));
                format!("({a} {} {b})", self.dice.one(&["and", "or"]))
            }
            4 => {
                let a = self.write(Truth, depth);
                format!("not({a})")
            }
            5 => {
                let (a, b) = (self.write(Text, depth), self.literal(Text));
                let of = ["contains", "starts with", "ends with"];
                format!("{}({a}, {b})", self.dice.one(&of))
            }
            6 => {
                let a = self.write(Number, depth);
                let (low, more) = (self.dice.below(20), self.dice.below(20));
                format!(
                    "({a} {})",
                    match self.dice.below(3) {
                        0 => format!("between {low} and {}", low + more),
                        1 => format!("in [{low}..{}]", low + more),
                        _ => format!("in ({low}, > {})", low + more),
                    }
                )
            }
            7 => {
                let list = self.write(Numbers, depth);
                let name = self.name(Number);
                let body = self.write(Truth, depth);
                self.names.pop();
                format!(
                    "({} {name} in {list} satisfies {body})",
                    self.dice.one(&["some", "every"])
                )
            }
            8 => {
                let (list, a) = (self.write(Numbers, depth), self.write(Number, depth));
                format!("list contains({list}, {a})")
            }
            9 => {
                let kind = KINDS[self.dice.below(KINDS.len())];
                let value = self.write(kind, depth);
                let of = [
                    "number",
                    "string",
                    "boolean",
                    "date",
                    "time",
                    "date and time",
                ];
                format!("({value} instance of {})", self.dice.one(&of))
            }
            10 => {
                let a = self.write(Number, depth);
                format!("{}(floor({a}))", self.dice.one(&["odd", "even"]))
            }
            11 => {
                let a = self.write(Text, depth);
                let of = ["\"^a\"", "\"[A-Z]\"", "\"b|c\"", "\"^$\""];
                format!("matches({a}, {})", self.dice.one(&of))
            }
            _ => {
                let (a, b) = (self.write(Numbers, depth), self.write(Numbers, depth));
                format!("({a} = {b})")
            }
        }
    }

    fn temporal(&mut self, kind: Kind, depth: usize) -> String {
        let op = self.dice.one(&["+", "-"]);
        match (kind, self.dice.below(3)) {
            (Date, 0) => {
                let (a, b) = (self.write(Date, depth), self.write(Months, depth));
                format!("({a} {op} {b})")
            }
            (Date, 1) => {
                let a = self.write(Moment, depth);
                format!("date({a})")
            }
            (Date, _) => {
                let a = self.write(Date, depth);
                format!("({a} {op} duration(\"P{}D\"))", self.dice.below(40))
            }
            (Time, 0) => {
                let a = self.write(Moment, depth);
                format!("time({a})")
            }
            (Time, _) => {
                let (a, b) = (self.write(Time, depth), self.write(Days, depth));
                format!("({a} {op} {b})")
            }
            (Moment, 0) => {
                let (a, b) = (self.write(Date, depth), self.write(Time, depth));
                format!("date and time({a}, {b})")
            }
            (Moment, n) => {
                let by = if n == 1 { Days } else { Months };
                let (a, b) = (self.write(Moment, depth), self.write(by, depth));
                format!("({a} {op} {b})")
            }
            (Days, 0) => {
                let kind = [Date, Time, Moment][self.dice.below(3)];
                let (a, b) = (self.write(kind, depth), self.write(kind, depth));
                format!("({a} - {b})")
            }
            (Months, 0) => {
                let (a, b) = (self.write(Date, depth), self.write(Date, depth));
                format!("years and months duration({a}, {b})")
            }
            (kind, 1) => {
                let (a, b) = (self.write(kind, depth), self.write(kind, depth));
                format!("({a} {op} {b})")
            }
            (kind, _) => {
                let a = self.write(kind, depth);
                format!("({a} * {})", self.dice.below(4))
            }
        }
    }

    fn list(&mut self, kind: Kind, depth: usize) -> String {
        let of = if kind == Numbers { Number } else { Text };
        match self.dice.below(10) {
            0 => {
                let list = self.write(Numbers, depth);
                let name = self.name(Number);
                let body = self.write(of, depth);
                self.names.pop();
                format!("(for {name} in {list} return {body})")
            }
            1 => {
                let (a, b) = (self.write(kind, depth), self.write(kind, depth));
                format!("{}({a}, {b})", self.dice.one(&["concatenate", "union"]))
            }
            2 => {
                let (list, a) = (self.write(kind, depth), self.write(of, depth));
                format!("append({list}, {a})")
            }
            3 => {
                let list = self.write(kind, depth);
                match self
                    .dice
                    .one(&["reverse", "distinct values", "flatten", "sort"])
                {
                    "sort" => format!("sort({list}, function(a, b) a < b)"),
                    function => format!("{function}({list})"),
                }
            }
            4 if kind == Numbers => {
                let (list, a) = (self.write(kind, depth), self.literal(Number));
                format!("{list}[item {} {a}]", self.dice.one(&["<", ">=", "!="]))
            }
            5 => {
                let (list, a) = (self.write(kind, depth), self.write(of, depth));
                format!("insert before({list}, 1, {a})")
            }
            6 => {
                let list = self.write(kind, depth);
                format!("remove({list}, 1)")
            }
            7 => {
                let list = self.write(kind, depth);
                format!("sublist({list}, 1, 1)")
            }
            8 if kind == Numbers => {
                format!("(for i in 1..{} return i * 2)", 1 + self.dice.below(5))
            }
            8 => {
                let text = self.write(Text, depth);
                format!("split({text}, \",\")")
            }
            _ => {
                let (a, b) = (self.write(of, depth), self.write(of, depth));
                format!("[{a}, {b}]")
            }
        }
    }

    fn context(&mut self, depth: usize) -> String {
        match self.dice.below(4) {
            0 => {
                let (a, n) = (self.write(Context, depth), self.write(Number, depth));
                format!("context put({a}, \"n\", {n})")
            }
            1 => {
                let (a, b) = (self.write(Context, depth), self.write(Context, depth));
                format!("context merge([{a}, {b}])")
            }
            2 => {
                let n = self.write(Number, depth);
                let t = self.write(Text, depth);
                format!("{{f: function(x) x + 1, n: f({n}), t: {t}}}")
            }
            _ => {
                let (n, t) = (self.write(Number, depth), self.write(Text, depth));
                format!("{{n: {n}, t: {t}}}")
            }
        }
    }

    fn name(&mut self, kind: Kind) -> String {
        self.next += 1;
        let name = format!("v{}", self.next % 7);
        self.names.push((name.clone(), kind));
        name
    }
}
