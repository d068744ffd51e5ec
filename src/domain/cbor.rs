//! As much of CBOR (RFC 8949) as canonical facts need: unsigned integers, byte and text strings, arrays, maps with integer keys.
//!
//! Each lookup reads facts and writes them again to compare; a general library's tree of values took most of the time of both.

/// An item that was read; texts and bytes stay where they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// Major type 0.
    Unsigned(u64),
    /// Major type 2.
    Bytes(&'a [u8]),
    /// Major type 3.
    Text(&'a str),
    /// Major type 4.
    Array(Vec<Self>),
    /// Major type 5.
    Map(Vec<(u64, Self)>),
}

const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

/// Items within items within items.
const DEPTH: u8 = 8;

impl<'a> Item<'a> {
    /// The item that `bytes` are, to the last of them; `None` for other types, indefinite lengths, and what is cut off. Whether a head is as
    /// short as it can be and keys ascend, only writing it again tells.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let item = read(&mut rest, DEPTH)?;
        rest.is_empty().then_some(item)
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The items, if it is an array.
    #[must_use]
    pub fn items(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }
}

fn read<'a>(rest: &mut &'a [u8], depth: u8) -> Option<Item<'a>> {
    let (major, value) = head(rest)?;
    let inner = depth.checked_sub(1)?;
    Some(match major {
        UNSIGNED => Item::Unsigned(value),
        BYTES => Item::Bytes(take(rest, value)?),
        TEXT => Item::Text(std::str::from_utf8(take(rest, value)?).ok()?),
        ARRAY => Item::Array((0..count(rest, value)?).map(|_| read(rest, inner)).collect::<Option<_>>()?),
        MAP => {
            let entries = count(rest, value)?;
            let entry = |_| match head(rest)? {
                (UNSIGNED, key) => Some((key, read(rest, inner)?)),
                _ => None,
            };
            Item::Map((0..entries).map(entry).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// No more items than there are bytes for.
fn count(rest: &[u8], value: u64) -> Option<usize> {
    usize::try_from(value).ok().filter(|count| *count <= rest.len())
}

fn take<'a>(rest: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = left;
    Some(taken)
}

/// Major type and argument (RFC 8949, 3).
fn head(rest: &mut &[u8]) -> Option<(u8, u64)> {
    let first = take(rest, 1)?[0];
    let value = match first & 31 {
        small @ 0..24 => small.into(),
        24 => big_endian(take(rest, 1)?),
        25 => big_endian(take(rest, 2)?),
        26 => big_endian(take(rest, 4)?),
        27 => big_endian(take(rest, 8)?),
        _ => return None,
    };
    Some((first >> 5, value))
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Items being written, each head as short as it can be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// An unsigned integer.
    pub fn unsigned(&mut self, value: u64) {
        self.head(UNSIGNED, value);
    }

    /// A byte string.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.head(BYTES, length(bytes.len()));
        self.0.extend_from_slice(bytes);
    }

    /// A text string.
    pub fn text(&mut self, text: &str) {
        self.head(TEXT, length(text.len()));
        self.0.extend_from_slice(text.as_bytes());
    }

    /// The beginning of an array; its items follow.
    pub fn array(&mut self, items: usize) {
        self.head(ARRAY, length(items));
    }

    /// A map whose keys and values, `entries` of each, were written elsewhere.
    pub fn map(&mut self, entries: usize, written: &Self) {
        self.head(MAP, length(entries));
        self.0.extend_from_slice(&written.0);
    }

    fn head(&mut self, major: u8, value: u64) {
        let bytes = value.to_be_bytes();
        let (info, argument) = match bytes {
            [0, 0, 0, 0, 0, 0, 0, small] if small < 24 => (small, &bytes[8..]),
            [0, 0, 0, 0, 0, 0, 0, _] => (24, &bytes[7..]),
            [0, 0, 0, 0, 0, 0, _, _] => (25, &bytes[6..]),
            [0, 0, 0, 0, _, _, _, _] => (26, &bytes[4..]),
            _ => (27, &bytes[..]),
        };
        self.0.push(major << 5 | info);
        self.0.extend_from_slice(argument);
    }
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ciborium::Value;
    use proptest::prelude::*;

    /// What another library makes of an item.
    fn value(item: &Item<'_>) -> Value {
        match item {
            Item::Unsigned(value) => Value::from(*value),
            Item::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
            Item::Text(text) => Value::from(*text),
            Item::Array(items) => Value::Array(items.iter().map(value).collect()),
            Item::Map(entries) => Value::Map(entries.iter().map(|(key, item)| (Value::from(*key), value(item))).collect()),
        }
    }

    fn write(item: &Item<'_>, out: &mut Writer) {
        match item {
            Item::Unsigned(value) => out.unsigned(*value),
            Item::Bytes(bytes) => out.bytes(bytes),
            Item::Text(text) => out.text(text),
            Item::Array(items) => {
                out.array(items.len());
                items.iter().for_each(|item| write(item, out));
            }
            Item::Map(entries) => {
                let mut inner = Writer::default();
                for (key, item) in entries {
                    inner.unsigned(*key);
                    write(item, &mut inner);
                }
                out.map(entries.len(), &inner);
            }
        }
    }

    fn items() -> impl Strategy<Value = Item<'static>> {
        let text = "\\PC{0,40}".prop_map(|text| Item::Text(Box::leak(text.into_boxed_str())));
        let bytes = proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| Item::Bytes(Box::leak(bytes.into_boxed_slice())));
        let number = any::<u64>().prop_flat_map(|value| (0u32..64).prop_map(move |by| Item::Unsigned(value >> by)));
        prop_oneof![text, bytes, number].prop_recursive(4, 30, 5, |inner| {
            let entry = (any::<u64>(), inner.clone());
            prop_oneof![
                proptest::collection::vec(inner, 0..30).prop_map(Item::Array),
                proptest::collection::vec(entry, 0..30).prop_map(Item::Map)
            ]
        })
    }

    #[test]
    fn what_is_not_one_item_is_refused() {
        let nested = |depth: usize| [vec![0x81; depth], vec![0]].concat();
        assert!(Item::read(&nested(7)).is_some());
        for bad in [
            &[][..],
            &[0, 0],
            &[0x18],
            &[0x20],
            &[0x41],
            &[0x61, 0xFF],
            &[0x5F, 0xFF],
            &[0x9A, 255, 255, 255, 255],
            &[0xA1, 0x60, 0],
            &nested(8),
        ] {
            assert_eq!(Item::read(bad), None, "{bad:02X?}");
        }
    }

    proptest! {
        #[test]
        fn another_library_writes_and_reads_the_same(item in items()) {
            let mut out = Writer::default();
            write(&item, &mut out);
            let bytes = out.into_bytes();
            let mut theirs = Vec::new();
            ciborium::into_writer(&value(&item), &mut theirs).unwrap();
            prop_assert_eq!(&theirs, &bytes);
            prop_assert_eq!(Item::read(&bytes), Some(item));
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Some(item) = Item::read(&bytes) {
                let theirs: Value = ciborium::from_reader(&bytes[..]).unwrap();
                prop_assert_eq!(theirs, value(&item));
            }
        }
    }
}
