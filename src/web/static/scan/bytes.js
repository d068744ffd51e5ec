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

/**
 * @param {unknown} text base64url without padding
 * @returns {Uint8Array | null} null for any other spelling
 */
export function fromBase64Url(text) {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(raw, (c) => c.charCodeAt(0));
  return toBase64Url(bytes) === text ? bytes : null;
}

/** @param {Uint8Array} bytes */
export function toBase64Url(bytes) {
  const raw = Array.from(bytes, (b) => String.fromCharCode(b)).join('');
  return btoa(raw).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
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
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}
