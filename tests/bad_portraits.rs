//! Pictures as applicants send them: each bad one gets its reason within a second, each good one becomes a small clean JPEG.
//!
//! The pictures are drawn here; two that the encoder cannot write (CMYK, progressive) lie in `tests/data/portraits`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::time::{Duration, Instant as Clock};

use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;
use yinxin::document::portrait::{Foreign, Ground, Inches, Portrait, PortraitError, PortraitLimits, PortraitRule, intake};
use yinxin::domain::award::CertificateKind;

#[path = "common/pictures.rs"]
mod pictures;
use pictures::*;

fn ability() -> PortraitRule {
    PortraitRule::of(CertificateKind::Ability)
}

fn two_inch() -> PortraitRule {
    PortraitRule { inches: Inches::Two, ..ability() }
}

/// Processor time of this thread: what a decoder costs, however busy the machine is.
fn spent() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

fn timed(bytes: &[u8], rule: &PortraitRule) -> (Result<Portrait, PortraitError>, Duration) {
    let (wall, before) = (Clock::now(), spent());
    let answer = intake(bytes, rule);
    let took = spent().zip(before).map_or_else(|| wall.elapsed(), |(after, before)| after - before);
    (answer, took)
}

type Case = (&'static str, Vec<u8>, PortraitRule, &'static str);

/// Files that are no picture to be used, whatever is on it.
fn bad_files() -> Vec<Case> {
    let good = jpeg(plain(295, 413, WHITE), 90);
    let good_png = png(plain(295, 413, WHITE));
    let one = ability();
    let mut large = good.clone();
    large.resize(one.limits.bytes + 1, 0);
    let mut bent = good_png.clone();
    let middle = bent.len() / 2;
    bent[middle] ^= 0x55;
    let unknown = "这不是照片，请上传 JPG 或 PNG 照片";
    let damaged = "照片文件已损坏或不完整，请重新上传";
    let unusual = "照片的编码方式少见，请另存为普通 JPG 后上传";
    vec![
        ("empty", vec![], one, "照片文件是空的，请重新上传"),
        ("text", b"hello".to_vec(), one, unknown),
        ("zeros", vec![0; 4_096], one, unknown),
        ("more than 8 MB", large, one, "照片文件过大（8388609 字节），最大 8388608 字节"),
        ("GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), one, "这是 GIF 图片，请另存为 JPG 或 PNG 后上传"),
        ("WebP", b"RIFF\x24\0\0\0WEBPVP8 ".to_vec(), one, "这是 WebP 图片，请另存为 JPG 或 PNG 后上传"),
        ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), one, "这是 HEIC（手机高效格式）照片，请另存为 JPG 后上传"),
        ("BMP", b"BM\x36\0\x0C\0\0\0\0\0\x36\0\0\0".to_vec(), one, "这是 BMP 图片，请另存为 JPG 或 PNG 后上传"),
        ("TIFF", b"II*\0\x08\0\0\0".to_vec(), one, "这是 TIFF 图片，请另存为 JPG 或 PNG 后上传"),
        ("PDF", b"%PDF-1.7\n".to_vec(), one, "这是 PDF 文件，请上传 JPG 或 PNG 照片"),
        ("SVG named .jpg", b"<?xml version=\"1.0\"?><svg/>".to_vec(), one, "这是 SVG 图形，不是照片，请上传 JPG 或 PNG 照片"),
        ("half a JPEG", good[..good.len() / 2].to_vec(), one, damaged),
        ("a JPEG without its end", good[..good.len() - 2].to_vec(), one, damaged),
        ("a JPEG's header alone", good[..20].to_vec(), one, damaged),
        ("a JPEG of no picture", vec![0xFF, 0xD8, 0xFF, 0xD9], one, damaged),
        ("half a PNG", good_png[..good_png.len() / 2].to_vec(), one, damaged),
        ("a PNG's signature alone", good_png[..8].to_vec(), one, damaged),
        ("a PNG with a spoilt byte", bent, one, damaged),
        ("a moving PNG", with_chunk(&good_png, b"acTL", &[0, 0, 0, 9, 0, 0, 0, 0]), one, "这是动图，请上传一张静止的照片"),
        ("a CMYK JPEG", file("cmyk.jpg"), one, "照片是印刷用的 CMYK 颜色，请另存为 RGB 颜色的 JPG 后上传"),
        ("a lossless JPEG", reframed(good.clone(), |frame| frame[1] = 0xC3), one, unusual),
        ("an arithmetic JPEG", reframed(good.clone(), |frame| frame[1] = 0xC9), one, unusual),
        ("a JPEG of 12 bits", reframed(good.clone(), |frame| frame[4] = 12), one, unusual),
        ("a JPEG of no height", reframed(good, |frame| frame[5..7].fill(0)), one, damaged),
    ]
}

/// Files that are made to keep a decoder busy.
fn bombs() -> Vec<Case> {
    let one = ability();
    let good = jpeg(plain(295, 413, WHITE), 90);
    let tall = reframed(good.clone(), |frame| frame[5..9].copy_from_slice(&[0xFF, 0xDC, 0xB6, 0xD0]));
    let large = "照片尺寸过大（46800×65500），请缩小后上传";
    let mut claims = hollow_png(10, 14, 8, 2, 3);
    claims.splice(8..33, chunk(b"IHDR", &[&46_800u32.to_be_bytes()[..], &65_500u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat()));
    let wide = reframed(many_scans(60), |frame| frame[5..9].copy_from_slice(&[0x15, 0xE0, 0x0F, 0xA0]));
    vec![
        ("a JPEG that claims three thousand million pixels", tall, one, large),
        ("a PNG that claims as many", claims, one, large),
        ("a JPEG of 300 passes", many_scans(300), one, "次扫描，打开太慢，请另存为普通 JPG 后上传"),
        ("a large JPEG of many passes", wide, one, "次扫描，打开太慢，请另存为普通 JPG 后上传"),
        ("24 million black pixels in a few kilobytes", hollow_png(4_100, 5_740, 8, 2, 3), one, "照片是黑白的，请上传彩色照片"),
        ("as many transparent ones of 16 bits", hollow_png(4_100, 5_740, 16, 6, 4), one, "照片是黑白的，请上传彩色照片"),
    ]
}

/// Pictures of the wrong kind.
fn bad_pictures() -> Vec<Case> {
    let (one, two) = (ability(), two_inch());
    let grey = GrayImage::from_fn(295, 413, |x, y| image::Luma([240 - u8::try_from((x + y) % 90).unwrap()]));
    let faded = RgbImage::from_fn(295, 413, |x, y| Rgb([u8::try_from((x * 5 + y * 3) % 256).unwrap(); 3]));
    let mut halves = plain(295, 413, WHITE);
    for (x, y, pixel) in halves.enumerate_pixels_mut() {
        if x < 147 && y < 200 && pixel.0 == WHITE {
            *pixel = Rgb(BLUE);
        }
    }
    let white = plain(295, 413, WHITE);
    let wall = RgbImage::from_fn(295, 413, |x, y| {
        let pixel = white.get_pixel(x, y);
        if pixel.0 == WHITE && (x / 12 + y / 12) % 2 == 0 { Rgb([120, 70, 50]) } else { *pixel }
    });
    let ground = |rgb: [u8; 3]| jpeg(plain(295, 413, rgb), 88);
    vec![
        ("lying", jpeg(plain(413, 295, WHITE), 88), one, "照片是横的（413×295），请上传竖版证件照"),
        ("a screen's picture", png(plain(640, 400, WHITE)), one, "照片是横的（640×400），请上传竖版证件照"),
        (
            "turned on its side by its camera's note",
            with_exif(&jpeg(plain(295, 413, WHITE), 88), 6),
            one,
            "照片是横的（413×295），请上传竖版证件照",
        ),
        ("square", jpeg(plain(400, 400, WHITE), 88), one, "照片比例应为一寸（25×35 毫米），实际 400×400 像素"),
        ("a telephone's picture", jpeg(plain(900, 1_600, WHITE), 88), one, "照片比例应为一寸（25×35 毫米），实际 900×1600 像素"),
        ("two inches where one is wanted", jpeg(plain(413, 626, BLUE), 88), one, "照片比例应为一寸（25×35 毫米），实际 413×626 像素"),
        ("an ID card's 26×32", jpeg(plain(358, 441, WHITE), 88), two, "照片比例应为二寸（35×49 或 35×53 毫米），实际 358×441 像素"),
        ("too small", jpeg(plain(200, 280, WHITE), 88), one, "照片尺寸过小（200×280 像素），至少 295×413"),
        ("one inch where two are wanted", jpeg(plain(295, 413, BLUE), 88), two, "照片尺寸过小（295×413 像素），至少 413×579"),
        ("a grey PNG", png(grey), one, "照片是黑白的，请上传彩色照片"),
        ("a grey picture saved in colour", jpeg(faded, 88), one, "照片是黑白的，请上传彩色照片"),
        ("greyish green", ground([128, 145, 120]), one, "底色偏灰绿，应为白、蓝或红"),
        ("green", ground([40, 160, 70]), one, "底色偏绿，应为白、蓝或红"),
        ("grey", ground([150, 150, 152]), one, "底色偏灰，应为白、蓝或红"),
        ("light grey", ground([205, 205, 206]), one, "底色偏浅灰，应为白、蓝或红"),
        ("yellow light", ground([246, 228, 178]), one, "底色偏浅黄，应为白、蓝或红"),
        ("black", ground([10, 10, 12]), one, "底色偏黑，应为白、蓝或红"),
        ("pink", ground([248, 190, 200]), one, "底色偏浅粉红，应为白、蓝或红"),
        ("purple", ground([150, 90, 190]), one, "底色偏紫，应为白、蓝或红"),
        ("blue where white alone is wanted", ground(BLUE), PortraitRule { grounds: Some(&[Ground::White]), ..one }, "底色偏蓝，应为白"),
        ("half white, half blue", jpeg(halves, 88), one, "底色不均匀，请换纯色背景（白、蓝或红）"),
        ("before a brick wall", jpeg(wall, 88), one, "底色不均匀，请换纯色背景（白、蓝或红）"),
    ]
}

#[test]
fn every_bad_picture_is_sent_back_with_its_reason() {
    let cases = [bad_files(), bombs(), bad_pictures()].concat();
    assert!(cases.len() >= 50);
    let mut wrong = Vec::new();
    for (name, bytes, rule, says) in &cases {
        let (answer, took) = timed(bytes, rule);
        let message = answer.map_or_else(|e| e.to_string(), |p| format!("accepted, {:?}", p.ground));
        let (zh, en) = message.split_once(" / ").unwrap_or((&message, ""));
        // What a message counts comes before the words that are compared.
        let same = if says.starts_with("次扫描") { zh.ends_with(says) } else { zh == *says };
        if !same || en.is_empty() || !en.is_ascii() && !en.contains('×') {
            wrong.push(format!("{name}: {message}"));
        }
        if took > Duration::from_secs(1) {
            wrong.push(format!("{name} took {took:?}"));
        }
        if took > Duration::from_millis(100) {
            println!("{name}: {took:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_format_is_what_the_bytes_say() {
    assert_eq!(intake(b"GIF87a", &ability()), Err(PortraitError::Format(Foreign::Gif)));
    for picture in [jpeg(plain(295, 413, WHITE), 90), png(plain(295, 413, WHITE)), file("progressive.jpg")] {
        assert!(intake(&picture, &ability()).is_ok());
    }
}

#[test]
fn good_pictures_become_small_clean_jpegs_and_the_same_ones_each_time() {
    let sizes: [(u32, u32, PortraitRule, (u32, u32)); 8] = [
        (295, 413, ability(), (295, 413)),
        (300, 420, ability(), (295, 413)),
        (413, 579, ability(), (295, 413)),
        (1_500, 2_100, ability(), (295, 413)),
        (413, 579, two_inch(), (413, 579)),
        (413, 626, two_inch(), (413, 626)),
        (826, 1_252, two_inch(), (413, 626)),
        (1_240, 1_752, two_inch(), (413, 579)),
    ];
    let grounds =
        [(WHITE, Ground::White), ([236, 238, 240], Ground::White), (BLUE, Ground::Blue), ([0, 191, 243], Ground::Blue), (RED, Ground::Red)];
    for (width, height, rule, stored) in sizes {
        for (rgb, ground) in grounds {
            let fade = if ground == Ground::White { 14 } else { 30 };
            let picture = person(width, height, rgb, 8, fade);
            for bytes in [jpeg(picture.clone(), 70), png(picture.clone())] {
                let portrait = intake(&bytes, &rule).unwrap_or_else(|e| panic!("{width}×{height} {rgb:?}: {e}"));
                assert_eq!((portrait.width, portrait.height, portrait.ground), (stored.0, stored.1, Some(ground)));
                assert!((8_000..=60_000).contains(&portrait.jpeg.len()), "{} bytes", portrait.jpeg.len());
                assert_eq!(intake(&bytes, &rule).unwrap(), portrait);
                let opened = image::load_from_memory_with_format(&portrait.jpeg, ImageFormat::Jpeg).unwrap();
                assert_eq!((opened.width(), opened.height()), stored);
            }
        }
    }
}

#[test]
fn nothing_but_the_picture_is_kept() {
    let picture = jpeg(plain(295, 413, BLUE), 90);
    let mut noted = with_exif(&picture, 1);
    noted.splice(2..2, segment(0xFE, b"secret comment"));
    noted.splice(2..2, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<secret/>"));
    noted.splice(2..2, segment(0xE2, b"ICC_PROFILE\0\x01\x01secret"));
    noted.extend(b"secret after the end");
    let text = with_chunk(&png(plain(295, 413, BLUE)), b"tEXt", b"Comment\0secret");
    for bytes in [noted, text] {
        let stored = intake(&bytes, &ability()).unwrap().jpeg;
        // JFIF, tables, one frame, one pass.
        assert!(markers(&stored).iter().all(|m| [0xE0, 0xDB, 0xC0, 0xC4, 0xDA].contains(m)), "{:X?}", markers(&stored));
        for word in [&b"Exif"[..], b"secret", b"GPS", b"Cam", b"ICC", b"http"] {
            assert!(!stored.windows(word.len()).any(|w| w == word));
        }
        assert!(stored.ends_with(&[0xFF, 0xD9]));
    }
    assert_eq!(intake(&with_exif(&picture, 1), &ability()), intake(&picture, &ability()));
}

#[test]
fn all_eight_orientations_come_out_upright() {
    let mut upright = plain(295, 413, BLUE);
    // A badge on one side, so that a mirrored picture is another.
    for (x, y) in (40..90).flat_map(|x| (340..380).map(move |y| (x, y))) {
        upright.put_pixel(x, y, Rgb([250, 220, 40]));
    }
    let straight = image::load_from_memory(&intake(&png(upright.clone()), &ability()).unwrap().jpeg).unwrap().into_rgb8();
    for orientation in 1..=8 {
        let lying = stored_as(&upright, orientation);
        for bytes in [with_exif(&jpeg(lying.clone(), 95), orientation), with_chunk(&png(lying), b"eXIf", &exif(orientation))] {
            let turned = image::load_from_memory(&intake(&bytes, &ability()).unwrap().jpeg).unwrap().into_rgb8();
            let off = straight
                .pixels()
                .zip(turned.pixels())
                .map(|(a, b)| (0..3).map(|i| u64::from(a[i].abs_diff(b[i]))).sum::<u64>())
                .sum::<u64>();
            assert!(off / (295 * 413) < 6, "{orientation}: {off}");
        }
    }
}

#[test]
fn rare_but_honest_pictures_are_taken() {
    let one = ability();
    let deep = DynamicImage::ImageRgb8(plain(295, 413, RED)).into_rgb16();
    assert_eq!(intake(&png(deep), &one).unwrap().ground, Some(Ground::Red), "16 bits a channel");
    // A cut-out: no ground at all, with another colour hidden in what is transparent. It lies on white.
    let person = plain(295, 413, [1, 2, 3]);
    let cut = RgbaImage::from_fn(295, 413, |x, y| {
        let [r, g, b] = person.get_pixel(x, y).0;
        if [r, g, b] == [1, 2, 3] { Rgba([255, 0, 255, 0]) } else { Rgba([r, g, b, 255]) }
    });
    assert_eq!(intake(&png(cut), &one).unwrap().ground, Some(Ground::White), "transparent");
    assert_eq!(intake(&file("progressive.jpg"), &one).unwrap().ground, Some(Ground::Blue), "progressive");
    let still = with_chunk(&png(plain(295, 413, WHITE)), b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]);
    assert!(intake(&still, &one).is_ok(), "an animation of one frame stands still");
    let cat = PortraitRule { grounds: None, ..one };
    assert_eq!(intake(&jpeg(plain(295, 413, [40, 160, 70]), 88), &cat).unwrap().ground, None, "any ground where none is asked for");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_never_panic(start in prop::sample::select(vec![&b""[..], b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", b"GIF8", b"BM", b"\0\0\0\x18ftyp"]), rest in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = intake(&[start, &rest].concat(), &ability());
    }

    #[test]
    fn spoilt_pictures_never_panic(which in 0usize..4, spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12), cut in any::<prop::sample::Index>(), whole in any::<bool>()) {
        static GOOD: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
        let good = GOOD.get_or_init(|| vec![
            with_exif(&jpeg(plain(295, 413, WHITE), 60), 6),
            png(plain(295, 413, BLUE)),
            file("progressive.jpg"),
            with_chunk(&png(plain(295, 413, RED)), b"eXIf", &exif(3)),
        ]);
        let mut bytes = good[which].clone();
        for (index, value) in spoilt {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        let limits = PortraitLimits { bytes: 1 << 20, pixels: 1_000_000, ..PortraitLimits::default() };
        if let Ok(portrait) = intake(&bytes, &PortraitRule { limits, ..ability() }) {
            prop_assert!(image::load_from_memory(&portrait.jpeg).is_ok());
        }
    }
}
