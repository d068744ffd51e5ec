//! The colour behind a person: white, blue, red, or something else.
//!
//! Colours are compared in CIELAB (ISO/CIE 11664-4, white point D65), where equal distances look about equally far: *L* is
//! lightness from 0 to 100, *C* is how colourful, *h* which colour, in degrees. The ground is the median of what lies above the
//! shoulders: a strip of 4 % of the height along the top, and strips of 8 % of the width down both sides to 35 % of the height.
//!
//! | | L | C | h |
//! | --- | --- | --- | --- |
//! | white | at least 87 | at most 8 | |
//! | blue | 25 to 85 | at least 20 | 225 to 307 |
//! | red | 28 to 65 | at least 45 | 12 to 50 |
//!
//! The ground is plain if 80 % of the strips lie within 16 of the median. `docs/portraits.md` says the same to applicants.

use image::RgbImage;

/// A ground that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// White.
    White,
    /// Blue: from the light blue of student cards to navy.
    Blue,
    /// Red.
    Red,
}

impl Ground {
    /// The three that issuers ask for.
    pub const ALL: [Self; 3] = [Self::White, Self::Blue, Self::Red];

    /// 白, 蓝, 红.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::White => "白",
            Self::Blue => "蓝",
            Self::Red => "红",
        }
    }

    /// The English word.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::White => "white",
            Self::Blue => "blue",
            Self::Red => "red",
        }
    }
}

/// A colour as a person would name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    shade: Shade,
    hue: Hue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shade {
    Plain,
    Light,
    Dark,
    Greyish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hue {
    Black,
    Grey,
    White,
    Pink,
    Red,
    Orange,
    Brown,
    Yellow,
    Green,
    Cyan,
    Blue,
    Purple,
}

impl From<Ground> for Seen {
    fn from(ground: Ground) -> Self {
        let hue = match ground {
            Ground::White => Hue::White,
            Ground::Blue => Hue::Blue,
            Ground::Red => Hue::Red,
        };
        Self { shade: Shade::Plain, hue }
    }
}

impl Seen {
    /// 灰绿, 浅灰, 紫.
    #[must_use]
    pub fn zh(self) -> String {
        let shade = match self.shade {
            Shade::Plain => "",
            Shade::Light => "浅",
            Shade::Dark => "深",
            Shade::Greyish => "灰",
        };
        let hue = match self.hue {
            Hue::Black => "黑",
            Hue::Grey => "灰",
            Hue::White => "白",
            Hue::Pink => "粉红",
            Hue::Red => "红",
            Hue::Orange => "橙",
            Hue::Brown => "棕",
            Hue::Yellow => "黄",
            Hue::Green => "绿",
            Hue::Cyan => "青",
            Hue::Blue => "蓝",
            Hue::Purple => "紫",
        };
        format!("{shade}{hue}")
    }

    /// greyish green, light grey, purple.
    #[must_use]
    pub fn en(self) -> String {
        let shade = match self.shade {
            Shade::Plain => "",
            Shade::Light => "light ",
            Shade::Dark => "dark ",
            Shade::Greyish => "greyish ",
        };
        let hue = match self.hue {
            Hue::Black => "black",
            Hue::Grey => "grey",
            Hue::White => "white",
            Hue::Pink => "pink",
            Hue::Red => "red",
            Hue::Orange => "orange",
            Hue::Brown => "brown",
            Hue::Yellow => "yellow",
            Hue::Green => "green",
            Hue::Cyan => "cyan",
            Hue::Blue => "blue",
            Hue::Purple => "purple",
        };
        format!("{shade}{hue}")
    }
}

/// What lies behind the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    Ground(Ground),
    Other(Seen),
    Uneven,
}

/// How far from the median a sample may lie.
const SAME: f32 = 16.0;
/// How many of a hundred samples must lie so near.
const PLAIN_PER_CENT: usize = 80;

/// Judges the ground of an upright portrait in one of the stored sizes.
pub(super) fn judge(picture: &RgbImage) -> Judged {
    let (width, height) = picture.dimensions();
    let (top, side, down) = ((height * 4 / 100).max(1), (width * 8 / 100).max(1), height * 35 / 100);
    let above = |x: u32, y: u32| y < top || (y < down && (x < side || x >= width - side.min(width)));
    let samples: Vec<Lab> = picture.enumerate_pixels().filter(|(x, y, _)| above(*x, *y)).map(|(.., p)| Lab::of(p.0)).collect();
    let middle = Lab { l: median(&samples, |s| s.l), a: median(&samples, |s| s.a), b: median(&samples, |s| s.b) };
    let near = samples.iter().filter(|s| s.distance(middle) <= SAME).count();
    if near * 100 < samples.len() * PLAIN_PER_CENT {
        return Judged::Uneven;
    }
    middle.ground().map_or_else(|| Judged::Other(middle.seen()), Judged::Ground)
}

/// Whether a picture is in shades of grey: of a person in colour, skin alone is a tenth of the picture.
pub(super) fn is_colourless(picture: &RgbImage) -> bool {
    let coloured = picture.pixels().filter(|p| Lab::of(p.0).chroma() > 6.0).count();
    coloured * 100 < picture.pixels().len()
}

fn median(samples: &[Lab], part: fn(&Lab) -> f32) -> f32 {
    let mut parts: Vec<f32> = samples.iter().map(part).collect();
    let middle = parts.len() / 2;
    if parts.is_empty() { 0.0 } else { *parts.select_nth_unstable_by(middle, f32::total_cmp).1 }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Lab {
    l: f32,
    a: f32,
    b: f32,
}

impl Lab {
    /// From sRGB, IEC 61966-2-1.
    fn of(rgb: [u8; 3]) -> Self {
        let [r, g, b] = rgb.map(|v| {
            let v = f32::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { libm::powf((v + 0.055) / 1.055, 2.4) }
        });
        let x = (0.412_456 * r + 0.357_576 * g + 0.180_437 * b) / 0.950_47;
        let y = 0.212_673 * r + 0.715_152 * g + 0.072_175 * b;
        let z = (0.019_334 * r + 0.119_192 * g + 0.950_304 * b) / 1.088_83;
        let [x, y, z] = [x, y, z].map(|t| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
        Self { l: 116.0 * y - 16.0, a: 500.0 * (x - y), b: 200.0 * (y - z) }
    }

    fn distance(self, other: Self) -> f32 {
        (self.l - other.l).hypot((self.a - other.a).hypot(self.b - other.b))
    }

    fn chroma(self) -> f32 {
        self.a.hypot(self.b)
    }

    /// From 0 to 360.
    fn hue(self) -> f32 {
        libm::atan2f(self.b, self.a).to_degrees().rem_euclid(360.0)
    }

    fn ground(self) -> Option<Ground> {
        let (l, c, h) = (self.l, self.chroma(), self.hue());
        if l >= 87.0 && c <= 8.0 {
            Some(Ground::White)
        } else if c >= 20.0 && (25.0..=85.0).contains(&l) && (225.0..=307.0).contains(&h) {
            Some(Ground::Blue)
        } else if c >= 45.0 && (28.0..=65.0).contains(&l) && (12.0..=50.0).contains(&h) {
            Some(Ground::Red)
        } else {
            None
        }
    }

    fn seen(self) -> Seen {
        let (l, c, h) = (self.l, self.chroma(), self.hue());
        if l < 18.0 && c < 20.0 {
            return Seen { shade: Shade::Plain, hue: Hue::Black };
        }
        let by_light = if l >= 80.0 {
            Shade::Light
        } else if l < 40.0 {
            Shade::Dark
        } else {
            Shade::Plain
        };
        if c < 6.0 {
            let hue = if l >= 87.0 { Hue::White } else { Hue::Grey };
            return Seen { shade: if hue == Hue::White { Shade::Plain } else { by_light }, hue };
        }
        let hue = match h {
            h if !(12.0..345.0).contains(&h) => Hue::Pink,
            h if h < 50.0 && l >= 65.0 => Hue::Pink,
            h if h < 50.0 => Hue::Red,
            h if h < 75.0 && l < 55.0 => Hue::Brown,
            h if h < 75.0 => Hue::Orange,
            h if h < 108.0 && l < 45.0 => Hue::Brown,
            h if h < 108.0 => Hue::Yellow,
            h if h < 165.0 => Hue::Green,
            h if h < 225.0 => Hue::Cyan,
            h if h <= 307.0 => Hue::Blue,
            _ => Hue::Purple,
        };
        Seen { shade: if c < 22.0 && l < 85.0 { Shade::Greyish } else { by_light }, hue }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn judged(rgb: [u8; 3]) -> Judged {
        judge(&RgbImage::from_pixel(295, 413, Rgb(rgb)))
    }

    #[test]
    fn grounds_as_photographers_use_them_are_known() {
        for white in [[255, 255, 255], [248, 248, 250], [236, 240, 246], [232, 230, 226], [222, 222, 222]] {
            assert_eq!(judged(white), Judged::Ground(Ground::White), "{white:?}");
        }
        for blue in
            [[67, 142, 219], [0, 191, 243], [60, 140, 220], [43, 93, 170], [0, 0, 255], [20, 60, 140], [120, 180, 230], [98, 139, 206]]
        {
            assert_eq!(judged(blue), Judged::Ground(Ground::Blue), "{blue:?}");
        }
        for red in [[255, 0, 0], [216, 50, 52], [220, 0, 0], [180, 20, 30], [200, 20, 60], [160, 30, 40]] {
            assert_eq!(judged(red), Judged::Ground(Ground::Red), "{red:?}");
        }
    }

    #[test]
    fn other_grounds_are_named() {
        for (rgb, zh, en) in [
            ([128, 145, 120], "灰绿", "greyish green"),
            ([40, 160, 70], "绿", "green"),
            ([128, 128, 128], "灰", "grey"),
            ([205, 205, 205], "浅灰", "light grey"),
            ([60, 60, 60], "深灰", "dark grey"),
            ([8, 8, 10], "黑", "black"),
            ([255, 190, 200], "浅粉红", "light pink"),
            ([240, 220, 60], "浅黄", "light yellow"),
            ([240, 140, 30], "橙", "orange"),
            ([110, 60, 150], "深紫", "dark purple"),
            ([110, 70, 40], "深棕", "dark brown"),
            ([150, 170, 195], "灰蓝", "greyish blue"),
            ([90, 200, 190], "青", "cyan"),
        ] {
            let Judged::Other(seen) = judged(rgb) else { panic!("{rgb:?} {:?}", judged(rgb)) };
            assert_eq!((&*seen.zh(), &*seen.en()), (zh, en), "{rgb:?} {:?}", Lab::of(rgb));
        }
    }
}
