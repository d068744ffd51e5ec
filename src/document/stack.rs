//! Closing up: the texts of a stack give up what they do not take of their boxes.

use super::template::model::{Spare, Template};
use super::typeset::Placed;

/// Moves the texts of each stack. Boxes of a stack do not overlap, so what is set within them always fits.
pub(super) fn close_up(template: &Template, placed: &mut [Placed]) {
    for (index, stack) in template.stacks.iter().enumerate() {
        let boxes = || template.texts.iter().enumerate().filter(move |(_, t)| t.stack == Some(index));
        let (Some((_, first)), Some((_, last))) = (boxes().next(), boxes().last()) else { continue };
        let (top, bottom) = (first.area.y, last.area.y + last.area.height);
        // A text that is there keeps the distance to the box above its own; the first one starts the stack.
        let mut heights = 0.0;
        let mut gaps = Vec::new();
        let mut end = top;
        for (at, text) in boxes() {
            if let Some(one) = placed.iter().find(|p| p.text == at) {
                gaps.push((at, if gaps.is_empty() { 0.0 } else { text.area.y - end }));
                heights += one.height(text);
            }
            end = text.area.y + text.area.height;
        }
        let spare = (bottom - top - heights - gaps.iter().map(|(_, g)| g).sum::<f32>()).max(0.0);
        let share = spare / u16::try_from(gaps.len() + 1).map_or(f32::MAX, f32::from);
        let (mut y, between) = match stack.spare {
            Spare::Below => (top, 0.0),
            Spare::Above => (top + spare, 0.0),
            Spare::Around => (top + spare / 2.0, 0.0),
            Spare::Between => (top + share, share),
        };
        for (order, (at, gap)) in gaps.into_iter().enumerate() {
            let (Some(one), Some(text)) = (placed.iter_mut().find(|p| p.text == at), template.texts.get(at)) else { continue };
            y += gap + if order == 0 { 0.0 } else { between };
            one.area.y = y;
            one.area.height = one.height(text);
            y += one.area.height;
        }
    }
}
