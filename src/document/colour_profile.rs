//! The sRGB output intent: a small ICC profile of version 4, made from the numbers of IEC 61966-2-1 adapted to D50.

/// Media white, and the columns of red, green and blue, as ICC `s15Fixed16` numbers.
const WHITE: [u32; 3] = [0x0000_F6D6, 0x0001_0000, 0x0000_D32D];
const RED: [u32; 3] = [0x0000_6FA2, 0x0000_38F5, 0x0000_0390];
const GREEN: [u32; 3] = [0x0000_6299, 0x0000_B785, 0x0000_18DA];
const BLUE: [u32; 3] = [0x0000_24A0, 0x0000_0F84, 0x0000_B6CF];
/// g, a, b, c, d of the curve: ((a x + b) ^ g) from d on, c x below.
const CURVE: [u32; 5] = [0x0002_6666, 0x0000_F2A7, 0x0000_0D59, 0x0000_13D0, 0x0000_0A5B];

/// The profile's bytes.
pub(super) fn srgb() -> Vec<u8> {
    let text = |text: &str| {
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let length = u32::try_from(utf16.len()).unwrap_or(0);
        [b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0CenUS".as_slice(), &length.to_be_bytes(), &28u32.to_be_bytes(), &utf16].concat()
    };
    let xyz = |v: [u32; 3]| [b"XYZ \0\0\0\0".as_slice(), v.map(u32::to_be_bytes).as_flattened()].concat();
    let curve = [b"para\0\0\0\0\0\x03\0\0".as_slice(), CURVE.map(u32::to_be_bytes).as_flattened()].concat();
    let pieces: [(&[&[u8; 4]], Vec<u8>); 7] = [
        (&[b"desc"], text("sRGB")),
        (&[b"cprt"], text("CC0")),
        (&[b"wtpt"], xyz(WHITE)),
        (&[b"rXYZ"], xyz(RED)),
        (&[b"gXYZ"], xyz(GREEN)),
        (&[b"bXYZ"], xyz(BLUE)),
        (&[b"rTRC", b"gTRC", b"bTRC"], curve),
    ];
    let tags: usize = pieces.iter().map(|(names, _)| names.len()).sum();
    let mut directory = u32::try_from(tags).unwrap_or(0).to_be_bytes().to_vec();
    let mut data = Vec::new();
    let start = 128 + 4 + 12 * tags;
    for (names, mut piece) in pieces {
        let at = u32::try_from(start + data.len()).unwrap_or(0);
        let length = u32::try_from(piece.len()).unwrap_or(0);
        for name in names {
            directory.extend([name.as_slice(), &at.to_be_bytes(), &length.to_be_bytes()].concat());
        }
        piece.resize(piece.len().next_multiple_of(4), 0);
        data.extend(piece);
    }
    let mut header = [0u8; 128];
    let size = u32::try_from(start + data.len()).unwrap_or(0);
    header[0..4].copy_from_slice(&size.to_be_bytes());
    header[8..24].copy_from_slice(b"\x04\x20\0\0mntrRGB XYZ ");
    header[24..36].copy_from_slice(&[0x07, 0xE8, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    header[36..40].copy_from_slice(b"acsp");
    // The illuminant of the connection space is D50.
    header[68..80].copy_from_slice(WHITE.map(u32::to_be_bytes).as_flattened());
    [&header[..], &directory, &data].concat()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_header_names_the_length() {
        let profile = super::srgb();
        assert_eq!(u32::from_be_bytes(profile[..4].try_into().unwrap()), u32::try_from(profile.len()).unwrap());
        assert_eq!(&profile[36..40], b"acsp");
        assert!(profile.len() < 600, "{}", profile.len());
    }
}
