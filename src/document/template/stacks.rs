//! Texts that close up: reading `[stacks]`, and what their boxes must be.

use super::model::{Align, Spare, Stack, Text};
use super::read::{Problems, Section};

/// How far boxes may overlap by rounding, in points.
const SLACK: f32 = 0.05;

/// `[stacks]`: names, and where the height goes that a stack leaves free.
pub(super) fn read(top: &mut Section<'_, '_>, problems: &mut Problems<'_>) -> Vec<Stack> {
    let Some(section) = top.section("stacks", problems) else { return Vec::new() };
    let mut out = Vec::new();
    for (name, value) in section.entries() {
        let spare = match value.get_ref().as_str() {
            Some("below") => Spare::Below,
            Some("above") => Spare::Above,
            Some("around") => Spare::Around,
            Some("between") => Spare::Between,
            _ => {
                problems.add(value.span().start, "应为 below、above、around 或 between / must be below, above, around or between");
                continue;
            }
        };
        out.push(Stack { name: name.to_owned(), spare });
    }
    out
}

/// Boxes of a stack follow one another down the page, so that the texts cannot meet; a stack without texts is a slip.
pub(super) fn check(stacks: &[Stack], texts: &[Text], at: usize, problems: &mut Problems<'_>) {
    for (index, stack) in stacks.iter().enumerate() {
        let members: Vec<&Text> = texts.iter().filter(|t| t.stack == Some(index)).collect();
        if members.is_empty() {
            problems.add(at, format!("没有文字属于“{}” / no text belongs to the stack “{}”", stack.name, stack.name));
        }
        for (above, below) in members.iter().zip(members.iter().skip(1)) {
            if below.area.y + SLACK < above.area.y + above.area.height {
                let what = format!(
                    "“{}”的框须在“{}”的框之下 / the box of “{}” must lie below that of “{}”",
                    below.id, above.id, below.id, above.id
                );
                problems.add(at, what);
            }
        }
    }
    for text in texts.iter().filter(|t| t.setting.indent != 0.0 && !matches!(t.align, Align::Left | Align::Justify)) {
        problems.add(at, format!("“{}”缩进只用于 left 和 justify / “{}”: indent goes with left and justify only", text.id, text.id));
    }
}
