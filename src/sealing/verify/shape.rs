//! The outline of a DER object, looked at before its types are: a decoder sorts each SET that it reads, and neither the time
//! for it nor the order of strange elements shall depend on what a stranger puts there.

/// Elements of a SET, or of certificates; ours have at most three.
const MAX_ELEMENTS: usize = 8;
/// Nesting; a signature has 17 levels, down to the names in its signed attributes.
const MAX_DEPTH: usize = 24;

/// Whether `der` is a sequence of objects with definite lengths, small sets and little nesting.
pub(super) fn is_modest(der: &[u8]) -> bool {
    elements(der, 0).is_some()
}

/// How many objects stand side by side in `der`.
fn elements(mut der: &[u8], depth: usize) -> Option<usize> {
    let mut count = 0;
    while let [tag, rest @ ..] = der {
        // Tag numbers from 31 on, which take more bytes, do not occur.
        let (content, behind) = if tag & 0x1F == 0x1F { return None } else { content(rest)? };
        let constructed = tag & 0x20 != 0;
        if constructed {
            let inner = if depth < MAX_DEPTH { elements(content, depth + 1)? } else { return None };
            // SET, and the context-specific tags under which SETs are written implicitly.
            let is_set = *tag == 0x31 || tag & 0xC0 == 0x80;
            if is_set && inner > MAX_ELEMENTS {
                return None;
            }
        }
        count += 1;
        der = behind;
    }
    Some(count)
}

/// The content after a tag of one byte, and what follows it.
fn content(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match rest {
        [short @ 0..=0x7F, rest @ ..] => (usize::from(*short), rest),
        [0x81, length, rest @ ..] => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn large_sets_and_deep_nests_are_refused() {
        let set = |count: u8| [&[0x31, 2 * count], &[5, 0].repeat(usize::from(count))[..]].concat();
        assert!(is_modest(&set(8)));
        assert!(!is_modest(&set(9)));
        let nest = |depth: u8| (0..depth).fold(Vec::new(), |inner: Vec<u8>, i| [&[0x30, 2 * i], &inner[..]].concat());
        assert!(is_modest(&nest(24)));
        assert!(!is_modest(&nest(25)));
        assert!(!is_modest(&[0x30, 0x80, 0, 0]), "indefinite length");
        assert!(!is_modest(&[0x04, 5, 1]), "cut off");
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = is_modest(&bytes);
        }
    }
}
