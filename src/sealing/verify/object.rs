//! PDF objects (ISO 32000-2, 7.3) as far as a signature's surroundings need them, read strictly and within bounds.

use std::ops::Range;

/// Deepest nesting; ours has three levels.
const MAX_DEPTH: usize = 12;
/// Longest object that is read, in bytes. A signature dictionary has a few thousand.
const MAX_BYTES: usize = 256 * 1024;

/// A direct object or a reference.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object<'a> {
    /// null, a boolean, a number with a fraction, a name with `#` escapes: nothing that is asked for.
    Other,
    Integer(u64),
    /// Without its slash.
    Name(&'a [u8]),
    /// A literal string without its parentheses, escapes as they stand.
    Literal(&'a [u8]),
    /// The offsets of `<…>` in the file.
    Hexadecimal(Range<usize>),
    Array(Vec<Object<'a>>),
    Dictionary(Dictionary<'a>),
    /// The object's number; the generation is 0.
    Reference(u32),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Dictionary<'a>(Vec<(&'a [u8], Object<'a>)>);

impl<'a> Dictionary<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&Object<'a>> {
        self.0.iter().find(|(name, _)| *name == key.as_bytes()).map(|(_, value)| value)
    }

    pub(super) fn name(&self, key: &str) -> Option<&'a [u8]> {
        match self.get(key) {
            Some(Object::Name(name)) => Some(name),
            _ => None,
        }
    }
}

/// Reads objects of `file` from `at` on.
pub(super) struct Reader<'a> {
    file: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a [u8], at: usize) -> Self {
        Self { file, at, end: file.len().min(at.saturating_add(MAX_BYTES)) }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a [u8] {
        self.file.get(self.at..self.end).unwrap_or_default()
    }

    /// White space only: ours has no comments where a verifier reads.
    pub(super) fn skip_space(&mut self) {
        self.at += self.rest().iter().take_while(|b| is_space(**b)).count();
    }

    /// Whether `word` stands here; if so, goes behind it.
    pub(super) fn accept(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    /// An unsigned number of at most ten digits.
    pub(super) fn integer(&mut self) -> Option<u64> {
        let digits = self.rest().iter().take_while(|b| b.is_ascii_digit()).count();
        let text = std::str::from_utf8(self.rest().get(..digits)?).ok()?;
        let value = if digits <= 10 { text.parse().ok()? } else { return None };
        self.at += digits;
        Some(value)
    }

    /// `number 0 obj`, and then the object.
    pub(super) fn indirect(&mut self, number: u32) -> Option<Object<'a>> {
        let head = self.accept(&format!("{number} 0 obj"));
        let object = if head { self.object(0)? } else { return None };
        self.skip_space();
        (self.accept("endobj") || self.accept("stream")).then_some(object)
    }

    /// `number 0 obj`, a dictionary, and the bytes of the stream behind it; streams that need decoding are not read.
    pub(super) fn stream(&mut self, number: u32) -> Option<&'a [u8]> {
        let head = self.accept(&format!("{number} 0 obj"));
        let dictionary = if head { self.dictionary()? } else { return None };
        let Some(Object::Integer(length)) = dictionary.get("Length") else { return None };
        let length = usize::try_from(*length).ok().filter(|_| dictionary.get("Filter").is_none())?;
        self.skip_space();
        let begun = self.accept("stream\r\n") || self.accept("stream\n");
        let data = self.rest().get(..length).filter(|_| begun)?;
        self.at += length;
        self.skip_space();
        self.accept("endstream").then_some(data)
    }

    pub(super) fn dictionary(&mut self) -> Option<Dictionary<'a>> {
        match self.object(0)? {
            Object::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    fn object(&mut self, depth: usize) -> Option<Object<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_space();
        match self.rest() {
            [b'<', b'<', ..] => self.entries(depth).map(Object::Dictionary),
            [b'<', ..] => self.hexadecimal(),
            [b'(', ..] => self.literal(),
            [b'/', ..] => self.name().map(|name| if name.contains(&b'#') { Object::Other } else { Object::Name(name) }),
            [b'[', ..] => self.items(depth),
            [b'0'..=b'9', ..] => self.number(),
            _ => self.word(),
        }
    }

    fn entries(&mut self, depth: usize) -> Option<Dictionary<'a>> {
        self.at += 2;
        let mut dictionary = Dictionary::default();
        loop {
            self.skip_space();
            if self.accept(">>") {
                break;
            }
            let key = self.key()?;
            let value = self.object(depth + 1)?;
            dictionary.0.push((key, value));
        }
        // One value for each key, whatever another reader would make of two.
        let mut keys: Vec<&[u8]> = dictionary.0.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.windows(2).all(|pair| pair[0] != pair[1]).then_some(dictionary)
    }

    fn items(&mut self, depth: usize) -> Option<Object<'a>> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.accept("]") {
                return Some(Object::Array(items));
            }
            items.push(self.object(depth + 1)?);
        }
    }

    /// Escapes would give a key two spellings.
    fn key(&mut self) -> Option<&'a [u8]> {
        self.name().filter(|name| !name.contains(&b'#'))
    }

    fn name(&mut self) -> Option<&'a [u8]> {
        let name = self.rest().strip_prefix(b"/")?;
        let length = name.iter().take_while(|b| is_regular(**b)).count();
        self.at += 1 + length;
        name.get(..length)
    }

    fn hexadecimal(&mut self) -> Option<Object<'a>> {
        let start = self.at;
        let length = self.rest().iter().position(|b| *b == b'>')?;
        self.at += length + 1;
        Some(Object::Hexadecimal(start..self.at))
    }

    fn literal(&mut self) -> Option<Object<'a>> {
        let rest = self.rest();
        let (mut open, mut escaped) = (0usize, false);
        for (i, byte) in rest.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            if open == 0 {
                self.at += i + 1;
                return rest.get(1..i).map(Object::Literal);
            }
        }
        None
    }

    /// A number, or the reference that it begins.
    fn number(&mut self) -> Option<Object<'a>> {
        let value = self.integer()?;
        if let Some(number) = u32::try_from(value).ok().filter(|_| self.accept(" 0 R")) {
            return self.rest().first().is_none_or(|b| !is_regular(*b)).then_some(Object::Reference(number));
        }
        if self.rest().first() == Some(&b'.') {
            return self.word();
        }
        Some(Object::Integer(value))
    }

    /// A negative or fractional number, true, false, null.
    fn word(&mut self) -> Option<Object<'a>> {
        let length = self.rest().iter().take_while(|b| is_regular(**b)).count();
        self.at += length;
        (length > 0).then_some(Object::Other)
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<Object<'_>> {
        Reader::new(text.as_bytes(), 0).object(0)
    }

    #[test]
    fn objects() {
        let text = r"<< /A 12 /B [ 3 0 R (a\)(b)) <0a> -1.5 true ] /C << /D /E >> /F 0.5>>";
        let Some(Object::Dictionary(read_back)) = read(text) else { panic!("a dictionary") };
        assert_eq!(read_back.get("A"), Some(&Object::Integer(12)));
        let items = vec![Object::Reference(3), Object::Literal(br"a\)(b)"), Object::Hexadecimal(29..33), Object::Other, Object::Other];
        assert_eq!(read_back.get("B"), Some(&Object::Array(items)));
        assert_eq!(read_back.get("F"), Some(&Object::Other));
        assert_eq!(read("/a#2Fb"), Some(Object::Other));
        for wrong in ["<< /A 1 /A 2 >>", "<< /A >>", "[ 1", "<< /A#42 1 >>", "(a", "<0a", "", "99999999999", ")"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read(&"[".repeat(100_000)), None);
    }

    #[test]
    fn streams() {
        let read = |text: &'static str| Reader::new(text.as_bytes(), 0).stream(3);
        assert_eq!(read("3 0 obj\n<</Length 4>>stream\n{\"\"}\nendstream\nendobj"), Some(&b"{\"\"}"[..]));
        assert_eq!(read("3 0 obj <</Length 0>>stream\r\nendstream"), Some(&b""[..]));
        for wrong in [
            "4 0 obj <</Length 1>>stream\nxendstream",
            "3 0 obj <</Length 2>>stream\nxendstream",
            "3 0 obj <</Length 1>>streamxendstream",
            "3 0 obj <</Length 1/Filter/FlateDecode>>stream\nxendstream",
            "3 0 obj <</Length 9999999999>>stream\nx",
            "3 0 obj <<>>stream\nxendstream",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]<>()/A0-9R \\\\]{0,60}") {
            let _ = Reader::new(&bytes, 0).object(0);
            let _ = Reader::new(text.as_bytes(), 0).object(0);
            let _ = Reader::new(&[b"1 0 obj<</Length ", text.as_bytes(), &bytes].concat(), 0).stream(1);
        }
    }
}
