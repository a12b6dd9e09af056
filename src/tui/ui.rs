//! The brush: draws text by role, panes, popups and gauges, and remembers what can be clicked.

use super::glyph::Glyphs;
use super::keymap::Command;
use super::theme::{Role, Theme};
use super::words::{self, Clock};
use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

/// Fewer columns are not worth a part of a process's name.
const PROCESS: u16 = 6;

/// What a click on a place means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// Do this.
    Run(Command),
    /// Go to this tab.
    Tab(usize),
    /// Give the focus to this pane.
    Pane(usize),
    /// Select this row of this pane; a second click opens it.
    Row(usize, usize),
    /// Go to this field; the columns from its left edge, and its width.
    Field(usize, u16, u16),
    /// Press the form's button.
    Button,
    /// Choose this line of what lies on top.
    Choice(usize),
    /// Close what lies on top.
    Dismiss,
}

/// Draws one frame.
pub struct Ui<'a> {
    /// The cells.
    pub buf: &'a mut Buffer,
    /// The theme.
    pub theme: Theme,
    /// The signs.
    pub glyphs: &'static Glyphs,
    /// The time.
    pub clock: Clock,
    /// What can be clicked; the last one that holds the place counts.
    pub hits: Vec<(Rect, Hit)>,
    /// Where the terminal's cursor stands.
    pub cursor: Option<Position>,
}

/// Drawing on a frame of 32-bit positions would be vain: areas are clipped here.
impl Ui<'_> {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// One line of text, cut with an ellipsis; the columns it took.
    pub fn text(&mut self, x: u16, y: u16, columns: u16, text: &str, role: Role) -> u16 {
        self.styled(x, y, columns, text, self.style(role))
    }

    /// The same with a style.
    pub fn styled(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let area = self.buf.area;
        if y >= area.bottom() || x >= area.right() {
            return 0;
        }
        let columns = columns.min(area.right() - x);
        let text = words::cut(text, columns.into(), self.glyphs.ellipsis);
        let (end, _) = self.buf.set_stringn(x, y, &text, columns.into(), style);
        end - x
    }

    /// A title, and where another one reads alike, the end of its id; the columns it took.
    pub fn title(&mut self, place: Rect, title: &str, twin: Option<&str>) -> u16 {
        let id = twin.map_or(String::new(), |id| format!(" {}", words::short(id)));
        let room = place.width.saturating_sub(words::width(&id) as u16);
        let used = self.text(place.x, place.y, room, title, Role::Text);
        used + self.text(
            place.x + used,
            place.y,
            place.width - used,
            &id,
            Role::Muted,
        )
    }

    /// The process of what took so many columns of a place, behind it; only where there is room.
    pub fn process(&mut self, place: Rect, used: u16, process: &str) {
        let left = place.width.saturating_sub(used + 2);
        if left >= PROCESS {
            self.text(place.x + used + 2, place.y, left, process, Role::Muted);
        }
    }

    /// Several pieces in one line, each with its role; the columns they took.
    pub fn pieces(&mut self, x: u16, y: u16, columns: u16, pieces: &[(&str, Role)]) -> u16 {
        let mut used = 0;
        for (text, role) in pieces {
            if used >= columns {
                break;
            }
            used += self.text(x + used, y, columns - used, text, *role);
        }
        used
    }

    /// Text that ends at the right edge; the columns it took.
    pub fn right(&mut self, area: Rect, y: u16, text: &str, role: Role) -> u16 {
        let wide = (words::width(text) as u16).min(area.width);
        self.text(area.right() - wide, y, wide, text, role)
    }

    /// A line of columns with a blank between them; a width of 0 leaves one out. Those named in
    /// `numbers` end at the right of their columns.
    pub fn columns<const N: usize>(
        &mut self,
        area: Rect,
        widths: [u16; N],
        texts: [(String, Role); N],
        numbers: &[usize],
    ) {
        let mut x = area.x;
        for (at, (width, (text, role))) in widths.into_iter().zip(texts).enumerate() {
            if width == 0 {
                continue;
            }
            let place = Rect {
                x,
                width: width.min(area.right().saturating_sub(x)),
                height: 1,
                ..area
            };
            match numbers.contains(&at) {
                true => self.right(place, area.y, &text, role),
                false => self.text(x, area.y, place.width, &text, role),
            };
            x += width + 1;
        }
    }

    /// Broken lines of text; the lines they took.
    pub fn paragraph(&mut self, area: Rect, text: &str, role: Role) -> u16 {
        let lines = words::wrap(text, area.width.into());
        let shown = lines.len().min(area.height.into());
        for (i, line) in lines.iter().take(shown).enumerate() {
            let last = i + 1 == shown && shown < lines.len();
            let line = if last {
                format!("{line} {}", self.glyphs.ellipsis)
            } else {
                line.clone()
            };
            self.text(area.x, area.y + i as u16, area.width, &line, role);
        }
        shown as u16
    }

    /// Gives a place a style on top of what stands there.
    pub fn paint(&mut self, area: Rect, role: Role) {
        let style = self.style(role);
        self.buf.set_style(area, style);
    }

    /// Remembers what a click there means.
    pub fn hit(&mut self, area: Rect, hit: Hit) {
        self.hits.push((area, hit));
    }

    /// A framed pane; what is inside.
    pub fn pane(&mut self, area: Rect, title: &str, focused: bool) -> Rect {
        let border = if focused {
            Role::BorderFocused
        } else {
            Role::Border
        };
        let mut block = Block::bordered().border_style(self.style(border));
        block = if self.glyphs.ascii {
            block.border_set(ASCII_BORDER)
        } else {
            block.border_type(BorderType::Rounded)
        };
        block.render(area, self.buf);
        if area.width > 6 && area.height > 0 && !title.is_empty() {
            let role = if focused { Role::Accent } else { Role::Text };
            let title = format!(
                " {} ",
                words::cut(title, usize::from(area.width) - 6, self.glyphs.ellipsis)
            );
            self.text(area.x + 2, area.y, area.width - 4, &title, role);
        }
        area.inner(Margin::new(1, 1))
    }

    /// A text in the lower right corner of a pane's frame.
    pub fn corner(&mut self, area: Rect, text: &str) {
        let wide = words::width(text) as u16 + 2;
        if area.height > 1 && wide + 4 < area.width {
            self.text(
                area.right() - wide - 2,
                area.bottom() - 1,
                wide,
                &format!(" {text} "),
                Role::Muted,
            );
        }
    }

    /// A framed place on top of everything; what is inside.
    pub fn popup(&mut self, area: Rect, title: &str) -> Rect {
        let area = area.intersection(self.buf.area);
        Clear.render(area, self.buf);
        self.paint(area, Role::Text);
        self.hit(area, Hit::Pane(usize::MAX));
        self.pane(area, title, true)
    }

    /// A button; the columns it took.
    pub fn button(
        &mut self,
        x: u16,
        y: u16,
        columns: u16,
        label: &str,
        focused: bool,
        hit: Hit,
    ) -> u16 {
        let text = format!("( {label} )");
        let role = if focused {
            Role::Selection
        } else {
            Role::Accent
        };
        let used = self.text(x, y, columns, &text, role);
        self.hit(Rect::new(x, y, used, 1), hit);
        used
    }

    /// A bar of a share from 0 to 1.
    pub fn gauge(&mut self, x: u16, y: u16, columns: u16, share: f64, role: Role) {
        let full = (share.clamp(0.0, 1.0) * f64::from(columns)).round() as u16;
        for i in 0..columns {
            let (sign, role) = if i < full {
                (self.glyphs.full, role)
            } else {
                (self.glyphs.empty, Role::Border)
            };
            self.text(x + i, y, 1, sign, role);
        }
    }

    /// A spark for each number, the highest full.
    pub fn sparkline(
        &mut self,
        x: u16,
        y: u16,
        columns: u16,
        numbers: &[u64],
        most: u64,
        role: Role,
    ) {
        let skip = numbers.len().saturating_sub(columns.into());
        for (i, n) in numbers.iter().skip(skip).enumerate() {
            let (sign, role) = match (n * 8).checked_div(most.max(1)) {
                Some(0) | None if *n == 0 => (self.glyphs.bars[0], Role::Border),
                height => (
                    self.glyphs.bars[(height.unwrap_or(1).clamp(1, 8) - 1) as usize],
                    role,
                ),
            };
            self.text(x + i as u16, y, 1, sign, role);
        }
    }

    /// A line between two parts of a pane, with a heading.
    pub fn rule(&mut self, area: Rect, y: u16, heading: &str) {
        let line = self.glyphs.rule.repeat(area.width.into());
        self.text(area.x, y, area.width, &line, Role::Border);
        if !heading.is_empty() && area.width > 4 {
            self.text(
                area.x + 1,
                y,
                area.width - 2,
                &format!(" {heading} "),
                Role::Accent,
            );
        }
    }

    /// Dims everything drawn so far, before something is drawn on top.
    pub fn dim(&mut self) {
        if self.theme.coloured() {
            let area = self.buf.area;
            self.buf
                .set_style(area, Style::new().add_modifier(Modifier::DIM));
        }
    }
}

/// What is left of a pane beside a free column on each side, for what is no list.
pub fn inset(area: Rect) -> Rect {
    Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    }
}

/// A place of this size in the middle of another.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    )
}

const ASCII_BORDER: ratatui::symbols::border::Set = ratatui::symbols::border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};
