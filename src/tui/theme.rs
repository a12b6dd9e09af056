//! Roles of text and the styles that a theme gives them.
//!
//! Colours come from the fixed part of the 256-colour palette, so that they look the same
//! in every terminal and their contrast can be computed.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of the screen is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// What one reads.
    Text,
    /// What one reads when looking for it.
    Muted,
    /// What matters: titles, keys, headings.
    Accent,
    /// The line that keys act on.
    Selection,
    /// The selected line of a pane without the focus.
    SelectionDim,
    /// It went well.
    Success,
    /// It needs somebody soon.
    Warning,
    /// It needs somebody now.
    Danger,
    /// Good to know.
    Info,
    /// Frame of a pane.
    Border,
    /// Frame of the pane with the focus.
    BorderFocused,
    /// A token in a process drawing.
    Token,
    /// An incident in a process drawing.
    Incident,
    /// A field one types into.
    Field,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 14] = [
        Role::Text,
        Role::Muted,
        Role::Accent,
        Role::Selection,
        Role::SelectionDim,
        Role::Success,
        Role::Warning,
        Role::Danger,
        Role::Info,
        Role::Border,
        Role::BorderFocused,
        Role::Token,
        Role::Incident,
        Role::Field,
    ];
}

/// The themes that ship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Light text on the terminal's dark background.
    Dark,
    /// Dark text on the terminal's light background.
    Light,
    /// The sixteen colours that every terminal has.
    Sixteen,
    /// No colour at all: bold, dim, underlined, reversed.
    None,
    /// Bright on black, at least 7:1.
    HighContrast,
}

impl Theme {
    /// All of them.
    pub const ALL: [Theme; 5] = [
        Theme::Dark,
        Theme::Light,
        Theme::Sixteen,
        Theme::None,
        Theme::HighContrast,
    ];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Dark => "dark",
            Theme::Light => "light",
            Theme::Sixteen => "16",
            Theme::None => "none",
            Theme::HighContrast => "high-contrast",
        }
    }

    /// The theme of this name.
    pub fn named(name: &str) -> Option<Theme> {
        Theme::ALL.into_iter().find(|t| t.name() == name)
    }

    /// True when it has colours, so that shapes need not carry the meaning of a place alone.
    pub fn coloured(self) -> bool {
        self != Theme::None
    }

    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        match self {
            Theme::Dark => dark(role),
            Theme::Light => light(role),
            Theme::Sixteen => sixteen(role),
            Theme::None => none(role),
            Theme::HighContrast => high_contrast(role),
        }
    }
}

fn fg(index: u8) -> Style {
    Style::new().fg(Color::Indexed(index))
}

fn on(fore: u8, back: u8) -> Style {
    fg(fore).bg(Color::Indexed(back))
}

fn dark(role: Role) -> Style {
    match role {
        Role::Text => fg(253),
        Role::Muted => fg(247),
        Role::Accent => fg(117).add_modifier(Modifier::BOLD),
        Role::Selection => on(231, 24).add_modifier(Modifier::BOLD),
        Role::SelectionDim => on(253, 238),
        Role::Success => fg(114),
        Role::Warning => fg(221),
        Role::Danger => fg(210),
        Role::Info => fg(153),
        Role::Border => fg(240),
        Role::BorderFocused => fg(74),
        Role::Token => fg(79).add_modifier(Modifier::BOLD),
        Role::Incident => fg(210).add_modifier(Modifier::BOLD),
        Role::Field => on(254, 236),
    }
}

fn light(role: Role) -> Style {
    match role {
        Role::Text => fg(235),
        Role::Muted => fg(240),
        Role::Accent => fg(24).add_modifier(Modifier::BOLD),
        Role::Selection => on(231, 25).add_modifier(Modifier::BOLD),
        Role::SelectionDim => on(235, 252),
        Role::Success => fg(22),
        Role::Warning => fg(94),
        Role::Danger => fg(124),
        Role::Info => fg(24),
        Role::Border => fg(248),
        Role::BorderFocused => fg(31),
        Role::Token => fg(23).add_modifier(Modifier::BOLD),
        Role::Incident => fg(124).add_modifier(Modifier::BOLD),
        Role::Field => on(233, 254),
    }
}

fn sixteen(role: Role) -> Style {
    let fg = |c| Style::new().fg(c);
    match role {
        Role::Text => Style::new(),
        Role::Muted => Style::new().add_modifier(Modifier::DIM),
        Role::Accent => Style::new().add_modifier(Modifier::BOLD),
        Role::Selection => Style::new().add_modifier(Modifier::REVERSED),
        Role::SelectionDim => Style::new().add_modifier(Modifier::UNDERLINED),
        Role::Success => fg(Color::Green),
        Role::Warning => fg(Color::Yellow).add_modifier(Modifier::BOLD),
        Role::Danger => fg(Color::Red).add_modifier(Modifier::BOLD),
        Role::Info => fg(Color::Cyan),
        Role::Border => Style::new().add_modifier(Modifier::DIM),
        Role::BorderFocused => fg(Color::Cyan),
        Role::Token => fg(Color::Green).add_modifier(Modifier::BOLD),
        Role::Incident => fg(Color::Red).add_modifier(Modifier::BOLD),
        Role::Field => Style::new().add_modifier(Modifier::UNDERLINED),
    }
}

fn none(role: Role) -> Style {
    let plain = Style::new();
    match role {
        Role::Text | Role::Success | Role::Info => plain,
        Role::Muted | Role::Border => plain.add_modifier(Modifier::DIM),
        Role::Accent | Role::Warning | Role::Danger | Role::BorderFocused => {
            plain.add_modifier(Modifier::BOLD)
        }
        Role::Token | Role::Incident | Role::Selection => plain.add_modifier(Modifier::REVERSED),
        Role::SelectionDim | Role::Field => plain.add_modifier(Modifier::UNDERLINED),
    }
}

fn high_contrast(role: Role) -> Style {
    match role {
        Role::Text | Role::Muted => on(231, 16),
        Role::Accent => on(226, 16).add_modifier(Modifier::BOLD),
        Role::Selection => on(16, 226).add_modifier(Modifier::BOLD),
        Role::SelectionDim => on(16, 231),
        Role::Success => on(120, 16),
        Role::Warning => on(220, 16).add_modifier(Modifier::BOLD),
        Role::Danger => on(217, 16).add_modifier(Modifier::BOLD),
        Role::Info => on(123, 16),
        Role::Border => on(250, 16),
        Role::BorderFocused => on(226, 16).add_modifier(Modifier::BOLD),
        Role::Token => on(120, 16).add_modifier(Modifier::BOLD),
        Role::Incident => on(217, 16).add_modifier(Modifier::BOLD),
        Role::Field => on(231, 16).add_modifier(Modifier::UNDERLINED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rgb = [u8; 3];

    fn indexed(index: u8) -> Rgb {
        let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
        match index {
            16..=231 => {
                let n = index - 16;
                [level(n / 36), level(n / 6 % 6), level(n % 6)]
            }
            232.. => [8 + 10 * (index - 232); 3],
            _ => panic!("colours 0 to 15 differ from terminal to terminal"),
        }
    }

    fn luminance(rgb: Rgb) -> f64 {
        let [r, g, b] = rgb.map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn worst(style: Style, backgrounds: &[Rgb]) -> f64 {
        let rgb = |c: Option<Color>| match c {
            Some(Color::Indexed(i)) => Some(indexed(i)),
            None => None,
            other => panic!("{other:?} has no fixed colour"),
        };
        let fore = rgb(style.fg).expect("a foreground");
        match rgb(style.bg) {
            Some(back) => contrast(fore, back),
            None => backgrounds
                .iter()
                .map(|b| contrast(fore, *b))
                .fold(f64::MAX, f64::min),
        }
    }

    /// Frames are shapes, not text: WCAG asks less of them than of what one reads.
    const FRAMES: [Role; 2] = [Role::Border, Role::BorderFocused];

    #[test]
    fn text_is_readable_on_the_usual_backgrounds() {
        let dark = [
            [0, 0, 0],
            [0x1e, 0x1e, 0x1e],
            [0x28, 0x2c, 0x34],
            [0x16, 0x18, 0x1a],
        ];
        let light = [
            [255, 255, 255],
            [0xfb, 0xf1, 0xc7],
            [0xfd, 0xf6, 0xe3],
            [0xf0, 0xf0, 0xf0],
        ];
        let themes: [(Theme, &[Rgb], f64); 3] = [
            (Theme::Dark, &dark, 4.5),
            (Theme::Light, &light, 4.5),
            (Theme::HighContrast, &[], 7.0),
        ];
        for (theme, backgrounds, least) in themes {
            for role in Role::ALL.into_iter().filter(|r| !FRAMES.contains(r)) {
                let found = worst(theme.style(role), backgrounds);
                assert!(found >= least, "{} {role:?}: {found:.2}", theme.name());
            }
        }
    }

    #[test]
    fn without_colours_there_are_none() {
        for role in Role::ALL {
            let style = Theme::None.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
    }

    #[test]
    fn the_selection_differs_from_text_in_every_theme() {
        for theme in Theme::ALL {
            let text = theme.style(Role::Text);
            assert_ne!(theme.style(Role::Selection), text, "{}", theme.name());
            assert_ne!(theme.style(Role::SelectionDim), text, "{}", theme.name());
        }
    }
}
