//! Why a picture is sent back, in the applicant's words.

use super::ground::{Ground, Seen};
use super::{Inches, Size};

/// A picture format that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// GIF, moving or not.
    Gif,
    /// WebP.
    Webp,
    /// HEIC, as iPhones keep pictures, and AVIF, its sister.
    Heic,
    /// SVG.
    Svg,
    /// BMP.
    Bmp,
    /// TIFF, and the raw formats of cameras that are built on it.
    Tiff,
    /// PDF.
    Pdf,
    /// Anything else: no picture that is known here.
    Unknown,
}

impl Foreign {
    fn name(self) -> &'static str {
        match self {
            Self::Gif => "GIF",
            Self::Webp => "WebP",
            Self::Heic => "HEIC",
            Self::Svg => "SVG",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Pdf => "PDF",
            Self::Unknown => "",
        }
    }
}

impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.name();
        match self {
            Self::Unknown => f.write_str("这不是照片，请上传 JPG 或 PNG 照片 / this is no picture; send a JPG or PNG"),
            Self::Pdf => f.write_str("这是 PDF 文件，请上传 JPG 或 PNG 照片 / this is a PDF file; send a JPG or PNG picture"),
            Self::Svg => f.write_str("这是 SVG 图形，不是照片，请上传 JPG 或 PNG 照片 / this is an SVG drawing; send a JPG or PNG picture"),
            Self::Heic => {
                f.write_str("这是 HEIC（手机高效格式）照片，请另存为 JPG 后上传 / this is a HEIC picture; save it as JPG and send that")
            }
            _ => write!(f, "这是 {name} 图片，请另存为 JPG 或 PNG 后上传 / this is a {name} picture; save it as JPG or PNG and send that"),
        }
    }
}

/// Why a picture is sent back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortraitError {
    /// No bytes at all.
    #[error("照片文件是空的，请重新上传 / the file is empty; send it again")]
    Empty,
    /// The file is too large.
    #[error("照片文件过大（{bytes} 字节），最大 {limit} 字节 / the file has {bytes} bytes; {limit} are the most")]
    TooManyBytes {
        /// Bytes sent.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Neither JPEG nor PNG.
    #[error("{0}")]
    Format(Foreign),
    /// The picture is damaged.
    #[error("照片文件已损坏或不完整，请重新上传 / the picture is damaged or incomplete; send it again")]
    Damaged,
    /// A PNG of several frames.
    #[error("这是动图，请上传一张静止的照片 / this picture moves; send a still one")]
    Animated,
    /// A JPEG that ordinary programs do not write: lossless, arithmetic, 12 bits, hierarchical.
    #[error("照片的编码方式少见，请另存为普通 JPG 后上传 / a rare kind of JPEG; save it as an ordinary JPG and send that")]
    Unusual,
    /// A JPEG in four inks.
    #[error("照片是印刷用的 CMYK 颜色，请另存为 RGB 颜色的 JPG 后上传 / the picture is in CMYK; save it as an RGB JPG and send that")]
    Cmyk,
    /// Too many pixels.
    #[error("照片尺寸过大（{width}×{height}），请缩小后上传 / the picture is too large ({width}×{height} pixels); make it smaller")]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// A JPEG in so many passes that opening it takes too long.
    #[error(
        "照片分 {scans} 次扫描，打开太慢，请另存为普通 JPG 后上传 / the JPEG has {scans} scans and opens too slowly; save it as an ordinary JPG"
    )]
    TooManyScans {
        /// How many passes it has.
        scans: usize,
    },
    /// Wider than high.
    #[error(
        "照片是横的（{width}×{height}），请上传竖版证件照 / the picture is wider than high ({width}×{height}); send an upright portrait"
    )]
    Lying {
        /// Pixels across, upright as its camera noted.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Not the shape of an identity photograph.
    #[error(
        "照片比例应为{}，实际 {width}×{height} 像素 / the picture must have the shape of {}; this one has {width}×{height} pixels",
        .wanted.zh(), .wanted.en()
    )]
    Shape {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// What was asked for.
        wanted: Inches,
    },
    /// Too few pixels to print.
    #[error(
        "照片尺寸过小（{width}×{height} 像素），至少 {least} / the picture is too small ({width}×{height} pixels); {least} are the least"
    )]
    TooSmall {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// What would do.
        least: Size,
    },
    /// A picture in shades of grey.
    #[error("照片是黑白的，请上传彩色照片 / the picture is black and white; send one in colour")]
    Colourless,
    /// The ground is not of one colour.
    #[error("底色不均匀，请换纯色背景（{}） / the ground is not of one colour; use a plain one ({})", list(.wanted, Ground::zh, "或"), list(.wanted, Ground::en, " or "))]
    Uneven {
        /// The grounds that are allowed.
        wanted: &'static [Ground],
    },
    /// The ground has another colour.
    #[error(
        "底色偏{}，应为{} / the ground is {}; it must be {}",
        .seen.zh(), list(.wanted, Ground::zh, "或"), .seen.en(), list(.wanted, Ground::en, " or ")
    )]
    Ground {
        /// What it looks like.
        seen: Seen,
        /// The grounds that are allowed.
        wanted: &'static [Ground],
    },
}

/// `白、蓝或红`
fn list(grounds: &[Ground], name: fn(Ground) -> &'static str, or: &str) -> String {
    let comma = if or == "或" { "、" } else { ", " };
    let mut out = String::new();
    for (i, ground) in grounds.iter().enumerate() {
        let before = if i == 0 {
            ""
        } else if i + 1 == grounds.len() {
            or
        } else {
            comma
        };
        out.push_str(before);
        out.push_str(name(*ground));
    }
    out
}
