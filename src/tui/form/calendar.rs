//! A month to pick a day from.

use crate::tui::theme::Role;
use crate::tui::ui::Ui;
use chrono::{Datelike, Days, Months, NaiveDate};
use crossterm::event::KeyCode;
use ratatui::layout::Rect;

/// Columns and lines that the month takes, its frame included.
pub const SIZE: (u16, u16) = (24, 10);

/// Moves the day by a key; false when the key is none of the calendar's.
pub fn key(day: &mut NaiveDate, code: KeyCode) -> bool {
    let moved = match code {
        KeyCode::Left | KeyCode::Char('h') => day.checked_sub_days(Days::new(1)),
        KeyCode::Right | KeyCode::Char('l') => day.checked_add_days(Days::new(1)),
        KeyCode::Up | KeyCode::Char('k') => day.checked_sub_days(Days::new(7)),
        KeyCode::Down | KeyCode::Char('j') => day.checked_add_days(Days::new(7)),
        KeyCode::PageUp => day.checked_sub_months(Months::new(1)),
        KeyCode::PageDown => day.checked_add_months(Months::new(1)),
        _ => return false,
    };
    *day = moved.unwrap_or(*day);
    true
}

/// Draws the month of the day.
pub fn draw(ui: &mut Ui, area: Rect, day: NaiveDate) {
    let inner = ui.popup(area, &day.format("%B %Y").to_string());
    ui.text(
        inner.x,
        inner.y,
        inner.width,
        " Mo Tu We Th Fr Sa Su",
        Role::Muted,
    );
    let today = ui.clock.local(ui.clock.now).date_naive();
    let Some(first) = day.with_day(1) else {
        return;
    };
    let before = u64::from(first.weekday().num_days_from_monday());
    for cell in 0..42u64 {
        let Some(date) = (first + Days::new(cell)).checked_sub_days(Days::new(before)) else {
            continue;
        };
        let role = match date {
            date if date == day => Role::Selection,
            date if date.month() != day.month() => continue,
            date if date == today => Role::Accent,
            _ => Role::Text,
        };
        let (x, y) = (
            inner.x + (cell % 7) as u16 * 3,
            inner.y + 1 + (cell / 7) as u16,
        );
        if y < inner.bottom() {
            ui.text(x, y, 3, &format!("{:>3}", date.day()), role);
        }
    }
    if inner.height >= 8 {
        ui.text(
            inner.x,
            inner.bottom() - 1,
            inner.width,
            " PgUp PgDn month",
            Role::Muted,
        );
    }
}
