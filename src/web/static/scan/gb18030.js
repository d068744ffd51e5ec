// GB 18030 as the proofs use it: each character in its one form, nothing else read. The table comes from the browser's own decoder;
// the 18 places where GB 18030-2022 moved a character are set here, since older browsers have the edition of 2005.

/** Lead and trail byte, and the character of the edition of 2022 (WHATWG Encoding, 10.2; the annex of GB 18030-2022). */
const MOVED = [
  [0xa6d9, 0xfe10], [0xa6da, 0xfe12], [0xa6db, 0xfe11], [0xa6dc, 0xfe13], [0xa6dd, 0xfe14], [0xa6de, 0xfe15],
  [0xa6df, 0xfe16], [0xa6ec, 0xfe17], [0xa6ed, 0xfe18], [0xa6f3, 0xfe19], [0xfe59, 0x9fb4], [0xfe61, 0x9fb5],
  [0xfe66, 0x9fb6], [0xfe67, 0x9fb7], [0xfe6d, 0x9fb8], [0xfe7e, 0x9fb9], [0xfe90, 0x9fba], [0xfea0, 0x9fbb],
];
/** Private-use characters that stood in those places, and one that has no form at all: a text with one of them is in UTF-8. */
const WITHOUT_FORM = new Set([
  0xe5e5, 0xe78d, 0xe78e, 0xe78f, 0xe790, 0xe791, 0xe792, 0xe793, 0xe794, 0xe795, 0xe796, 0xe81e, 0xe826, 0xe82b, 0xe82c, 0xe832,
  0xe843, 0xe854, 0xe864,
]);

/** @type {{pairOf: Map<number, number>, charOf: Map<number, number>} | undefined} */
let table;

function pairs() {
  if (table) return table;
  const all = [];
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) if (trail !== 0x7f) all.push((lead << 8) | trail);
  }
  const decoder = new TextDecoder('gb18030');
  const text = Array.from(decoder.decode(Uint8Array.from(all.flatMap((pair) => [pair >> 8, pair & 0xff]))), (c) => c.codePointAt(0));
  if (text.length !== all.length) throw new Error('this browser reads GB 18030 in another way');
  const charOf = new Map(all.map((pair, at) => [pair, text[at]]));
  for (const [pair, char] of MOVED) charOf.set(pair, char);
  const pairOf = new Map();
  // Of two pairs for one character the first is its form: 3000 is A1A1, not A3A0.
  for (const [pair, char] of charOf) if (!pairOf.has(char) && !WITHOUT_FORM.has(char)) pairOf.set(char, pair);
  table = { pairOf, charOf };
  return table;
}

/**
 * How many bytes a text has in GB 18030.
 * @param {string} text
 * @returns {number | null} null if one of its characters has no form
 */
export function gbLength(text) {
  const { pairOf } = pairs();
  let length = 0;
  for (const c of text) {
    const char = c.codePointAt(0);
    if (WITHOUT_FORM.has(char)) return null;
    length += char < 0x80 ? 1 : pairOf.has(char) ? 2 : 4;
  }
  return length;
}

/**
 * @param {Uint8Array} bytes
 * @returns {string | null} null unless each character is in its one form
 */
export function fromGb(bytes) {
  const { pairOf, charOf } = pairs();
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const [lead, second] = [bytes[at], bytes[at + 1]];
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      at += 1;
    } else if (second >= 0x30 && second <= 0x39) {
      const char = fromFour(bytes.subarray(at, at + 4));
      if (char === null || char < 0x80 || pairOf.has(char) || WITHOUT_FORM.has(char)) return null;
      text += String.fromCodePoint(char);
      at += 4;
    } else {
      const pair = (lead << 8) | second;
      const char = charOf.get(pair);
      if (char === undefined || pairOf.get(char) !== pair) return null;
      text += String.fromCodePoint(char);
      at += 2;
    }
  }
  return text;
}

/** @param {Uint8Array} four */
function fromFour(four) {
  if (four.length !== 4) return null;
  try {
    const [char, ...more] = Array.from(new TextDecoder('gb18030', { fatal: true }).decode(four));
    return more.length === 0 ? char.codePointAt(0) : null;
  } catch {
    return null;
  }
}
