//! From the author's TOML to the model.

use toml::de::{DeTable, DeValue};

use super::super::artwork::Artwork;
use super::super::layout::{Lines, Setting};
use super::model::{Align, Area, Colour, Paint, Role, Seal, Stack, Tag, Template, Text, VerticalAlign};
use super::read::{Problems, Section, hint, nearest, number, numbers, slips_of_toml, text, texts, whole};
use super::wording::Wording;
use super::{DESCRIPTION, TemplateFiles, TemplateProblem};
use super::{space, stacks};
use crate::domain::award::{AbilityLevel, AwardLevel, CertificateKind};

/// Points in a millimetre.
const MM: f32 = 72.0 / 25.4;
/// A4 in points, the short side first.
const A4: [f32; 2] = [595.28, 841.89];
/// 29 mm hold a code of 37 modules, 23.8 mm wide, with its quiet zone.
const SMALLEST_QR: f32 = 29.0 * MM;

/// The template as far as it could be read, and everything that is wrong with it. Without problems it is whole; with some, what
/// they spoil is made up, so that the rest can be looked at as well. Nothing if the description is no TOML.
pub(super) fn read(files: &TemplateFiles) -> (Option<Template>, Vec<TemplateProblem>) {
    let (document, errors) = DeTable::parse_recoverable(&files.toml);
    if !errors.is_empty() {
        return (None, slips_of_toml(DESCRIPTION, &errors, &files.toml));
    }
    let mut problems = Problems::of(DESCRIPTION, &files.toml);
    let mut artwork_problems = Vec::new();
    let mut top = Section::of(document.get_ref(), 0);
    let template = read_top(&mut top, files, &mut problems, &mut artwork_problems);
    top.finish(&mut problems);
    let mut found = problems.found;
    found.extend(artwork_problems);
    // In the order of the file; what is about a file as a whole comes first.
    found.sort_by_key(|p| (p.file != DESCRIPTION, p.line));
    (Some(template), found)
}

/// Where a page's size is missing nothing lies outside of it.
const ENDLESS: [f32; 2] = [1.0e6; 2];
/// Stands for a box that could not be read.
const NOWHERE: Area = Area { x: 0.0, y: 0.0, width: SMALLEST_QR, height: SMALLEST_QR };

fn read_top(
    top: &mut Section<'_, '_>,
    files: &TemplateFiles,
    problems: &mut Problems<'_>,
    artwork_problems: &mut Vec<TemplateProblem>,
) -> Template {
    top.required("format", "整数 1 / the number 1", problems, |v| whole(v).filter(|n| *n == 1));
    let kind = top.required("kind", "award 或 ability / award or ability", problems, |v| CertificateKind::from_code(v.as_str()?));
    // Without a kind the rest is read as for an award, so that its other problems are seen as well.
    let reading = Reading { kind: kind.unwrap_or(CertificateKind::Award) };
    let title_at = top.place("title");
    let title = top.required("title", "文字 / a text", problems, text);
    let title = title.and_then(|t| reading.wording(&t, title_at, problems));
    let page = reading.page(top, problems);
    let artwork = reading.artwork(top, files, page, problems, artwork_problems);
    let roles = reading.roles(top, problems);
    let accents = reading.accents(top, problems);
    let page = page.unwrap_or(ENDLESS);
    let stacks = stacks::read(top, problems);
    let texts = reading.texts(top, &roles, &stacks, page, problems);
    stacks::check(&stacks, &texts, top.place("stacks"), problems);
    let qr = reading.box_of(top, "qr", page, problems);
    if qr.is_some_and(|a| a.width < SMALLEST_QR || a.height < SMALLEST_QR) {
        problems.add(top.place("qr"), "二维码框边长至少 29 毫米 / the QR box needs sides of at least 29 mm");
    }
    let portrait = top.get("portrait").is_some().then(|| reading.box_of(top, "portrait", page, problems)).flatten();
    let signature = reading.box_of(top, "signature", page, problems);
    let seal = reading.seal(top, &roles, page, problems);
    space::check(top, &texts, (qr, portrait, seal.as_ref().map(|s| s.area)), problems);
    Template {
        kind: reading.kind,
        page,
        title: title.unwrap_or_default(),
        artwork,
        roles,
        accents,
        texts,
        stacks,
        qr: qr.unwrap_or(NOWHERE),
        portrait,
        seal,
        signature: signature.unwrap_or(NOWHERE),
    }
}

struct Reading {
    kind: CertificateKind,
}

impl Reading {
    fn wording(&self, text: &str, at: usize, problems: &mut Problems<'_>) -> Option<Wording> {
        Wording::parse(text, self.kind).map_err(|slips| slips.into_iter().for_each(|slip| problems.add(at, slip))).ok()
    }

    fn page(&self, top: &mut Section<'_, '_>, problems: &mut Problems<'_>) -> Option<[f32; 2]> {
        let wanted = "\"A4\"、\"A4 landscape\" 或 [宽, 高]（毫米） / \"A4\", \"A4 landscape\" or [width, height] in mm";
        top.required("page", wanted, problems, |v| match v.as_str() {
            Some("A4") => Some(A4),
            Some("A4 landscape") => Some([A4[1], A4[0]]),
            Some(_) => None,
            None => numbers::<2>(v).filter(|p| p.iter().all(|s| (50.0..=2000.0).contains(s))).map(|p| p.map(|s| s * MM)),
        })
    }

    fn artwork(
        &self,
        top: &mut Section<'_, '_>,
        files: &TemplateFiles,
        page: Option<[f32; 2]>,
        problems: &mut Problems<'_>,
        artwork_problems: &mut Vec<TemplateProblem>,
    ) -> Vec<Artwork> {
        let names = top.value("artwork", "文件名的列表 / a list of file names", problems, texts).unwrap_or_default();
        let at = top.place("artwork");
        let mut out = Vec::new();
        for name in names {
            match files.files.get(&name) {
                None => {
                    let hint = hint(nearest(&name, files.files.keys().map(String::as_str)));
                    problems.add(at, format!("没有文件 {name} / there is no file {name}{hint}"));
                }
                Some(bytes) => match self.drawing(&name, bytes, page, &out) {
                    Ok(artwork) => out.push(artwork),
                    Err(found) => artwork_problems.extend(found),
                },
            }
        }
        out
    }

    fn drawing(&self, name: &str, bytes: &[u8], page: Option<[f32; 2]>, before: &[Artwork]) -> Result<Artwork, Vec<TemplateProblem>> {
        let shapes = before.iter().map(|a| a.shapes.len()).sum();
        page.map_or_else(|| Artwork::read_alone(name, bytes), |page| Artwork::read(name, bytes, page, Some(shapes)))
    }

    fn roles(&self, top: &mut Section<'_, '_>, problems: &mut Problems<'_>) -> Vec<Role> {
        let Some(fonts) = top.section("fonts", problems) else {
            problems.add(top.at(), "缺少 [fonts] / [fonts] is missing");
            return Vec::new();
        };
        let mut out = Vec::new();
        for (name, value) in fonts.entries() {
            let at = value.span().start;
            let Some(table) = value.get_ref().as_table() else {
                problems.add(at, "应为 { face = \"…\", latin = \"…\" } / must be { face = \"…\", latin = \"…\" }");
                continue;
            };
            let mut section = Section::of(table, at);
            let face = section.required("face", "文件名 / a file name", problems, text);
            let latin = section.value("latin", "文件名 / a file name", problems, text);
            section.finish(problems);
            if let Some(face) = face {
                out.push(Role { name: name.to_owned(), face, latin, line: problems.line(at) });
            }
        }
        out
    }

    fn accents(&self, top: &mut Section<'_, '_>, problems: &mut Problems<'_>) -> std::collections::BTreeMap<String, Colour> {
        let mut out = std::collections::BTreeMap::new();
        let Some(mut section) = top.section("accents", problems) else { return out };
        let codes: Vec<&'static str> = match self.kind {
            CertificateKind::Award => AwardLevel::ALL.map(AwardLevel::code).to_vec(),
            CertificateKind::Ability => AbilityLevel::ALL.map(AbilityLevel::code).to_vec(),
        };
        for code in codes {
            if let Some(colour) = section.required(code, COLOUR, problems, |v| Colour::parse(v.as_str()?)) {
                out.insert(code.to_owned(), colour);
            }
        }
        section.finish(problems);
        out
    }

    fn texts(&self, top: &mut Section<'_, '_>, roles: &[Role], stacks: &[Stack], page: [f32; 2], problems: &mut Problems<'_>) -> Vec<Text> {
        let at = top.place("text");
        let accents = top.get("accents").is_some();
        let Some(items) = top.required("text", "[[text]] 的列表 / a list of [[text]]", problems, DeValue::as_array) else {
            return Vec::new();
        };
        let mut out: Vec<Text> = Vec::new();
        for item in items.iter() {
            let Some(table) = item.get_ref().as_table() else {
                problems.add(item.span().start, "应为 [[text]] / must be [[text]]");
                continue;
            };
            let mut section = Section::of(table, item.span().start);
            let text = self.text(&mut section, roles, stacks, page, problems);
            section.finish(problems);
            let Some(text) = text else { continue };
            if !text.id.is_empty() && out.iter().any(|t| t.id == text.id) {
                problems.add(item.span().start, format!("id“{}”重复 / the id “{}” is used twice", text.id, text.id));
            }
            if text.paint == Paint::Accent && !accents {
                problems.add(item.span().start, "使用了 accent，但缺少 [accents] / accent is used, but [accents] is missing");
            }
            if text.paint == Paint::Accent && text.wording.is_fixed() {
                let id = &text.id;
                let what =
                    format!("“{id}”没有字段，不能用 accent，请写颜色 / “{id}” has no field and cannot be in accent: give it a colour");
                problems.add(item.span().start, what);
            }
            out.push(text);
        }
        let is_heading = |item: &toml::Spanned<DeValue<'_>>| {
            let tag = item.get_ref().as_table().and_then(|t| t.iter().find(|(key, _)| key.get_ref() == "tag"));
            tag.is_some_and(|(_, v)| v.get_ref().as_str() == Some("H1"))
        };
        let headings: Vec<(usize, String)> = out.iter().filter(|t| t.tag == Tag::Heading).map(|t| (t.line, t.id.clone())).collect();
        // Asked of the file: a heading with a slip elsewhere is still one.
        if !items.iter().any(is_heading) {
            problems.add(at, "须有一项 tag = \"H1\" / one text needs tag = \"H1\"");
        }
        for (line, id) in headings.iter().skip(1) {
            let what =
                format!("“{id}”是第二个 H1，只能有一个标题，其余请用 P / “{id}” is a second H1: one text is the heading, the others are P");
            problems.add_at_line(*line, what);
        }
        out
    }

    fn text(&self, s: &mut Section<'_, '_>, roles: &[Role], stacks: &[Stack], page: [f32; 2], problems: &mut Problems<'_>) -> Option<Text> {
        let before = problems.found.len();
        let id = s.required("id", "文字 / a text", problems, text);
        let at = s.place("text");
        let wording = s.required("text", "文字 / a text", problems, text).and_then(|t| self.wording(&t, at, problems));
        let role = self.role(s, roles, problems);
        let area = self.area(s, page, problems);
        let sizes = self.sizes(s, problems);
        let max_lines = s.value("lines", "1 至 20 / 1 to 20", problems, |v| whole(v).filter(|n| (1..=20).contains(n)));
        let leading = s.value("leading", "1 至 4 / 1 to 4", problems, |v| number(v).filter(|n| (1.0..=4.0).contains(n)));
        let tracking = s.value("tracking", "0 至 2 / 0 to 2", problems, |v| number(v).filter(|n| (0.0..=2.0).contains(n)));
        let indent = s.value("indent", "-20 至 20 / -20 to 20", problems, |v| number(v).filter(|n| (-20.0..=20.0).contains(n)));
        let align =
            s.value("align", "left、center、right 或 justify / left, center, right or justify", problems, |v| match v.as_str()? {
                "left" => Some(Align::Left),
                "center" => Some(Align::Centre),
                "right" => Some(Align::Right),
                "justify" => Some(Align::Justify),
                _ => None,
            });
        let stack = s.value("stack", "[stacks] 中的名称 / a name of [stacks]", problems, |v| {
            stacks.iter().position(|k| Some(&*k.name) == v.as_str())
        });
        let valign = s.value("valign", "top、middle 或 bottom / top, middle or bottom", problems, |v| match v.as_str()? {
            "top" => Some(VerticalAlign::Top),
            "middle" => Some(VerticalAlign::Middle),
            "bottom" => Some(VerticalAlign::Bottom),
            _ => None,
        });
        let paint = s.value("colour", COLOUR_OR_ACCENT, problems, |v| match v.as_str()? {
            "accent" => Some(Paint::Accent),
            other => Colour::parse(other).map(Paint::Fixed),
        });
        let tag = s.value("tag", "H1 或 P / H1 or P", problems, |v| match v.as_str()? {
            "H1" => Some(Tag::Heading),
            "P" => Some(Tag::Paragraph),
            _ => None,
        });
        let language = s.value("lang", "语言代码 / a language code", problems, |v| {
            text(v).filter(|l| l.len() <= 12 && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        });
        let (max_lines, leading) = (max_lines.unwrap_or(1), leading.unwrap_or(1.4));
        if let (Some(area), Some(sizes)) = (area, sizes) {
            space::check_lines(s.place("box"), area, sizes, (max_lines, leading), problems);
        }
        // What could not be read was noted; a box off the page stands in for it, and room for everything, so that no problem has an
        // echo.
        let [far, ..] = ENDLESS;
        let area = area.unwrap_or(Area { x: far, y: far, width: far, height: far });
        let spoilt = problems.found.len() > before;
        let (sizes, width, height) = if spoilt { ([4.0; 2], far, far) } else { (sizes.unwrap_or([4.0; 2]), area.width, area.height) };
        Some(Text {
            id: id.unwrap_or_default(),
            line: problems.line(s.at()),
            wording: wording?,
            role: role?,
            area,
            setting: Setting {
                min_size: sizes[0],
                max_size: sizes[1],
                max_lines,
                leading,
                tracking: tracking.unwrap_or(0.0),
                width,
                height,
                lines: match align {
                    Some(Align::Centre) => Lines::Even,
                    Some(Align::Justify) => Lines::Justified,
                    _ => Lines::Full,
                },
                indent: indent.unwrap_or(0.0),
            },
            stack,
            align: align.unwrap_or(Align::Left),
            valign: valign.unwrap_or(VerticalAlign::Middle),
            paint: paint.unwrap_or(Paint::Fixed(Colour([0, 0, 0]))),
            tag: tag.unwrap_or(Tag::Paragraph),
            language,
        })
    }

    /// `size = 12` or `size = [smallest, largest]`, in points.
    fn sizes(&self, s: &mut Section<'_, '_>, problems: &mut Problems<'_>) -> Option<[f32; 2]> {
        let range = s.required("size", "字号，或 [最小, 最大] / a size, or [smallest, largest]", problems, |v| {
            number(v).map(|n| [n, n]).or_else(|| numbers::<2>(v))
        })?;
        let [smallest, largest] = range;
        if smallest > largest {
            let what =
                format!("size 的最小值 {smallest} 大于最大值 {largest}，请对调 / size runs from {smallest} down to {largest}: swap them");
            problems.add(s.place("size"), what);
            return None;
        }
        if smallest < 4.0 || largest > 400.0 {
            problems.add(s.place("size"), "size 应在 4 至 400 之间 / size must lie between 4 and 400");
            return None;
        }
        Some(range)
    }

    fn role(&self, s: &mut Section<'_, '_>, roles: &[Role], problems: &mut Problems<'_>) -> Option<usize> {
        // Without any fonts that is the problem, not each text that names one.
        if roles.is_empty() {
            s.get("font");
            return None;
        }
        let names = roles.iter().map(|r| r.name.as_str()).collect::<Vec<_>>().join(", ");
        let wanted = format!("[fonts] 中的名称 / must be a name of [fonts]: {names}");
        s.required("font", &wanted, problems, |v| roles.iter().position(|r| Some(&*r.name) == v.as_str()))
    }

    /// `box = [left, top, width, height]` in millimetres, within the page.
    fn area(&self, s: &mut Section<'_, '_>, page: [f32; 2], problems: &mut Problems<'_>) -> Option<Area> {
        let wanted = "[左, 上, 宽, 高]（毫米，宽和高大于 0） / must be [left, top, width, height] in mm, the last two above 0";
        let area = s.required("box", wanted, problems, |v| {
            let [x, y, width, height] = numbers::<4>(v)?.map(|n| n * MM);
            (width > 0.0 && height > 0.0).then_some(Area { x, y, width, height })
        })?;
        let inside = area.x >= 0.0 && area.y >= 0.0 && area.x + area.width <= page[0] + 1.0 && area.y + area.height <= page[1] + 1.0;
        if !inside {
            let [width, height] = page.map(|p| (p / MM).round());
            let what = format!("框超出页面（{width}×{height} 毫米） / the box reaches beyond the page ({width}×{height} mm)");
            problems.add(s.place("box"), what);
        }
        inside.then_some(area)
    }

    fn box_of(&self, top: &mut Section<'_, '_>, key: &'static str, page: [f32; 2], problems: &mut Problems<'_>) -> Option<Area> {
        let Some(mut section) = top.section(key, problems) else {
            problems.add(top.at(), format!("缺少 [{key}] / [{key}] is missing"));
            return None;
        };
        let area = self.area(&mut section, page, problems);
        section.finish(problems);
        area
    }

    fn seal(&self, top: &mut Section<'_, '_>, roles: &[Role], page: [f32; 2], problems: &mut Problems<'_>) -> Option<Seal> {
        let mut section = top.section("seal", problems)?;
        let area = self.area(&mut section, page, problems);
        let colour = section.required("colour", COLOUR, problems, |v| Colour::parse(v.as_str()?));
        let role = self.role(&mut section, roles, problems);
        let line = section.value("line", "至多 8 字 / at most 8 characters", problems, |v| text(v).filter(|l| l.chars().count() <= 8));
        if area.is_some_and(|a| (a.width - a.height).abs() > 0.1) {
            problems.add(section.place("box"), "印章框应为正方形 / the seal's box must be square");
        }
        section.finish(problems);
        Some(Seal { area: area?, colour: colour?, role: role?, line: line.unwrap_or_default() })
    }
}

const COLOUR: &str = "颜色 \"#rrggbb\" / a colour \"#rrggbb\"";
const COLOUR_OR_ACCENT: &str = "颜色 \"#rrggbb\" 或 \"accent\" / a colour \"#rrggbb\", or \"accent\"";
