//! A text in the fewer bytes: UTF-8, or GB 18030 where that is shorter.

use encoding_rs::GB18030;

/// The bytes, and whether they are GB 18030.
pub(super) fn write(text: &str) -> (Vec<u8>, bool) {
    let (gb, _, lossy) = GB18030.encode(text);
    let shorter = gb.len() < text.len() && !lossy && read(&gb, true).as_deref() == Some(text);
    if shorter { (gb.into_owned(), true) } else { (text.as_bytes().to_vec(), false) }
}

/// The text; `None` if `bytes` are none in that encoding. Whether it is the one that [`write`] gives is not looked at.
pub(super) fn read(bytes: &[u8], gb: bool) -> Option<String> {
    if gb {
        GB18030.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
    } else {
        String::from_utf8(bytes.to_vec()).ok()
    }
}
