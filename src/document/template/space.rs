//! Whether what stands on the page has room, and keeps clear of what must not be covered.

use super::model::{Area, Text};
use super::read::{Problems, Section};

/// How far boxes may overlap by rounding, in points.
const SLACK: f32 = 0.3;

/// A text's box must hold one line of its largest size, or that size is never used, and all its lines of the smallest.
pub(super) fn check_lines(
    at: usize,
    area: Area,
    [smallest, largest]: [f32; 2],
    (lines, leading): (usize, f32),
    problems: &mut Problems<'_>,
) {
    let needs = |size: f32, lines: f32| size * leading * lines;
    let mm = |points: f32| (points / 72.0 * 25.4 * 10.0).ceil() / 10.0;
    if area.height + SLACK < needs(largest, 1.0) {
        let height = mm(needs(largest, 1.0));
        problems.add(
            at,
            format!(
                "框高放不下一行 {largest} 磅，请加高到 {height} 毫米或减小 size / the box is lower than one line of {largest} pt: {height} mm are needed, or a smaller size"
            ),
        );
    }
    let count = u16::try_from(lines).map_or(f32::MAX, f32::from);
    if lines > 1 && area.height + SLACK < needs(smallest, count) {
        let height = mm(needs(smallest, count));
        problems.add(
            at,
            format!(
                "框高放不下 {lines} 行 {smallest} 磅，请加高到 {height} 毫米或减少 lines / the box is lower than {lines} lines of {smallest} pt: {height} mm are needed, or fewer lines"
            ),
        );
    }
}

/// Nothing may cover the QR code with its quiet zone, and no text the portrait. A seal over text or portrait is the custom.
pub(super) fn check(
    top: &Section<'_, '_>,
    texts: &[Text],
    (qr, portrait, seal): (Option<Area>, Option<Area>, Option<Area>),
    problems: &mut Problems<'_>,
) {
    let named = [("portrait", portrait), ("seal", seal)];
    for (name, area) in named {
        if let (Some(area), Some(qr)) = (area, qr)
            && meet(area, qr)
        {
            let what =
                format!("[{name}] 与 [qr] 重叠，二维码四周须留白，请移开 / [{name}] overlaps [qr], whose margin must stay white: move one");
            problems.add(top.place(name), what);
        }
    }
    for text in texts {
        for (name, area) in [("qr", qr), ("portrait", portrait)] {
            if area.is_some_and(|a| meet(text.area, a)) {
                let id = &text.id;
                let what =
                    format!("“{id}”的框与 [{name}] 重叠，请移开或改小 / the box of “{id}” overlaps [{name}]: move it or make it smaller");
                problems.add_at_line(text.line, what);
            }
        }
    }
}

fn meet(a: Area, b: Area) -> bool {
    let overlap = |start: f32, end: f32, other: f32, other_end: f32| end.min(other_end) - start.max(other) > SLACK;
    overlap(a.x, a.x + a.width, b.x, b.x + b.width) && overlap(a.y, a.y + a.height, b.y, b.y + b.height)
}
