//! Fitting text into boxes: shrink to the smallest size allowed, then break into lines, then refuse.

use std::ops::Range;

use unicode_linebreak::linebreaks;

use super::fonts::{Chain, FontLibrary, Glyph};

/// A text with what must not be torn apart in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Composed {
    pub(super) text: String,
    /// Byte ranges that are never broken: names, numbers, dates.
    names: Vec<Range<usize>>,
    /// Byte ranges that are broken only if nothing else helps: other facts.
    facts: Vec<Range<usize>>,
}

/// A place to go back to.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize, usize, usize);

impl Composed {
    pub(super) fn fixed(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn name(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.names.push(start..self.text.len());
    }

    pub(super) fn fact(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.facts.push(start..self.text.len());
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.text.len(), self.names.len(), self.facts.len())
    }

    pub(super) fn rewind(&mut self, mark: Mark) {
        self.text.truncate(mark.0);
        self.names.truncate(mark.1);
        self.facts.truncate(mark.2);
    }

    /// Byte offsets at which a line may end, the end of the text excepted.
    fn breaks(&self, tear_facts: bool) -> Vec<usize> {
        let inside = |ranges: &[Range<usize>], at: usize| ranges.iter().any(|r| r.start < at && at < r.end);
        linebreaks(&self.text)
            .map(|(at, _)| at)
            .filter(|at| *at < self.text.len())
            .filter(|at| !inside(&self.names, *at) && (tear_facts || !inside(&self.facts, *at)))
            .filter(|at| {
                let before = self.text[..*at].chars().next_back();
                let after = self.text[*at..].chars().next();
                !before.is_some_and(no_end) && !after.is_some_and(no_start)
            })
            .collect()
    }
}

/// 避头: what does not begin a line. The Unicode rules know most of it; the middle dot and a few others they leave open.
fn no_start(c: char) -> bool {
    "，。、；：？！）》」』】〕〉”’…—～·％‰℃°%)]}!?,.;:/".contains(c)
}

/// 避尾: what does not end a line.
fn no_end(c: char) -> bool {
    "（《「『【〔〈“‘([{/".contains(c)
}

/// How a text may be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Smallest size in points.
    pub min_size: f32,
    /// Largest size in points.
    pub max_size: f32,
    /// Most lines.
    pub max_lines: usize,
    /// Distance of baselines in ems.
    pub leading: f32,
    /// Extra space between characters in ems.
    pub tracking: f32,
    /// Width of the box in points.
    pub width: f32,
    /// Height of the box in points.
    pub height: f32,
    /// Whether lines should be of even length, as suits centred text, rather than each as full as it can be.
    pub even: bool,
}

/// A text that fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    pub(super) size: f32,
    pub(super) lines: Vec<Line>,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) glyphs: Vec<Glyph>,
    /// Width in points.
    pub(super) width: f32,
}

/// Why a text cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfit {
    /// No face has this character.
    Missing(char),
    /// It does not fit at the smallest size in the most lines.
    TooLong,
}

/// Sets `text` as large as `setting` allows.
pub(super) fn fit(library: &FontLibrary, chain: &Chain, text: &Composed, setting: &Setting) -> Result<Fitted, Misfit> {
    let glyphs: Vec<Glyph> = text.text.chars().map(|c| library.glyph(chain, c).ok_or(Misfit::Missing(c))).collect::<Result<_, _>>()?;
    let whole = ems(&glyphs, setting.tracking);
    if let Some(size) = size_for(whole, 1, setting) {
        return Ok(Fitted { size, lines: vec![Line { width: whole * size, glyphs }] });
    }
    for tear_facts in [false, true] {
        if let Some(fitted) = wrap(text, &glyphs, tear_facts, setting) {
            return Ok(fitted);
        }
    }
    Err(Misfit::TooLong)
}

/// The size at which lines of `ems` fit, if one is allowed.
fn size_for(ems: f32, lines: usize, setting: &Setting) -> Option<f32> {
    let by_width = if ems > 0.0 { setting.width / ems } else { setting.max_size };
    let by_height = setting.height / (setting.leading * lines_f32(lines));
    let size = by_width.min(by_height).min(setting.max_size);
    // Sizes in steps of a hundredth, rounded down, print the same everywhere.
    let size = (size * 100.0).floor() / 100.0;
    (size >= setting.min_size).then_some(size)
}

fn lines_f32(lines: usize) -> f32 {
    u16::try_from(lines).map_or(f32::MAX, f32::from)
}

/// The fewest lines that do, in the largest size in which they do.
fn wrap(text: &Composed, glyphs: &[Glyph], tear_facts: bool, setting: &Setting) -> Option<Fitted> {
    let segments = segments(text, glyphs, tear_facts);
    let widths: Vec<f32> = segments.iter().map(|s| ems(&glyphs[s.clone()], setting.tracking)).collect();
    for lines in 2..=setting.max_lines {
        let Some(even) = even_width(&segments, &widths, glyphs, setting.tracking, lines) else { continue };
        if let Some(size) = size_for(even, lines, setting) {
            let width = if setting.even { even } else { setting.width / size };
            let lines = fill(&segments, glyphs, setting.tracking, width)?;
            let lines = lines
                .into_iter()
                .map(|range| {
                    let glyphs = trim(&glyphs[range]).to_vec();
                    Line { width: ems(&glyphs, setting.tracking) * size, glyphs }
                })
                .collect();
            return Some(Fitted { size, lines });
        }
    }
    None
}

/// The pieces between break opportunities, as ranges of glyphs.
fn segments(text: &Composed, glyphs: &[Glyph], tear_facts: bool) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    let breaks = text.breaks(tear_facts);
    let mut next = breaks.iter().copied().peekable();
    for (index, glyph) in glyphs.iter().enumerate() {
        if next.next_if_eq(&bytes).is_some() && index > start {
            out.push(start..index);
            start = index;
        }
        bytes += glyph.character.len_utf8();
    }
    if start < glyphs.len() {
        out.push(start..glyphs.len());
    }
    out
}

/// The smallest line width in ems with which `lines` lines suffice.
fn even_width(segments: &[Range<usize>], widths: &[f32], glyphs: &[Glyph], tracking: f32, lines: usize) -> Option<f32> {
    let mut low = widths.iter().copied().fold(0.0_f32, f32::max);
    let mut high = ems(glyphs, tracking);
    if fill(segments, glyphs, tracking, high)?.len() > lines {
        return None;
    }
    if fill(segments, glyphs, tracking, low).is_some_and(|l| l.len() <= lines) {
        return Some(low);
    }
    for _ in 0..16 {
        let middle = low.midpoint(high);
        if fill(segments, glyphs, tracking, middle).is_some_and(|l| l.len() <= lines) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// Lines of at most `width` ems, each as full as it can be; `None` if one segment alone is wider.
fn fill(segments: &[Range<usize>], glyphs: &[Glyph], tracking: f32, width: f32) -> Option<Vec<Range<usize>>> {
    let fits = |range: Range<usize>| ems(trim(&glyphs[range]), tracking) <= width + 0.0001;
    let mut lines: Vec<Range<usize>> = Vec::new();
    for segment in segments {
        match lines.last_mut() {
            Some(line) if fits(line.start..segment.end) => line.end = segment.end,
            _ if fits(segment.clone()) => lines.push(segment.clone()),
            _ => return None,
        }
    }
    Some(lines)
}

/// Without the spaces at which the line was broken.
fn trim(glyphs: &[Glyph]) -> &[Glyph] {
    let end = glyphs.iter().rposition(|g| !g.character.is_whitespace()).map_or(0, |i| i + 1);
    &glyphs[..end]
}

/// The width of a line in ems: its advances, and the tracking between them.
pub(super) fn ems(glyphs: &[Glyph], tracking: f32) -> f32 {
    let gaps = u16::try_from(glyphs.len().saturating_sub(1)).map_or(0.0, f32::from);
    glyphs.iter().map(|g| g.advance).sum::<f32>() + gaps * tracking
}

#[cfg(test)]
mod tests {
    use super::super::fonts::tests::library;
    use super::*;

    fn set(text: &Composed, width: f32, max_lines: usize) -> Result<Vec<String>, Misfit> {
        let library = library();
        let chain = library.chain(library.find("LXGWWenKai-Regular.ttf").unwrap(), library.find("EBGaramond-Regular.ttf"));
        let setting = Setting { min_size: 10.0, max_size: 20.0, max_lines, leading: 1.4, tracking: 0.0, width, height: 200.0, even: true };
        let fitted = fit(&library, &chain, text, &setting)?;
        for line in &fitted.lines {
            assert!(line.width <= width + 0.01, "{} > {width}", line.width);
        }
        Ok(fitted.lines.iter().map(|l| l.glyphs.iter().map(|g| g.character).collect()).collect())
    }

    #[test]
    fn shrinks_then_breaks_then_refuses() {
        let mut text = Composed::default();
        text.fixed("在第十四届蓝海杯大赛中荣获");
        assert_eq!(set(&text, 260.0, 2).unwrap().len(), 1, "13 characters at 20 pt");
        assert_eq!(set(&text, 130.0, 2).unwrap().len(), 1, "at 10 pt");
        assert_eq!(set(&text, 129.0, 2).unwrap(), ["在第十四届蓝海", "杯大赛中荣获"]);
        assert_eq!(set(&text, 60.0, 2), Err(Misfit::TooLong));
        text.fixed("\u{E000}");
        assert_eq!(set(&text, 260.0, 2), Err(Misfit::Missing('\u{E000}')));
    }

    #[test]
    fn punctuation_stays_where_it_belongs_and_names_stay_whole() {
        let mut text = Composed::default();
        text.name("阿卜杜热合曼·麦麦提依明");
        text.fixed("同学：");
        text.fixed("在“蓝海杯”（软件类）中，以作品《星海》荣获");
        for width in 130..300 {
            let width = f32::from(u16::try_from(width).unwrap());
            let Ok(lines) = set(&text, width, 6) else { continue };
            assert_eq!(lines.concat(), text.text);
            assert!(lines[0].starts_with("阿卜杜热合曼·麦麦提依明"), "{lines:?}");
            for line in &lines {
                assert!(!line.starts_with(no_start) && !line.ends_with(no_end), "{lines:?}");
            }
        }
    }

    #[test]
    fn facts_are_torn_only_where_nothing_else_helps() {
        let mut text = Composed::default();
        text.fixed("荣获");
        text.fact("第十四届蓝海杯全国大学生软件和信息技术大赛");
        text.fixed("一等奖");
        assert_eq!(set(&text, 215.0, 3).unwrap(), ["荣获", "第十四届蓝海杯全国大学生软件和信息技术大赛", "一等奖"]);
        assert_eq!(set(&text, 140.0, 3).unwrap().concat(), text.text);
    }
}
