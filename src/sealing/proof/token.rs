//! Bytes as decimal digits, since numeric mode packs more bytes into a QR code than any other mode that readers return unchanged.
//!
//! Seven bytes, big-endian, become 17 digits (2^56 < 10^17); a rest of fewer bytes becomes the fewest digits that hold it.
//! Every byte string has one spelling, and every other digit string is refused.

const GROUP_BYTES: usize = 7;
const GROUP_DIGITS: usize = 17;
/// Digits for a rest of 0 to 6 bytes.
const REST_DIGITS: [usize; GROUP_BYTES] = [0, 3, 5, 8, 10, 13, 15];

pub(super) fn encode(bytes: &[u8]) -> String {
    bytes.chunks(GROUP_BYTES).fold(String::with_capacity(bytes.len() * 5 / 2 + 3), |out, group| {
        let value = group.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        let width = REST_DIGITS.get(group.len()).copied().unwrap_or(GROUP_DIGITS);
        out + &format!("{value:0width$}")
    })
}

/// The bytes, if `digits` is what [`encode`] gives for some.
pub(super) fn decode(digits: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for group in digits.chunks(GROUP_DIGITS) {
        let length = match group.len() {
            GROUP_DIGITS => GROUP_BYTES,
            rest => REST_DIGITS.iter().position(|width| *width == rest)?,
        };
        let mut value = 0u64;
        for digit in group {
            value = value * 10 + u64::from(digit.checked_sub(b'0').filter(|d| *d < 10)?);
        }
        let all = value.to_be_bytes();
        let (zeros, kept) = all.split_at(all.len() - length);
        if zeros.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(kept);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vectors() {
        for (bytes, digits) in [
            (&[][..], ""),
            (&[255], "255"),
            (&[1, 0], "00256"),
            (&[0; 6], "000000000000000"),
            (&[255; 7], "72057594037927935"),
            (&[255, 255, 255, 255, 255, 255, 255, 9], "72057594037927935009"),
        ] {
            assert_eq!(encode(bytes), digits);
            assert_eq!(decode(digits.as_bytes()).as_deref(), Some(bytes));
        }
        // Too large for its bytes, a length that no bytes have, no digit.
        for digits in ["256", "72057594037927936", "1", "1234", "12a", "１２３"] {
            assert_eq!(decode(digits.as_bytes()), None);
        }
    }

    proptest! {
        #[test]
        fn bytes_and_digits_are_one_to_one(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes));
        }

        #[test]
        fn digits_and_bytes_are_one_to_one(digits in "[0-9]{0,80}") {
            if let Some(bytes) = decode(digits.as_bytes()) {
                prop_assert_eq!(encode(&bytes), digits);
            }
        }
    }
}
