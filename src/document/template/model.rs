//! A template that was read and found good.

use std::collections::BTreeMap;

use super::super::artwork::Artwork;
use super::super::layout::Setting;
use super::wording::Wording;
use crate::domain::award::{Achievement, CertificateKind};
use crate::domain::claims::Claims;

/// A template.
#[derive(Debug, Clone)]
pub struct Template {
    pub(in crate::document) kind: CertificateKind,
    /// Width and height in points.
    pub(in crate::document) page: [f32; 2],
    pub(in crate::document) title: Wording,
    pub(in crate::document) artwork: Vec<Artwork>,
    pub(in crate::document) roles: Vec<Role>,
    pub(in crate::document) accents: BTreeMap<String, Colour>,
    /// In reading order.
    pub(in crate::document) texts: Vec<Text>,
    pub(in crate::document) stacks: Vec<Stack>,
    pub(in crate::document) qr: Area,
    pub(in crate::document) portrait: Option<Area>,
    pub(in crate::document) seal: Option<Seal>,
    pub(in crate::document) signature: Area,
}

/// A rectangle in points, measured from the top left corner of the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// From the left edge.
    pub x: f32,
    /// From the top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Area {
    /// In PDF's space: left, bottom, right, top from the bottom left corner of a page of that height.
    #[must_use]
    pub fn to_pdf(self, page_height: f32) -> [f32; 4] {
        [self.x, page_height - self.y - self.height, self.x + self.width, page_height - self.y]
    }
}

/// The faces of one use, by their file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The template's name for it.
    pub name: String,
    /// The face.
    pub face: String,
    /// The face for Latin letters and digits.
    pub latin: Option<String>,
    /// Where the template says so.
    pub line: usize,
}

/// A colour in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// `#rrggbb`
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.is_ascii())?;
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self([byte(0)?, byte(2)?, byte(4)?]))
    }

    /// Red, green and blue from 0 to 1.
    #[must_use]
    pub fn parts(self) -> [f32; 3] {
        // Three decimals are finer than a step of 1/255, and short to write.
        self.0.map(|v| (f32::from(v) / 255.0 * 1000.0).round() / 1000.0)
    }
}

/// What a text is printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Always the same colour.
    Fixed(Colour),
    /// The colour of the award or ability level.
    Accent,
}

/// What a text is to a screen reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// The heading.
    Heading,
    /// A paragraph.
    Paragraph,
}

/// Where lines stand in their box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    Left,
    /// In the middle.
    Centre,
    /// At the right edge.
    Right,
    /// At both edges, the last line at the left.
    Justify,
}

/// Where the lines stand from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerticalAlign {
    /// At the top.
    Top,
    /// In the middle.
    Middle,
    /// At the bottom.
    Bottom,
}

/// Texts that close up where one of them is missing or short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The template's name for it.
    pub name: String,
    /// Where the height goes that they leave free.
    pub spare: Spare,
}

/// Where a stack's free height goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spare {
    /// Below the texts.
    Below,
    /// Above them.
    Above,
    /// Half above, half below.
    Around,
    /// In equal shares above, between and below.
    Between,
}

/// A text of the template.
#[derive(Debug, Clone)]
pub struct Text {
    /// The template's name for it, used in messages.
    pub id: String,
    /// Where the template says so.
    pub line: usize,
    pub(in crate::document) wording: Wording,
    /// Its place in the template's roles.
    pub(in crate::document) role: usize,
    /// Where it stands; in a stack, the most that it takes.
    pub area: Area,
    /// The stack that it belongs to: a place in the template's stacks.
    pub(in crate::document) stack: Option<usize>,
    /// How it may be set.
    pub setting: Setting,
    /// Left, centre, right.
    pub align: Align,
    /// Top, middle, bottom.
    pub valign: VerticalAlign,
    /// Its colour.
    pub paint: Paint,
    /// What it is.
    pub tag: Tag,
    /// Its language, where it is not Chinese: `en`.
    pub language: Option<String>,
}

impl Text {
    /// Whether it is the same, in the same place, on every certificate.
    pub(in crate::document) fn is_fixed(&self) -> bool {
        self.stack.is_none() && self.wording.is_fixed()
    }
}

/// The round seal.
#[derive(Debug, Clone)]
pub struct Seal {
    /// The square that it fills.
    pub area: Area,
    /// Its ink.
    pub colour: Colour,
    /// The face of the name on the arc: a place in the template's roles.
    pub(in crate::document) role: usize,
    /// What stands below the star, such as 证书专用章; may be empty.
    pub(in crate::document) line: String,
}

impl Template {
    /// The colour of the claims' level.
    pub(in crate::document) fn accent(&self, claims: &Claims) -> Colour {
        let code = match &claims.achievement {
            Achievement::Award { level, .. } => level.code(),
            Achievement::Ability { level, .. } => level.code(),
        };
        self.accents.get(code).copied().unwrap_or(Colour([0, 0, 0]))
    }
}
