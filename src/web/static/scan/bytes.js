// Bytes and their spellings, each with one form only: what `sealing/proof/token.rs` and base64url without padding (RFC 4648, 5) are.

/** Digits for a rest of 0 to 6 bytes; seven bytes are 17 digits. */
const REST_DIGITS = [0, 3, 5, 8, 10, 13, 15];

/**
 * The bytes, if the digits are their one spelling; otherwise null.
 * @param {string} digits nothing but 0 to 9
 * @returns {Uint8Array | null}
 */
export function fromDigits(digits) {
  const out = [];
  for (let at = 0; at < digits.length; at += 17) {
    const group = digits.slice(at, at + 17);
    const length = group.length === 17 ? 7 : REST_DIGITS.indexOf(group.length);
    const value = BigInt(group);
    if (length < 1 || value >> BigInt(8 * length) !== 0n) return null;
    for (let byte = length - 1; byte >= 0; byte -= 1) out.push(Number((value >> BigInt(8 * byte)) & 0xffn));
  }
  return Uint8Array.from(out);
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * @param {unknown} text base64url without padding
 * @returns {Uint8Array | null} null for any other spelling
 */
export function fromBase64Url(text) {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]*$/.test(text)) return null;
  // The bits of the last letter that no byte needs are zero in the one spelling.
  const spare = [0, null, 0b1111, 0b11][text.length % 4];
  if (spare === null || (LETTERS.indexOf(text.at(-1) ?? 'A') & spare) !== 0) return null;
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) bytes[at] = raw.charCodeAt(at);
  return bytes;
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/** @param {Uint8Array} a @param {Uint8Array} b */
export function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** @param {...(Uint8Array | number[])} parts */
export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return all;
}
