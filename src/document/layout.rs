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
    /// How lines share the text.
    pub lines: Lines,
    /// How far the first line stands in, in ems; below zero the other lines do, under a label.
    pub indent: f32,
}

/// How lines share the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Each as full as it can be.
    Full,
    /// Of even length, as suits centred text.
    Even,
    /// Full, and spread to the box's width but for the last: running text.
    Justified,
}

impl Setting {
    /// How far a line stands in, in ems.
    fn indent_of(&self, line: usize) -> f32 {
        if line == 0 { self.indent.max(0.0) } else { (-self.indent).max(0.0) }
    }
}

/// The most that justified text may be spread, in ems a character; a line that would need more stays ragged.
const MOST_SPREAD: f32 = 0.12;

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
    /// Width in points, from the first character to the last.
    pub(super) width: f32,
    /// How far it stands in, in points.
    pub(super) indent: f32,
    /// What justification adds between two characters, in points.
    pub(super) spread: f32,
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
    let fitted = match setting.lines {
        // A title or a name keeps to one line as long as it may, and then to as few as do.
        Lines::Even => one_line(&glyphs, setting).or_else(|| {
            let mut ways = [false, true].into_iter();
            ways.find_map(|tear_facts| (2..=setting.max_lines).find_map(|n| wrap(text, &glyphs, tear_facts, n, setting)))
        }),
        Lines::Full => running(text, &glyphs, false, setting).or_else(|| running(text, &glyphs, true, setting)),
        // Breaks where the line is full, as in any book.
        Lines::Justified => running(text, &glyphs, true, setting),
    };
    fitted.ok_or(Misfit::TooLong)
}

/// The smallest share of the size that more lines would allow for which running text does with fewer.
const FEWER_LINES: f32 = 0.92;

/// Running text is not made much smaller to save a line.
fn running(text: &Composed, glyphs: &[Glyph], tear_facts: bool, setting: &Setting) -> Option<Fitted> {
    let more = (2..=setting.max_lines).filter_map(|n| wrap(text, glyphs, tear_facts, n, setting));
    let ways: Vec<Fitted> = one_line(glyphs, setting).into_iter().chain(more).collect();
    let best = ways.iter().map(|f| f.size).fold(0.0_f32, f32::max);
    ways.into_iter().find(|f| f.size >= best * FEWER_LINES)
}

fn one_line(glyphs: &[Glyph], setting: &Setting) -> Option<Fitted> {
    let (whole, indent) = (ems(glyphs, setting.tracking), setting.indent_of(0));
    let size = size_for(whole + indent, 1, setting)?;
    Some(Fitted { size, lines: vec![Line { width: whole * size, glyphs: glyphs.to_vec(), indent: indent * size, spread: 0.0 }] })
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

/// That many lines, in the largest size in which they do.
fn wrap(text: &Composed, glyphs: &[Glyph], tear_facts: bool, lines: usize, setting: &Setting) -> Option<Fitted> {
    let segments = segments(text, glyphs, tear_facts);
    let widths: Vec<f32> = segments.iter().map(|s| ems(&glyphs[s.clone()], setting.tracking)).collect();
    let even = even_width(&segments, &widths, glyphs, setting, lines)?;
    let size = size_for(even, lines, setting)?;
    let width = if setting.lines == Lines::Even { even } else { setting.width / size };
    let ranges = fill(&segments, glyphs, setting, width)?;
    let last = ranges.len().saturating_sub(1);
    let lines = ranges.into_iter().enumerate();
    Some(Fitted { size, lines: lines.map(|(at, range)| line(&glyphs[range], setting, size, at, at == last)).collect() })
}

/// A line at its size, spread over the box where that is wanted.
fn line(glyphs: &[Glyph], setting: &Setting, size: f32, at: usize, is_last: bool) -> Line {
    let glyphs = trim(glyphs).to_vec();
    let (natural, indent) = (ems(&glyphs, setting.tracking), setting.indent_of(at));
    let gaps = gaps(&glyphs);
    let room = (setting.width / size - natural - indent).max(0.0);
    let wanted = setting.lines == Lines::Justified && !is_last && gaps > 0.0 && room / gaps <= MOST_SPREAD;
    let spread = if wanted { room / gaps } else { 0.0 };
    Line { width: (natural + gaps * spread) * size, indent: indent * size, spread: spread * size, glyphs }
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
fn even_width(segments: &[Range<usize>], widths: &[f32], glyphs: &[Glyph], setting: &Setting, lines: usize) -> Option<f32> {
    let mut low = widths.iter().copied().fold(0.0_f32, f32::max);
    let mut high = ems(glyphs, setting.tracking) + setting.indent.abs();
    if fill(segments, glyphs, setting, high)?.len() > lines {
        return None;
    }
    if fill(segments, glyphs, setting, low).is_some_and(|l| l.len() <= lines) {
        return Some(low);
    }
    for _ in 0..16 {
        let middle = low.midpoint(high);
        if fill(segments, glyphs, setting, middle).is_some_and(|l| l.len() <= lines) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// Lines of at most `width` ems, each as full as it can be; `None` if one segment alone is wider.
fn fill(segments: &[Range<usize>], glyphs: &[Glyph], setting: &Setting, width: f32) -> Option<Vec<Range<usize>>> {
    let fits = |range: Range<usize>, line: usize| ems(trim(&glyphs[range]), setting.tracking) + setting.indent_of(line) <= width + 0.0001;
    let mut lines: Vec<Range<usize>> = Vec::new();
    for segment in segments {
        let count = lines.len();
        match lines.last_mut() {
            Some(line) if fits(line.start..segment.end, count - 1) => line.end = segment.end,
            _ if fits(segment.clone(), count) => lines.push(segment.clone()),
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
    glyphs.iter().map(|g| g.advance).sum::<f32>() + gaps(glyphs) * tracking
}

/// How many gaps are between the characters of a line.
pub(super) fn gaps(glyphs: &[Glyph]) -> f32 {
    u16::try_from(glyphs.len().saturating_sub(1)).map_or(0.0, f32::from)
}

#[cfg(test)]
mod tests {
    use super::super::fonts::tests::library;
    use super::*;

    const EVEN: Setting = Setting {
        min_size: 10.0,
        max_size: 20.0,
        max_lines: 2,
        leading: 1.4,
        tracking: 0.0,
        width: 0.0,
        height: 200.0,
        lines: Lines::Even,
        indent: 0.0,
    };

    fn set_as(text: &Composed, setting: &Setting) -> Result<Fitted, Misfit> {
        let library = library();
        let chain = library.chain(library.find("LXGWWenKai-Regular.ttf").unwrap(), library.find("EBGaramond-Regular.ttf"));
        let fitted = fit(&library, &chain, text, setting)?;
        for line in &fitted.lines {
            assert!(line.indent + line.width <= setting.width + 0.01, "{} > {}", line.width, setting.width);
        }
        Ok(fitted)
    }

    fn words(fitted: &Fitted) -> Vec<String> {
        fitted.lines.iter().map(|l| l.glyphs.iter().map(|g| g.character).collect()).collect()
    }

    fn set(text: &Composed, width: f32, max_lines: usize) -> Result<Vec<String>, Misfit> {
        set_as(text, &Setting { width, max_lines, ..EVEN }).map(|f| words(&f))
    }

    #[test]
    fn running_text_stands_in_and_fills_its_lines() {
        let mut text = Composed::default();
        text.fixed("在");
        text.fact("第十四届蓝海杯全国大学生软件创新大赛");
        text.fixed("（软件类）中荣获");
        let setting = Setting { width: 205.0, max_lines: 4, lines: Lines::Justified, indent: 2.0, min_size: 20.0, ..EVEN };
        let fitted = set_as(&text, &setting).unwrap();
        assert_eq!(words(&fitted), ["在第十四届蓝海杯", "全国大学生软件创新大", "赛（软件类）中荣获"]);
        let shape: Vec<(f32, f32)> = fitted.lines.iter().map(|l| (l.indent, l.indent + l.width)).collect();
        for (line, (indent, end)) in [(40.0, 205.0), (0.0, 205.0), (0.0, 180.0)].into_iter().enumerate() {
            assert!((shape[line].0 - indent).abs() < 0.01 && (shape[line].1 - end).abs() < 0.01, "{line}: {shape:?}");
        }
        // A line that would save a little height is not worth a much smaller size.
        let setting = Setting { min_size: 5.0, width: 300.0, ..setting };
        assert_eq!(set_as(&text, &setting).unwrap().lines.len(), 2, "20 pt rather than 10 pt");
        let fitted = set_as(&text, &Setting { width: 560.0, ..setting }).unwrap();
        assert!(fitted.lines.len() == 1 && fitted.size > 17.0, "{fitted:?}");
        // Below zero the label of the first line stands out.
        let mut team = Composed::default();
        team.fixed("成员：");
        team.name("李明");
        team.fixed("、");
        team.name("欧阳娜娜");
        let fitted = set_as(&team, &Setting { width: 170.0, indent: -3.0, lines: Lines::Full, min_size: 20.0, ..EVEN }).unwrap();
        assert_eq!(words(&fitted), ["成员：李明、", "欧阳娜娜"]);
        assert!(fitted.lines[0].indent == 0.0 && (fitted.lines[1].indent - 60.0).abs() < 0.01, "{fitted:?}");
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
