//! One node as a block of cells: its outline, its texts, and the boundary events on it.

use super::super::{Figure, NodeIx};
use super::canvas::{Canvas, cut, tidy, wrap};
use super::route::Direction;
use super::scene::{Context, Scene};
use super::{Marks, NodeArea, Role};
use unicode_width::UnicodeWidthStr;

/// Columns kept for the marks of a box, and of a sign.
const BOX_STATUS: usize = 8;
const SIGN_STATUS: usize = 6;
/// Most lines of a label.
const LABEL_LINES: usize = 3;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rect {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

/// A piece of text in a block.
struct Text {
    x: usize,
    y: usize,
    text: String,
    role: Role,
}

/// A boundary event on the lower border.
pub(super) struct Boundary {
    pub node: NodeIx,
    pub area: Rect,
}

/// A node with what belongs to it; all places count from its upper left cell.
pub(super) struct Block {
    pub width: usize,
    pub height: usize,
    /// The column that is centred in the column of the layout.
    pub anchor: usize,
    /// The row of the ports at its sides.
    pub middle: usize,
    /// The outline or the sign: where flows begin and end.
    pub core: Rect,
    pub boundary: Vec<Boundary>,
    node: NodeIx,
    boxed: bool,
    inner: Option<Scene>,
    texts: Vec<Text>,
}

impl Block {
    pub(super) fn new(context: &Context<'_>, node: NodeIx) -> Self {
        match context.process.nodes[node].figure() {
            Figure::Task => Block::boxed(context, node, None),
            Figure::SubProcess => {
                let closed = context.process.diagram.collapsed.contains(context.id(node));
                let inner = (!closed).then(|| Scene::new(context, Some(node)));
                Block::boxed(context, node, inner.filter(|scene| scene.width > 0))
            }
            _ => Block::sign(context, node),
        }
    }

    /// A task, or a sub-process around its scene.
    fn boxed(context: &Context<'_>, node: NodeIx, inner: Option<Scene>) -> Self {
        let closed = inner.is_none() && context.process.nodes[node].figure() == Figure::SubProcess;
        let mut label = context.label(node);
        if closed {
            label.push_str(" [+]");
        }
        let status = context
            .marks(node)
            .map(|m| status(m, context.options.ascii));
        let status_width = status.as_ref().map_or(0, |s| s.width());
        let hosted = &context.process.nodes[node].boundary_events;
        let signs: Vec<(String, String, usize)> = hosted
            .iter()
            .map(|&ix| boundary_texts(context, ix))
            .collect();
        let needed = match signs.as_slice() {
            [] => 0,
            [(sign, ..)] => sign.width() + 6,
            several => {
                8 + several
                    .iter()
                    .map(|(s, _, room)| s.width() + room + 2)
                    .sum::<usize>()
            }
        };
        let mut texts = Vec::new();
        let (width, height);
        if let Some(scene) = &inner {
            let title = cut(
                &label,
                scene.width.max(context.options.label_width),
                context.options.ascii,
            );
            width = (scene.width + 4)
                .max(title.width() + 6)
                .max(needed)
                .max(status_width + 4);
            height = scene.height + 2 + usize::from(context.with_marks());
            texts.push(Text {
                x: 2,
                y: 0,
                text: format!(" {title} "),
                role: Role::Label,
            });
            if title.is_empty() {
                texts.clear();
            }
        } else {
            let lines = wrap(
                &label,
                context.options.label_width,
                LABEL_LINES,
                context.options.ascii,
            );
            let widest = lines.iter().map(|l| l.width()).max().unwrap_or(0);
            let least = if context.with_marks() { BOX_STATUS } else { 5 };
            width = (widest.max(status_width).max(least) + 4).max(needed);
            height = lines.len().max(1) + 2 + usize::from(context.with_marks());
            for (row, line) in lines.into_iter().enumerate() {
                texts.push(Text {
                    x: 2,
                    y: row + 1,
                    text: line,
                    role: Role::Label,
                });
            }
        }
        if let Some(status) = status {
            status.place(2, height - 2, width - 4, &mut texts);
        }
        let mut block = Block {
            width,
            height,
            anchor: width / 2,
            middle: (height - 1) / 2,
            core: Rect {
                x: 0,
                y: 0,
                width,
                height,
            },
            boundary: Vec::new(),
            node,
            boxed: true,
            inner,
            texts,
        };
        block.attach(context, hosted, signs);
        block
    }

    /// Puts boundary events on the lower border, their labels beside them under it.
    fn attach(
        &mut self,
        context: &Context<'_>,
        hosted: &[NodeIx],
        signs: Vec<(String, String, usize)>,
    ) {
        let mut events: Vec<_> = hosted.iter().copied().zip(signs).collect();
        let share = |ix: NodeIx| context.share_of_host(self.node, ix).unwrap_or(0.7);
        events.sort_by(|a, b| share(a.0).total_cmp(&share(b.0)));
        let only = events.len() == 1;
        let (y, mut next) = (self.core.height - 1, 2);
        for (ix, (sign, label, room)) in events {
            let sign_width = sign.width();
            let x = if only {
                let last = self.core.width.saturating_sub(sign_width + 2);
                let wanted = (share(ix) * self.core.width as f64) as usize;
                wanted.saturating_sub(sign_width / 2).clamp(2, last.max(2))
            } else {
                next
            };
            next = x + sign_width + room + 2;
            let highlighted = context.marks(ix).is_some_and(|m| m.highlighted);
            let role = if highlighted {
                Role::Highlight
            } else {
                Role::Border
            };
            self.texts.push(Text {
                x,
                y,
                text: sign,
                role,
            });
            if room > 0 {
                self.width = self.width.max(x + sign_width + room + 2);
                self.height = self.core.height + 1;
            }
            if !label.is_empty() {
                let at = x + sign_width + 1;
                let role = match context.marks(ix) {
                    Some(m) if m.tokens > 0 => Role::Token,
                    _ => Role::Muted,
                };
                self.texts.push(Text {
                    x: at,
                    y: y + 1,
                    text: label,
                    role,
                });
            }
            let area = Rect {
                x,
                y,
                width: sign_width,
                height: 1,
            };
            self.boundary.push(Boundary { node: ix, area });
        }
    }

    /// An event or a gateway: a sign of few cells with its label under or over it.
    fn sign(context: &Context<'_>, node: NodeIx) -> Self {
        let ascii = context.options.ascii;
        let figure = context.process.nodes[node].figure();
        let sign = sign(figure, ascii);
        let label = context.label(node);
        let mut lines = wrap(&label, context.options.label_width, LABEL_LINES, ascii);
        let marks = context.marks(node);
        let highlighted = marks.is_some_and(|m| m.highlighted);
        if context.with_marks() && lines.is_empty() {
            lines.push(String::new());
        }
        let mut widest = lines.iter().map(|l| l.width()).max().unwrap_or(0);
        if highlighted && let [first, ..] = lines.as_mut_slice() {
            first.insert(0, '[');
        }
        if highlighted && let [.., last] = lines.as_mut_slice() {
            last.push(']');
        }
        let gateway = matches!(figure, Figure::Gateway(_));
        let side = label_side(context, node, gateway);
        let mut lines: Vec<(String, Role)> = lines.into_iter().map(|l| (l, Role::Label)).collect();
        if context.with_marks() {
            let status = status_line(marks, ascii);
            // Room for brackets and marks, so that choosing and arriving move nothing.
            widest = (widest + 2).max(status.0.width()).max(SIGN_STATUS);
            let at = if side == LabelSide::Above {
                0
            } else {
                lines.len()
            };
            lines.insert(at, status);
        }
        let sign_width = sign.width();
        let count = lines.len();
        let (width, anchor) = match side {
            LabelSide::Corner => (sign_width + 1 + widest, sign_width / 2),
            _ => {
                let width = widest.max(sign_width);
                (width, (width - sign_width) / 2 + sign_width / 2)
            }
        };
        let (middle, first) = match side {
            LabelSide::Above => (count, 0),
            LabelSide::Below | LabelSide::Corner => (0, 1),
        };
        let x = anchor - sign_width / 2;
        let role = if highlighted {
            Role::Highlight
        } else {
            Role::Border
        };
        let mut texts = vec![Text {
            x,
            y: middle,
            text: sign,
            role,
        }];
        for (row, (text, role)) in lines.into_iter().enumerate() {
            let x = match side {
                LabelSide::Corner => sign_width + 1,
                _ => (width - text.width()) / 2,
            };
            texts.push(Text {
                x,
                y: first + row,
                text,
                role,
            });
        }
        Block {
            width,
            height: count + 1,
            anchor,
            middle,
            core: Rect {
                x,
                y: middle,
                width: sign_width,
                height: 1,
            },
            boundary: Vec::new(),
            node,
            boxed: false,
            inner: None,
            texts,
        }
    }

    /// The cells that no flow may enter.
    pub(super) fn solid(&self) -> impl Iterator<Item = Rect> + '_ {
        // A blank beside a label keeps flows from looking like a part of it.
        let core = self.core;
        let outside = move |t: &&Text| !(core.y..core.y + core.height).contains(&t.y);
        let texts = self.texts.iter().filter(outside).map(|t| Rect {
            x: t.x.saturating_sub(1),
            y: t.y,
            width: t.text.width() + if t.x > 0 { 2 } else { 1 },
            height: 1,
        });
        std::iter::once(self.core).chain(texts)
    }

    pub(super) fn paint(
        &self,
        context: &Context<'_>,
        canvas: &mut Canvas,
        at: (usize, usize),
        nodes: &mut [Option<NodeArea>],
        undrawn: &mut Vec<String>,
    ) {
        let area = |ix: NodeIx, rect: Rect| NodeArea {
            id: context.id(ix).to_owned(),
            x: at.0 + rect.x,
            y: at.1 + rect.y,
            width: rect.width,
            height: rect.height,
        };
        let own = area(self.node, self.core);
        if self.boxed {
            let highlighted = context.marks(self.node).is_some_and(|m| m.highlighted);
            canvas.outline(&own, highlighted);
        }
        nodes[self.node] = Some(own);
        for text in &self.texts {
            canvas.text(at.0 + text.x, at.1 + text.y, &text.text, text.role);
        }
        for boundary in &self.boundary {
            nodes[boundary.node] = Some(area(boundary.node, boundary.area));
        }
        if let Some(scene) = &self.inner {
            scene.paint(context, canvas, at.0 + 2, at.1 + 1, nodes, undrawn);
        }
    }
}

/// Where the label of a sign stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LabelSide {
    Above,
    Below,
    /// Below to the right, where it leaves all four sides free.
    Corner,
}

/// Over a gateway and under an event, unless the author let a flow through there.
fn label_side(context: &Context<'_>, node: NodeIx, gateway: bool) -> LabelSide {
    let above = context.is_used(node, Direction::North);
    let below = context.is_used(node, Direction::South);
    match (gateway, above, below) {
        (true, false, _) | (false, false, true) => LabelSide::Above,
        (true, true, false) | (false, _, false) => LabelSide::Below,
        (_, true, true) => LabelSide::Corner,
    }
}

/// The sign of an event or a gateway.
fn sign(figure: Figure, ascii: bool) -> String {
    let (sign, mark) = match figure {
        Figure::StartEvent(mark) => (if ascii { 'o' } else { '○' }, mark),
        Figure::IntermediateEvent(mark) | Figure::BoundaryEvent(mark) => ('◎', mark),
        Figure::EndEvent(mark) => (if ascii { 'O' } else { '●' }, mark),
        Figure::Gateway(mark) => return format!("<{}>", mark.unwrap_or(' ')),
        Figure::Task | Figure::SubProcess => return String::new(),
    };
    match (ascii, figure) {
        (false, _) => mark.map_or(sign.to_string(), |mark| format!("{sign}{mark}")),
        (true, Figure::IntermediateEvent(_)) => format!("(({}))", mark.unwrap_or(' ')),
        (true, Figure::EndEvent(Some(mark))) => format!("(O{mark})"),
        (true, Figure::BoundaryEvent(_)) => format!("({})", mark.unwrap_or(' ')),
        (true, _) => format!("({})", mark.unwrap_or(sign)),
    }
}

/// A boundary event's sign, its label with its marks, and the room that they may need.
fn boundary_texts(context: &Context<'_>, ix: NodeIx) -> (String, String, usize) {
    let ascii = context.options.ascii;
    let mut label = cut(&context.label(ix), context.options.label_width, ascii);
    let mut room = label.width();
    if context.with_marks() {
        room += 3 + SIGN_STATUS;
    }
    if let Some(marks) = context.marks(ix) {
        if marks.highlighted {
            label = format!("[{label}]");
        }
        let status = status(marks, ascii).line();
        label = cut(format!("{label} {status}").trim(), room, ascii);
    }
    (sign(context.process.nodes[ix].figure(), ascii), label, room)
}

/// What the marks of a node say.
struct Status {
    left: Vec<(String, Role)>,
    visits: Option<String>,
}

fn status(marks: &Marks, ascii: bool) -> Status {
    let mut left = Vec::new();
    match marks.tokens {
        0 => {}
        1 => left.push(("(*)".to_owned(), Role::Token)),
        n => left.push((format!("(*){n}"), Role::Token)),
    }
    if marks.incident {
        left.push(("!".to_owned(), Role::Incident));
    }
    if let Some(note) = &marks.note {
        let note = cut(&tidy(note, ascii), 12, ascii);
        if !note.is_empty() {
            left.push((note, Role::Muted));
        }
    }
    let times = if ascii { 'x' } else { '×' };
    let visits = (marks.visits > 0).then(|| format!("{times}{}", marks.visits));
    Status { left, visits }
}

/// The marks of an event or a gateway on one line.
fn status_line(marks: Option<&Marks>, ascii: bool) -> (String, Role) {
    let Some(marks) = marks else {
        return (String::new(), Role::Muted);
    };
    let role = match (marks.incident, marks.tokens) {
        (true, _) => Role::Incident,
        (_, 0) => Role::Muted,
        _ => Role::Token,
    };
    (status(marks, ascii).line(), role)
}

impl Status {
    fn width(&self) -> usize {
        let left: usize = self.left.iter().map(|(t, _)| t.width() + 1).sum();
        left + self.visits.as_ref().map_or(0, |v| v.width())
    }

    fn line(&self) -> String {
        let parts = self
            .left
            .iter()
            .map(|(t, _)| t.as_str())
            .chain(self.visits.as_deref());
        parts.collect::<Vec<_>>().join(" ")
    }

    /// Tokens to the left, visits to the right.
    fn place(self, x: usize, y: usize, room: usize, texts: &mut Vec<Text>) {
        let mut at = x;
        for (text, role) in self.left {
            let width = text.width();
            texts.push(Text {
                x: at,
                y,
                text,
                role,
            });
            at += width + 1;
        }
        if let Some(text) = self.visits {
            let x = x + room.saturating_sub(text.width());
            texts.push(Text {
                x,
                y,
                text,
                role: Role::Muted,
            });
        }
    }
}
