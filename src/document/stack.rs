//! Closing up: the texts of a stack give up what they do not take of their boxes.

use super::template::model::{Spare, Template};
use super::typeset::Placed;

/// Moves the texts of each stack. Boxes of a stack do not overlap, so what is set within them always fits.
pub(super) fn close_up(template: &Template, placed: &mut [Placed]) {
    for (index, stack) in template.stacks.iter().enumerate() {
        let boxes = || template.texts.iter().enumerate().filter(move |(_, t)| t.stack == Some(index));
        let (Some((_, first)), Some((_, last))) = (boxes().next(), boxes().next_back()) else { continue };
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

#[cfg(test)]
mod tests {
    use super::super::checks::tests::{full_award, plate};
    use super::*;
    use crate::domain::award::{Achievement, CertificateKind};
    use crate::domain::claims::Claims;

    /// No work, no team, no instructors, no school, no organisers.
    fn bare_award() -> Claims {
        let mut claims = full_award("李明");
        if let Achievement::Award { work, team, instructors, category, .. } = &mut claims.achievement {
            work.clear();
            category.clear();
            team.clear();
            instructors.clear();
        }
        Claims { school: String::new(), organisers: vec![], ..claims }
    }

    /// Top and bottom of each text of the stack that is there, and of the stack.
    fn shape(claims: &Claims, name: &str, spare: Spare) -> (Vec<(f32, f32)>, (f32, f32)) {
        let plate = plate(CertificateKind::Award);
        let mut template = (*plate.template).clone();
        let index = template.stacks.iter().position(|s| s.name == name).unwrap();
        template.stacks[index].spare = spare;
        let mut placed = plate.place_all(claims).unwrap();
        close_up(&template, &mut placed);
        let of_stack: Vec<_> = template.texts.iter().enumerate().filter(|(_, t)| t.stack == Some(index)).collect();
        let region = (of_stack[0].1.area.y, of_stack[of_stack.len() - 1].1.area.y + of_stack[of_stack.len() - 1].1.area.height);
        let there = of_stack.iter().filter_map(|(at, _)| placed.iter().find(|p| p.text == *at));
        (there.map(|p| (p.area.y, p.area.y + p.area.height)).collect(), region)
    }

    #[test]
    fn texts_close_up_within_their_stack_and_never_meet() {
        for claims in [full_award("阿卜杜热合曼·麦麦提依明"), bare_award()] {
            for spare in [Spare::Below, Spare::Above, Spare::Around, Spare::Between] {
                for name in ["citation", "facts"] {
                    let (texts, (top, bottom)) = shape(&claims, name, spare);
                    assert!(texts[0].0 >= top - 0.01 && texts[texts.len() - 1].1 <= bottom + 0.01, "{name} {spare:?}: {texts:?}");
                    for pair in texts.windows(2) {
                        assert!(pair[1].0 >= pair[0].1 - 0.01, "{name} {spare:?}: {texts:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_spare_height_goes_where_it_is_wanted() {
        let claims = bare_award();
        let free = |spare| {
            let (texts, (top, bottom)) = shape(&claims, "facts", spare);
            assert_eq!(texts.len(), 2, "number and address alone");
            [texts[0].0 - top, texts[1].0 - texts[0].1, bottom - texts[1].1]
        };
        let [above, gap, below] = free(Spare::Below);
        assert!(above.abs() < 0.01 && below > 20.0, "{above} {below}");
        let near = |a: f32, b: f32| (a - b).abs() < 0.02;
        assert!(free(Spare::Above).iter().zip([below, gap, 0.0]).all(|(a, b)| near(*a, b)));
        assert!(free(Spare::Around).iter().zip([below / 2.0, gap, below / 2.0]).all(|(a, b)| near(*a, b)));
        assert!(free(Spare::Between).iter().zip([below / 3.0, gap + below / 3.0, below / 3.0]).all(|(a, b)| near(*a, b)));
    }
}
