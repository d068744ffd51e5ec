//! Reading a QR symbol back from its modules: rqrr finds format, mask and codewords, this checks the error correction and reads the
//! text. rqrr's own way from codewords to text is the judge in the tests; it takes eight times as long as printing the code does.

use super::super::qr::Symbol;

/// Error correction codewords of each block, and number of blocks, at level L for versions 5 to 20 (ISO/IEC 18004, table 9).
const BLOCKS: [(usize, usize); 16] = [
    (26, 1),
    (18, 2),
    (20, 2),
    (24, 2),
    (30, 2),
    (18, 4),
    (20, 4),
    (24, 4),
    (26, 4),
    (30, 4),
    (22, 6),
    (24, 6),
    (28, 6),
    (30, 6),
    (28, 7),
    (28, 8),
];

/// The large checkerboard.
const MASK: u16 = 4;

/// What a reader finds; `None` for anything that one would have to correct or guess.
pub(in crate::document) fn read(symbol: &Symbol) -> Option<String> {
    // rqrr leaves the mask on. The press uses one only, which is taken off here, the format's own modules left as they are.
    let size = symbol.size();
    let format = |x: usize, y: usize| (x == 8 && (y < 9 || y + 8 >= size)) || (y == 8 && (x < 9 || x + 8 >= size));
    let masked = |x: usize, y: usize| !format(x, y) && (y / 2 + x / 3).is_multiple_of(2);
    let grid = rqrr::SimpleGrid::from_func(size, |x, y| symbol.is_dark(x, y) ^ masked(x, y));
    let (meta, raw) = rqrr::Grid::new(grid).get_raw_data().ok()?;
    if meta.mask != MASK {
        return None;
    }
    let (correction, count) = *BLOCKS.get(meta.version.0.checked_sub(5)?)?;
    let codewords = raw.data.get(..raw.len / 8)?;
    let data = data(codewords, correction, count)?;
    text(&data, meta.version.0)
}

/// The data codewords in order, every block without an error.
fn data(codewords: &[u8], correction: usize, count: usize) -> Option<Vec<u8>> {
    let total = codewords.len().checked_sub(correction * count)?;
    let (short, long) = (total / count, total % count);
    // Codewords are dealt to the blocks in turn; the last `long` blocks get one more.
    let mut blocks: Vec<Vec<u8>> = vec![Vec::with_capacity(short + 1 + correction); count];
    let (shared, rest) = codewords.split_at_checked(short * count)?;
    let (odd, parity) = rest.split_at_checked(long)?;
    for row in shared.chunks_exact(count) {
        blocks.iter_mut().zip(row).for_each(|(b, c)| b.push(*c));
    }
    blocks[count - long..].iter_mut().zip(odd).for_each(|(b, c)| b.push(*c));
    for row in parity.chunks_exact(count) {
        blocks.iter_mut().zip(row).for_each(|(b, c)| b.push(*c));
    }
    let mut out = Vec::with_capacity(total);
    for block in &blocks {
        if !is_sound(block, correction) {
            return None;
        }
        out.extend_from_slice(&block[..block.len() - correction]);
    }
    Some(out)
}

/// Whether the block, as a polynomial over GF(256), has the generator's roots 2⁰ … 2ⁿ⁻¹.
fn is_sound(block: &[u8], correction: usize) -> bool {
    let mut root = 1u8;
    (0..correction).all(|_| {
        let times_root: [u8; 256] = multiples(root);
        let value = block.iter().fold(0u8, |sum, c| times_root[usize::from(sum)] ^ c);
        root = double(root);
        value == 0
    })
}

/// `root` times every element; the product is linear, so each entry is the sum of two that are known already.
fn multiples(root: u8) -> [u8; 256] {
    let mut out = [0u8; 256];
    let mut power = root;
    for bit in 0..8 {
        let step = 1usize << bit;
        for low in 0..step {
            out[step + low] = out[low] ^ power;
        }
        power = double(power);
    }
    out
}

/// Times 2 modulo x⁸ + x⁴ + x³ + x² + 1.
fn double(element: u8) -> u8 {
    element << 1 ^ if element & 0x80 == 0 { 0 } else { 0x1D }
}

/// The bits of the data codewords, highest first.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<usize> {
        let mut value = 0;
        for at in self.at..self.at + count {
            value = value << 1 | usize::from(self.data.get(at / 8)? >> (7 - at % 8) & 1);
        }
        self.at += count;
        Some(value)
    }
}

/// One alphanumeric and one numeric segment, as [`Symbol::encode`] writes them.
fn text(data: &[u8], version: usize) -> Option<String> {
    const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let (for_letters, for_digits) = match version {
        ..=9 => (9, 10),
        _ => (11, 12),
    };
    let mut bits = Bits { data, at: 0 };
    let mut out = String::new();
    if bits.take(4)? != 2 {
        return None;
    }
    let mut letters = bits.take(for_letters)?;
    while letters > 0 {
        let pair = letters.min(2);
        let value = bits.take(if pair == 2 { 11 } else { 6 })?;
        if pair == 2 {
            out.push(char::from(*ALPHABET.get(value / 45)?));
        }
        out.push(char::from(ALPHABET[value % 45]));
        letters -= pair;
    }
    if bits.take(4)? != 1 {
        return None;
    }
    let mut digits = bits.take(for_digits)?;
    while digits > 0 {
        let group = digits.min(3);
        let value = bits.take([4, 7, 10][group - 1])?;
        for place in [100, 10, 1].iter().skip(3 - group) {
            out.push(char::from(*ALPHABET.get(value / place % 10)?));
        }
        digits -= group;
    }
    // The terminator is cut short where the symbol is full.
    let left = (data.len() * 8).saturating_sub(bits.at).min(4);
    (bits.take(left)? == 0).then_some(out)
}
