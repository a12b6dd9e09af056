//! One field of a form: what it takes, and whether what stands in it is right.

use super::date;
use crate::client::model::{FieldType, FormField, Widget};
use crate::client::{DeskError, value};
use crate::tui::line::Line;
use crate::tui::words::{self, Clock};
use ratatui_textarea::TextArea;

/// How a field is edited.
pub enum Input {
    /// One line.
    Text(Line),
    /// A whole number.
    Number(Line),
    /// One line, masked and never saved.
    Secret(Line),
    /// A path, or pasted text.
    Path(Line),
    /// Several lines.
    Lines(Box<TextArea<'static>>),
    /// One of these: id and label.
    Choice(Vec<(String, String)>, Option<usize>),
    /// Yes or no.
    Check(bool),
    /// A date in this Java pattern.
    Date(Line, String),
    /// An instant as people write it.
    When(Line),
    /// People and `@groups` from a list, separated by commas.
    Names(Line, Vec<String>),
    /// None: a text that is only read.
    Shown(String),
}

/// A field.
pub struct Field {
    /// Its id: the name of the variable.
    pub id: String,
    /// What stands before it.
    pub label: String,
    /// It must be given.
    pub required: bool,
    /// It may not be changed.
    pub readonly: bool,
    /// It is not shown now.
    pub hidden: bool,
    /// Help under it while it has the focus.
    pub help: String,
    /// What stands in it, muted, while it is empty.
    pub placeholder: String,
    /// Of a choice the option that holds while nothing is chosen.
    pub usual: Option<usize>,
    /// Names that are not listed are taken, too.
    pub open: bool,
    /// The title of the fold that it stands in.
    pub fold: Option<String>,
    /// Only what is offered is taken.
    pub closed: bool,
    /// What always stands under it.
    pub aside: Option<&'static str>,
    /// What is wrong, shown at the field.
    pub error: Option<String>,
    /// What was found out about it, such as the size of a file.
    pub note: Option<String>,
    /// The editor.
    pub input: Input,
    /// Texts that are usual here and offered while typing.
    pub offers: Vec<String>,
    /// The field of the model, which says what is right.
    model: Option<FormField>,
    /// What the desk takes here.
    rule: Option<Rule>,
}

/// Refuses what the desk would refuse.
type Rule = fn(&str) -> Result<(), DeskError>;

impl Field {
    /// A field made by a screen.
    pub fn new(id: &str, label: &str, input: Input) -> Field {
        Field {
            id: id.to_owned(),
            label: label.to_owned(),
            required: false,
            readonly: false,
            hidden: false,
            help: String::new(),
            placeholder: String::new(),
            usual: None,
            open: false,
            fold: None,
            closed: false,
            aside: None,
            error: None,
            note: None,
            input,
            offers: Vec::new(),
            model: None,
            rule: None,
        }
    }

    /// What stands in it must be as the desk wants it.
    pub fn rule(mut self, rule: Rule) -> Field {
        self.rule = Some(rule);
        self
    }

    /// It must be given.
    pub fn required(mut self) -> Field {
        self.required = true;
        self
    }

    /// It is not shown for now.
    pub fn hidden(mut self) -> Field {
        self.hidden = true;
        self
    }

    /// With help under it.
    pub fn help(mut self, help: &str) -> Field {
        self.help = help.to_owned();
        self
    }

    /// The field of a model, with the text it starts with.
    pub fn of(model: &FormField, text: &str) -> Field {
        let input = match (&model.kind, model.widget()) {
            (FieldType::String, Widget::Secret) => Input::Secret(Line::secret()),
            (FieldType::String, Widget::File) => Input::Path(Line::default()),
            (FieldType::String, Widget::Multiline) => Input::Lines(Box::default()),
            (FieldType::String, Widget::Line) => Input::Text(Line::default()),
            (FieldType::String, Widget::Shown) => Input::Shown(model.label.clone()),
            (FieldType::Long | FieldType::Double, _) => Input::Number(Line::default()),
            (FieldType::Boolean, _) => Input::Check(false),
            (FieldType::Date { pattern }, _) => Input::Date(Line::default(), pattern.clone()),
            (FieldType::Enum(options), _) => Input::Choice(
                options
                    .iter()
                    .map(|(id, label)| (id.clone(), label.clone()))
                    .collect(),
                None,
            ),
            (FieldType::Several(options), _) => {
                let whole = |id: &&String| names(id).eq([id.as_str()]);
                let known = options.keys().filter(whole).cloned();
                Input::Names(Line::default(), known.collect())
            }
        };
        let label = match &input {
            Input::Shown(_) => "",
            _ => &model.label,
        };
        let mut field = Field::new(&model.id, label, input);
        field.required = model.required();
        field.readonly = model.readonly();
        field.model = Some(model.clone());
        // What must be given is never out of sight.
        let fold = model.properties.get("fold").filter(|_| !field.required);
        field.fold = fold.cloned();
        if let (Input::Choice(options, _), Some(usual)) =
            (&field.input, model.properties.get("usual"))
        {
            field.usual = options.iter().position(|(id, _)| id == usual);
        }
        let help = ["help", "description", "hint"]
            .iter()
            .find_map(|p| model.properties.get(*p));
        field.help = help.cloned().unwrap_or_default();
        field.set(text);
        field
    }

    /// Of the choice of a model only these can be chosen, all where none is named. What is chosen
    /// stays until somebody chooses anew.
    pub fn only(&mut self, ids: &[String]) {
        let Some(model) = &self.model else {
            return;
        };
        let (FieldType::Enum(all), Input::Choice(options, picked)) = (&model.kind, &mut self.input)
        else {
            return;
        };
        let chosen = picked
            .and_then(|at| options.get(at))
            .map(|(id, _)| id.clone());
        let may = |id: &String| ids.is_empty() || ids.contains(id) || chosen.as_ref() == Some(id);
        let left = all.iter().filter(|(id, _)| may(id));
        let left: Vec<_> = left
            .map(|(id, label)| (id.clone(), label.clone()))
            .collect();
        if left == *options {
            return;
        }
        *options = left;
        let at = |id: &String| options.iter().position(|(one, _)| one == id);
        *picked = chosen.as_ref().and_then(at);
        // What holds while nothing is chosen would be refused: one is chosen that is not.
        self.usual = model.properties.get("usual").and_then(at);
        if picked.is_none() && self.usual.is_none() && !options.is_empty() {
            *picked = Some(0);
        }
    }

    /// It takes several of these names, separated by commas.
    pub fn list_of(&mut self, known: &[String]) {
        match &mut self.input {
            Input::Text(line) => {
                self.input = Input::Names(std::mem::take(line), known.to_vec());
            }
            Input::Names(_, names) => *names = known.to_vec(),
            _ => {}
        }
    }

    /// What stands in it, as the form's text.
    pub fn text(&self) -> String {
        match &self.input {
            Input::Text(l)
            | Input::Number(l)
            | Input::Secret(l)
            | Input::Path(l)
            | Input::When(l)
            | Input::Date(l, _)
            | Input::Names(l, _) => l.text().to_owned(),
            Input::Lines(area) => area.lines().join("\n"),
            Input::Choice(options, picked) => picked
                .and_then(|p| options.get(p))
                .map_or_else(String::new, |(id, _)| id.clone()),
            Input::Check(on) => on.to_string(),
            Input::Shown(_) => String::new(),
        }
    }

    /// The field of the model that it is.
    pub fn model(&self) -> Option<&FormField> {
        self.model.as_ref()
    }

    /// Puts a text in place.
    pub fn set(&mut self, text: &str) {
        match &mut self.input {
            Input::Text(l)
            | Input::Number(l)
            | Input::Secret(l)
            | Input::Path(l)
            | Input::When(l)
            | Input::Date(l, _)
            | Input::Names(l, _) => *l = fresh(l, text),
            Input::Lines(area) => {
                **area = TextArea::new(text.lines().map(str::to_owned).collect());
                area.set_cursor_line_style(ratatui::style::Style::new());
            }
            Input::Choice(options, picked) => {
                *picked = options.iter().position(|(id, _)| id == text);
            }
            Input::Check(on) => *on = text == "true",
            Input::Shown(_) => {}
        }
    }

    /// The line under edit, where the field is one.
    pub fn line(&mut self) -> Option<&mut Line> {
        match &mut self.input {
            Input::Text(l)
            | Input::Number(l)
            | Input::Secret(l)
            | Input::Path(l)
            | Input::When(l)
            | Input::Date(l, _)
            | Input::Names(l, _) => Some(l),
            _ => None,
        }
    }

    /// True where a model asks for it, and not the desk.
    pub fn is_asked(&self) -> bool {
        self.model.is_some()
    }

    /// True for a secret.
    pub fn is_secret(&self) -> bool {
        matches!(self.input, Input::Secret(_))
    }

    /// True when the file field holds pasted text instead of a path.
    pub fn pasted(&self) -> bool {
        matches!(&self.input, Input::Path(l) if l.text().contains('\n'))
    }

    /// True when a sign at its end opens a list or a month; `columns` is its width.
    pub fn unfolds(&self, columns: u16) -> bool {
        match &self.input {
            _ if self.readonly => false,
            Input::Choice(options, _) => !radios(options, columns),
            Input::Text(_) => !self.offers.is_empty(),
            Input::Names(_, known) => !known.is_empty(),
            Input::When(_) | Input::Date(..) => true,
            _ => false,
        }
    }

    /// Something is wrong with it, or missing.
    pub fn is_amiss(&self) -> bool {
        self.error.is_some() || self.required && self.text().trim().is_empty()
    }

    /// Its label and what was set; none where it is as the form has it from the start.
    pub fn set_to(&self) -> Option<String> {
        let (label, text) = (&self.label, self.text());
        let usual = self.model.as_ref().and_then(|m| m.default_value.as_deref());
        match &self.input {
            _ if text.trim().is_empty() || Some(text.as_str()) == usual => None,
            Input::Check(false) => None,
            Input::Check(true) => Some(label.clone()),
            Input::Secret(_) => Some(label.clone()),
            Input::Choice(options, Some(at)) => Some(format!("{label} {}", options.get(*at)?.1)),
            _ => {
                let mut lines = text.trim().lines();
                let first = lines.next().unwrap_or_default();
                let more = if lines.next().is_some() { " …" } else { "" };
                Some(format!("{label} {first}{more}"))
            }
        }
    }

    /// What is wrong with it, in words that say what would be right.
    pub fn check(&self, clock: &Clock) -> Option<String> {
        if self.readonly {
            return None;
        }
        let text = self.text();
        if let Some(model) = &self.model {
            let error = model.check(&self.submitted(clock), clock.now).err();
            return error.map(|error| error.message).or_else(|| self.stranger());
        }
        if text.trim().is_empty() {
            return self
                .required
                .then(|| "fill this in, it is required".to_owned());
        }
        if let Some(error) = self.rule.and_then(|rule| rule(text.trim()).err()) {
            return Some(error.to_string());
        }
        match &self.input {
            Input::Number(_) if text.trim().parse::<i64>().is_err() => {
                Some("write a whole number, such as 42".to_owned())
            }
            Input::When(_) if clock.when(&text).is_none() => Some(
                "write a time like fri 17:00, tomorrow 9:00, in 2h or 2026-01-31 17:00".to_owned(),
            ),
            Input::Names(_, known) if !self.open => names(&text)
                .find(|name| !known.iter().any(|k| k == name))
                .map(|name| format!("{name} is not in the team")),
            _ => None,
        }
    }

    /// That what was typed is none of what is offered, where nothing else is taken.
    fn stranger(&self) -> Option<String> {
        let text = self.text();
        let text = text.trim();
        let known = self.offers.iter().any(|offer| offer == text);
        if !self.closed || self.offers.is_empty() || text.is_empty() || known {
            return None;
        }
        let shown = self.offers.iter().take(6).map(String::as_str);
        let shown = shown.collect::<Vec<_>>().join(", ");
        let more = if self.offers.len() > 6 { ", …" } else { "" };
        Some(format!("there is no {text}; choose one of {shown}{more}"))
    }

    /// The text as the desk reads it: a date in the pattern of its form.
    fn submitted(&self, clock: &Clock) -> String {
        let text = self.text();
        match &self.input {
            Input::Date(_, pattern) => {
                date::read(&text, pattern, clock).map_or(text, |at| date::write(at, pattern, clock))
            }
            _ => text,
        }
    }

    /// How the text is understood: the instant of a date, a file's size.
    pub fn meaning(&self, clock: &Clock) -> Option<String> {
        let text = self.text();
        if text.trim().is_empty() {
            return None;
        }
        let at = match &self.input {
            Input::When(_) => clock.when(&text)?,
            Input::Date(_, pattern) => date::read(&text, pattern, clock)?,
            Input::Path(line) if self.pasted() => {
                let lines = line.text().lines().count() as u64;
                return Some(format!(
                    "{}, {}; ^U clears",
                    words::count(lines, "line", "lines"),
                    words::bytes(line.text().len() as u64)
                ));
            }
            _ => return self.note.clone(),
        };
        Some(format!("{}, {}", clock.stamp(at), clock.distance(at)))
    }

    /// Brings a date that was typed as people do into the form's pattern.
    pub fn tidy(&mut self, clock: &Clock) {
        if let Input::Date(line, pattern) = &mut self.input
            && let Some(at) = date::read(line.text(), pattern, clock)
        {
            let text = date::write(at, pattern, clock);
            if text != line.text() {
                line.set(text);
            }
        }
    }

    /// The typed value that a process variable gets; none for an empty field or a wrong one.
    pub fn value(&self, clock: &Clock) -> Option<value::Value> {
        let value = self
            .model
            .as_ref()?
            .check(&self.submitted(clock), clock.now)
            .ok()?;
        (!value.is_null()).then_some(value)
    }
}

fn fresh(old: &Line, text: &str) -> Line {
    let mut line = old.clone();
    line.set(text);
    line
}

/// The names in a list that is separated by commas or spaces.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', ';'])
        .map(str::trim)
        .filter(|n| !n.is_empty())
}

/// True when the options stand side by side as radio buttons.
pub fn radios(options: &[(String, String)], columns: u16) -> bool {
    let wide: usize = options.iter().map(|(_, label)| radio_width(label)).sum();
    options.len() <= 4 && wide <= usize::from(columns) + 3
}

/// The radio button at a column.
pub fn radio_at(options: &[(String, String)], column: usize) -> Option<usize> {
    let mut x = 0;
    options.iter().position(|(_, label)| {
        x += radio_width(label);
        column < x
    })
}

/// The columns of a radio button: its sign, a space, its label, and the space after it.
fn radio_width(label: &str) -> usize {
    words::width(label) + 5
}
