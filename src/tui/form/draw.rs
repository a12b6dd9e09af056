//! How a form looks.

use super::field::radios;
use super::{Form, Input, Popup, calendar};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui};
use crate::tui::words;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::Widget;

/// Lines that a multi-line field takes at most.
const MOST_LINES: u16 = 6;
/// Lines that are said under a field at most.
const MOST_UNDER: usize = 2;
/// Lines that a list of offers takes at most.
const MOST_OFFERS: usize = 6;

impl Form {
    /// Lines that the fields need at this width, the button not counted.
    pub fn lines(&self, width: u16) -> u16 {
        if self.fields.is_empty() {
            return 0;
        }
        let label = self.label_width(width);
        let fields = 0..self.fields.len();
        // And what is said under the field with the focus.
        let under = fields.clone().map(|at| self.lines_under(at, label, width));
        let under = under.max().unwrap_or(0).max(1);
        under
            + fields
                .map(|at| self.height(at, label, width, false))
                .sum::<u16>()
    }

    /// Columns that a value has.
    fn columns(label: u16, width: u16) -> usize {
        usize::from(width.saturating_sub(label + 3)).max(8)
    }

    /// Lines that are said under a field when it has the focus.
    fn lines_under(&self, at: usize, label: u16, width: u16) -> u16 {
        let lines = |text: String| words::wrap(&text, Self::columns(label, width)).len();
        let under = self.under(at, None).map(lines);
        under.map_or(0, |lines| lines.clamp(1, MOST_UNDER) as u16)
    }

    fn label_width(&self, width: u16) -> u16 {
        let shown = self.fields.iter().enumerate();
        let shown = shown.filter(|(at, f)| !f.hidden && !self.is_folded(*at));
        let labels = shown.map(|(_, f)| words::width(&f.label) + 2);
        let longest = labels.max().unwrap_or(0);
        (longest as u16).min(width * 2 / 5)
    }

    /// Lines that a field takes, with what is said under it.
    fn height(&self, at: usize, label: u16, width: u16, focused: bool) -> u16 {
        let field = &self.fields[at];
        if !self.is_stop(at) {
            return 0;
        }
        if self.is_folded(at) {
            return 1 + u16::from(focused);
        }
        let columns = Self::columns(label, width);
        let input = match &field.input {
            Input::Lines(area) => (area.lines().len() as u16).clamp(2, MOST_LINES),
            Input::Shown(text) => {
                return words::wrap(text, usize::from(width)).len() as u16;
            }
            _ => 1,
        };
        let error = field.error.as_ref().map_or(0, |e| {
            words::wrap(e, columns.saturating_sub(2)).len() as u16
        });
        let under = match focused && field.error.is_none() {
            true => self.lines_under(at, label, width),
            false => 0,
        };
        input + error + under + u16::from(field.aside.is_some()) + u16::from(self.leads(at))
    }

    /// The line under the focused field: its meaning, else its help, else the keys it takes.
    fn under(&self, at: usize, ui: Option<&Ui>) -> Option<String> {
        let field = &self.fields[at];
        if matches!(field.input, Input::Shown(_)) {
            return None;
        }
        if field.readonly {
            return Some("cannot be changed".to_owned());
        }
        if let Some(ui) = ui
            && let Some(meaning) = field.meaning(&ui.clock)
        {
            return Some(format!("= {meaning}"));
        }
        if !field.help.is_empty() {
            return Some(field.help.clone());
        }
        if !field.offers.is_empty() {
            let names = field.offers.join(", ");
            return Some(match names.len() < 40 {
                true => format!("one of {names}; Space lists"),
                false => format!("type to filter, Space lists all {}", field.offers.len()),
            });
        }
        let keys = match &field.input {
            Input::Choice(..) => "Left Right change, Space lists",
            Input::Check(_) => "Space changes",
            Input::Date(..) | Input::When(_) => "like fri 17:00 or +2d; Space opens the calendar",
            Input::Path(_) => "Tab completes; or paste rows",
            Input::Lines(_) => "Tab next field, ^O your editor",
            Input::Secret(_) => "kept as a secret, never in a draft",
            Input::Names(_, known) if field.is_asked() => match known.is_empty() {
                true => "with commas between",
                false => "with commas between; Space lists them",
            },
            Input::Names(..) => "names or @groups, separated by commas; Space lists them",
            Input::Text(_) | Input::Number(_) | Input::Shown(_) => {
                return ui.is_none().then(String::new);
            }
        };
        Some(keys.to_owned())
    }

    /// Draws the form and its button; `active` when it has the focus of the screen.
    pub fn draw(&self, ui: &mut Ui, area: Rect, active: bool, ready: Result<(), String>) {
        if area.height < 2 || area.width < 12 {
            return;
        }
        let fields = Rect {
            height: area.height - 1,
            ..area
        };
        let label = self.label_width(area.width);
        let scroll = self.scrolled(fields.height, label, area.width, active);
        let mut y = 0u16;
        let mut under = None;
        for at in 0..self.fields.len() {
            let focused = active && at == self.focus;
            let height = self.height(at, label, area.width, focused);
            if y < scroll && y + height > scroll {
                let above = scroll - y;
                let seen = Rect {
                    height: (height - above).min(fields.height),
                    ..fields
                };
                self.draw_lower(ui, seen, above, at, label);
            } else if height > 0 && y >= scroll && y - scroll < fields.height {
                let place = Rect {
                    y: fields.y + y - scroll,
                    height: height.min(fields.height - (y - scroll)),
                    ..fields
                };
                self.draw_field(ui, place, at, label, focused);
                if focused {
                    under = Some(Rect::new(
                        place.x + label + 2,
                        place.y,
                        place.width.saturating_sub(label + 2),
                        1,
                    ));
                }
            }
            y += height;
        }
        if scroll > 0 {
            ui.right(fields, fields.y, ui.glyphs.above, Role::Muted);
        }
        if y > scroll + fields.height {
            ui.right(fields, fields.bottom() - 1, ui.glyphs.below, Role::Muted);
        }
        if !self.button.is_empty() {
            let focused = active && self.focus >= self.fields.len();
            let y = area.bottom() - 1;
            let used = ui.button(area.x, y, area.width, &self.button, focused, Hit::Button);
            if let Err(why) = ready
                && area.width > used + 4
            {
                ui.text(
                    area.x + used + 2,
                    y,
                    area.width - used - 2,
                    &format!("not yet: {why}"),
                    Role::Muted,
                );
            }
        }
        // Last, so that it lies over the fields below.
        if let (Some(place), Some(popup)) = (under, &self.popup) {
            self.draw_popup(ui, place, popup);
        }
    }

    /// The first visible line, so that the focused field is seen whole.
    fn scrolled(&self, height: u16, label: u16, width: u16, active: bool) -> u16 {
        let mut top = 0;
        let mut bottom = 0;
        let mut total = 0;
        for at in 0..self.fields.len() {
            let tall = self.height(at, label, width, active && at == self.focus);
            if at == self.focus {
                (top, bottom) = (total, total + tall);
            }
            total += tall;
        }
        if self.focus >= self.fields.len() {
            (top, bottom) = (total.saturating_sub(1), total);
        }
        let mut scroll = self.scroll.get().min(total.saturating_sub(height));
        if bottom > scroll + height {
            scroll = bottom - height;
        }
        scroll = scroll.min(top);
        self.scroll.set(scroll);
        scroll
    }

    /// Draws what is seen of a field that begins above: on paper of its own, the lower lines of
    /// which are taken. The one with the focus never begins there.
    fn draw_lower(&self, ui: &mut Ui, seen: Rect, above: u16, at: usize, label: u16) {
        let whole = Rect {
            height: above + seen.height,
            ..seen
        };
        let mut paper = Buffer::empty(whole);
        paper.set_style(whole, ui.style(Role::Text));
        let mut own = Ui {
            buf: &mut paper,
            theme: ui.theme,
            glyphs: ui.glyphs,
            clock: ui.clock,
            hits: Vec::new(),
            cursor: None,
        };
        self.draw_field(&mut own, whole, at, label, false);
        for place in seen.positions() {
            let from = Position::new(place.x, place.y + above);
            if let (Some(cell), Some(drawn)) = (ui.buf.cell_mut(place), paper.cell(from)) {
                cell.clone_from(drawn);
            }
        }
    }

    fn draw_field(&self, ui: &mut Ui, area: Rect, at: usize, label: u16, focused: bool) {
        let field = &self.fields[at];
        if self.leads(at) {
            self.draw_fold(ui, area, at, focused);
            if self.is_folded(at) {
                return;
            }
        }
        let area = match self.leads(at) {
            true if area.height < 2 => return,
            true => Rect {
                y: area.y + 1,
                height: area.height - 1,
                ..area
            },
            false => area,
        };
        if let Input::Shown(text) = &field.input {
            let role = if focused { Role::Accent } else { Role::Text };
            ui.paragraph(area, text, role);
            return;
        }
        let role = if focused { Role::Accent } else { Role::Muted };
        let star = if field.required && !field.readonly {
            " *"
        } else {
            ""
        };
        let name = words::cut(
            &field.label,
            usize::from(label.saturating_sub(2)),
            ui.glyphs.ellipsis,
        );
        ui.pieces(
            area.x,
            area.y,
            label,
            &[(&name, role), (star, Role::Warning)],
        );
        // Brackets around what can be typed into, so that fields do not run into each other.
        let x = area.x + label + 2;
        let columns = area.right().saturating_sub(x + 1).max(1);
        let typing = focused && self.typing;
        let place = Rect::new(x, area.y, columns, 1);
        let bare = match &field.input {
            Input::Check(_) => true,
            Input::Choice(options, _) => radios(options, columns),
            _ => field.readonly,
        };
        let unfolds = field.unfolds(columns);
        if !bare {
            let tall = match &field.input {
                Input::Lines(text) => (text.lines().len() as u16)
                    .clamp(2, MOST_LINES)
                    .min(area.height),
                _ => 1,
            };
            let role = if focused {
                Role::BorderFocused
            } else {
                Role::Border
            };
            for y in area.y..area.y + tall {
                ui.text(x - 1, y, 1, "[", role);
                ui.text(x + columns, y, 1, "]", role);
            }
        }
        let paper = if focused { Role::Field } else { Role::Text };
        ui.hit(
            Rect {
                x: area.x,
                width: area.width,
                ..place
            },
            Hit::Field(at, x, columns),
        );
        let mut y = area.y + 1;
        match &field.input {
            Input::Shown(_) => {}
            Input::Lines(text) => {
                let tall = (text.lines().len() as u16)
                    .clamp(2, MOST_LINES)
                    .min(area.height);
                let place = Rect {
                    height: tall,
                    ..place
                };
                ui.paint(place, paper);
                let mut shown = (**text).clone();
                shown.set_style(ui.style(paper));
                if !typing {
                    shown.set_cursor_style(Style::new());
                }
                (&shown).render(place, ui.buf);
                y = area.y + tall;
            }
            Input::Choice(options, picked) => {
                choice(ui, place, options, picked.or(field.usual), focused);
            }
            Input::Check(on) => {
                let text = if *on { "[x] yes" } else { "[ ] no" };
                ui.text(
                    x,
                    area.y,
                    columns,
                    text,
                    if focused { Role::Accent } else { Role::Text },
                );
            }
            Input::Text(line)
            | Input::Number(line)
            | Input::Secret(line)
            | Input::Path(line)
            | Input::When(line)
            | Input::Date(line, _)
            | Input::Names(line, _) => {
                if field.readonly {
                    ui.text(x, area.y, columns, line.text(), Role::Text);
                } else {
                    // The sign that opens a list stands at the end, where a click finds it.
                    let columns = if unfolds {
                        columns.saturating_sub(2).max(1)
                    } else {
                        columns
                    };
                    let mask = field.is_secret().then_some(ui.glyphs.secret);
                    ui.paint(place, paper);
                    let (text, cursor) = if field.pasted() {
                        let first = line.text().lines().next().unwrap_or("");
                        (format!("pasted: {first} {}", ui.glyphs.ellipsis), 0)
                    } else if typing || mask.is_some() {
                        line.window(usize::from(columns), mask)
                    } else if matches!(field.input, Input::Path(_)) {
                        (
                            words::cut_middle(
                                line.text(),
                                usize::from(columns),
                                ui.glyphs.ellipsis,
                            ),
                            0,
                        )
                    } else {
                        (line.text().to_owned(), 0)
                    };
                    ui.text(x, area.y, columns, &text, paper);
                    if line.is_empty() {
                        ui.text(x, area.y, columns, &field.placeholder, Role::Muted);
                    }
                    if unfolds {
                        ui.text(x + columns + 1, area.y, 1, ui.glyphs.open, Role::Muted);
                    }
                    if typing {
                        let right = x + columns - 1;
                        ui.cursor = Some(Position::new((x + cursor as u16).min(right), area.y));
                    }
                }
            }
        }
        if let Some(error) = &field.error {
            let lines = words::wrap(error, usize::from(columns.saturating_sub(2)));
            for (i, line) in lines.iter().enumerate() {
                if y < area.bottom() {
                    let sign = if i == 0 { ui.glyphs.late } else { "" };
                    ui.text(x, y, 2, sign, Role::Danger);
                    ui.text(x + 2, y, columns.saturating_sub(2), line, Role::Danger);
                    y += 1;
                }
            }
        } else if focused
            && y < area.bottom()
            && let Some(under) = self.under(at, Some(ui))
        {
            let role = if under.starts_with("= ") {
                Role::Info
            } else {
                Role::Muted
            };
            let mut lines = words::wrap(&under, usize::from(columns)).into_iter();
            let first = lines.next().unwrap_or_default();
            ui.text(x, y, columns, &first, role);
            y += 1;
            // What has no room ends in dots.
            let rest = lines.collect::<Vec<String>>().join(" ");
            if !rest.is_empty() && y < area.bottom() {
                ui.text(x, y, columns, &rest, role);
                y += 1;
            }
        }
        if let Some(aside) = field.aside
            && y < area.bottom()
        {
            ui.text(x, y, columns, aside, Role::Muted);
        }
    }

    /// The line behind which fields are folded, with those that are set; or that over them.
    fn draw_fold(&self, ui: &mut Ui, area: Rect, at: usize, focused: bool) {
        let title = self.fields[at].fold.as_deref().unwrap_or_default();
        let folded = self.is_folded(at);
        let role = match (focused && folded, folded) {
            (true, _) => Role::Accent,
            (false, true) => Role::Text,
            (false, false) => Role::Muted,
        };
        let sign = if folded {
            ui.glyphs.folded
        } else {
            ui.glyphs.open
        };
        let more = format!("{sign} More: {title}");
        let set = match folded {
            true => self.set_in_fold(at),
            false => String::new(),
        };
        let set = match set.is_empty() {
            true => String::new(),
            false => format!("  {set}"),
        };
        let room = usize::from(area.width).saturating_sub(words::width(&more));
        let set = words::cut(&set, room, ui.glyphs.ellipsis);
        let line = Rect { height: 1, ..area };
        ui.pieces(
            area.x,
            area.y,
            area.width,
            &[(&more, role), (&set, Role::Info)],
        );
        if !folded {
            return;
        }
        ui.hit(line, Hit::Field(at, area.x, area.width));
        if focused && area.height > 1 {
            let text = format!("  Enter shows {}", self.labels_in_fold(at));
            let text = words::cut(&text, area.width.into(), ui.glyphs.ellipsis);
            ui.text(area.x, area.y + 1, area.width, &text, Role::Muted);
        }
    }

    fn draw_popup(&self, ui: &mut Ui, field: Rect, popup: &Popup) {
        let screen = ui.buf.area;
        // Under the field where there is room, else over it.
        let place = |width: u16, height: u16| {
            let below = screen.bottom().saturating_sub(field.bottom());
            let y = if below >= height {
                field.bottom()
            } else {
                field.y.saturating_sub(height)
            };
            let x = field.x.min(screen.right().saturating_sub(width));
            Rect::new(x, y, width.min(screen.width), height)
        };
        match popup {
            Popup::Calendar(day) => {
                calendar::draw(ui, place(calendar::SIZE.0, calendar::SIZE.1), *day)
            }
            Popup::Options(at) => {
                if let Some(super::Field {
                    input: Input::Choice(options, _),
                    ..
                }) = self.fields.get(self.focus)
                {
                    let labels: Vec<String> =
                        options.iter().map(|(_, label)| label.clone()).collect();
                    offers(ui, place, (&labels, ""), Some(*at), field.width);
                }
            }
            Popup::Offers(texts, at) => {
                let input = self.fields.get(self.focus).map(|field| &field.input);
                let shown: Vec<String> = texts.iter().map(|t| last(t, input).to_owned()).collect();
                // Enter alone takes what is typed.
                let keys = match at {
                    None => "Tab completes",
                    Some(_) => "Enter takes it",
                };
                offers(ui, place, (&shown, keys), *at, field.width);
            }
        }
    }
}

/// The part of an offer that is new: of a path its last step, of a list its last name.
pub(super) fn last<'t>(offer: &'t str, input: Option<&Input>) -> &'t str {
    let cut: &[char] = match input {
        Some(Input::Path(_)) => &['/'],
        Some(Input::Names(..)) => &[',', ' '],
        _ => &[],
    };
    let end = offer.trim_end_matches('/');
    let start = end.rfind(cut).map_or(0, |at| at + 1);
    offer.get(start..).unwrap_or(offer)
}

fn offers(
    ui: &mut Ui,
    place: impl Fn(u16, u16) -> Rect,
    (texts, keys): (&[String], &str),
    at: Option<usize>,
    most: u16,
) {
    let longest = texts.iter().map(|t| words::width(t)).max().unwrap_or(0) as u16;
    let tall = texts.len().min(MOST_OFFERS);
    let area = place(
        (longest + 4).clamp(24.min(most), most.max(12)),
        tall as u16 + 2,
    );
    let inner = ui.popup(area, keys);
    let first = at.unwrap_or(0).saturating_sub(tall - 1);
    for (i, text) in texts
        .iter()
        .enumerate()
        .skip(first)
        .take(inner.height.into())
    {
        let line = Rect {
            y: inner.y + (i - first) as u16,
            height: 1,
            ..inner
        };
        ui.text(
            line.x + 1,
            line.y,
            line.width.saturating_sub(1),
            text,
            Role::Text,
        );
        if at == Some(i) {
            ui.paint(line, Role::Selection);
        }
        ui.hit(line, Hit::Choice(i));
    }
    if texts.len() > tall {
        ui.corner(
            area,
            &format!("{} of {}", at.map_or(1, |a| a + 1), texts.len()),
        );
    }
}

/// A choice as radio buttons where they fit, else as the chosen one that opens.
fn choice(
    ui: &mut Ui,
    area: Rect,
    options: &[(String, String)],
    picked: Option<usize>,
    focused: bool,
) {
    if radios(options, area.width) {
        let mut x = area.x;
        for (i, (_, label)) in options.iter().enumerate() {
            let on = picked == Some(i);
            let sign = if on {
                ui.glyphs.radio_on
            } else {
                ui.glyphs.radio_off
            };
            let role = match (on, focused) {
                (true, true) => Role::Accent,
                (true, false) => Role::Text,
                (false, _) => Role::Muted,
            };
            x += ui.text(
                x,
                area.y,
                area.right() - x,
                &format!("{sign} {label}"),
                role,
            ) + 3;
        }
        return;
    }
    let paper = if focused { Role::Field } else { Role::Text };
    ui.paint(area, paper);
    let label = picked
        .and_then(|p| options.get(p))
        .map_or("", |(_, label)| label.as_str());
    ui.text(area.x, area.y, area.width.saturating_sub(2), label, paper);
    ui.text(area.right() - 1, area.y, 1, ui.glyphs.open, paper);
}
