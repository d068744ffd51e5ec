// Deterministic CBOR (RFC 8949, 4.2.1) of what proofs and headings are made of: numbers, texts and byte strings.

import { concat } from './bytes.js';

/** RFC 8949, 3: major type and argument in the fewest bytes. @param {number} major @param {number} value below 2³² */
export function cborHead(major, value) {
  const type = major << 5;
  if (value < 24) return [type | value];
  if (value < 0x100) return [type | 24, value];
  if (value < 0x10000) return [type | 25, value >> 8, value & 0xff];
  return [type | 26, value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];
}

/** @param {string} text */
export function cborText(text) {
  const bytes = new TextEncoder().encode(text);
  return concat(cborHead(3, bytes.length), bytes);
}

/** @param {Uint8Array} bytes */
export function cborBytes(bytes) {
  return concat(cborHead(2, bytes.length), bytes);
}
