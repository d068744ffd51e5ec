// The proof in a certificate's QR code, checked as `sealing/proof.rs` checks it: the same texts are read, the same refused, for the same
// reasons. Nothing here asks the network.

import { concat, fromDigits, toHex } from './bytes.js';
import { isName, isNumber } from './canonical.js';
import { verifies } from './ed25519.js';
import { fromGb, gbLength } from './gb18030.js';

/** More digits than any QR code holds. */
const MAX_DIGITS = 7089;
const DAY_MS = 86_400_000;
const SIGNATURE_BYTES = 64;
const DIGEST_BYTES = 16;

/**
 * @typedef {object} Facts
 * @property {'award' | 'ability'} kind
 * @property {string} number
 * @property {string} holder
 * @property {string} achievement
 * @property {string} programme
 * @property {number} days since 1970-01-01
 * @property {string} issuedOn ISO 8601
 * @property {Uint8Array} digest
 */

/**
 * @typedef {object} ProofKey
 * @property {string} kid lower-case hexadecimal digits
 * @property {Uint8Array} key
 * @property {{name: string, nameEn: string}} issuer
 */

/**
 * What a text proves. `verdict` is `proven`, or the step at which the text fails.
 * @param {string} text what a code said, or what was pasted: the whole address in any case, or the digits alone
 * @param {ProofKey[]} keys
 * @returns {Promise<{verdict: 'not_a_token' | 'digits' | 'form' | 'unknown_key' | 'signature'} | {verdict: 'proven', facts: Facts, issuer: ProofKey['issuer']}>}
 */
export async function check(text, keys) {
  const digits = digitsOf(text);
  if (digits === null) return { verdict: 'not_a_token' };
  const bytes = fromDigits(digits);
  if (bytes === null) return { verdict: 'digits' };
  const parts = unpack(bytes);
  if (parts === null) return { verdict: 'form' };
  // The name is short; keys that share it are tried one after the other.
  const candidates = keys.filter((key) => key.kid === parts.kid);
  if (candidates.length === 0) return { verdict: 'unknown_key' };
  const signed = signedBytes(parts.facts);
  for (const { key, issuer } of candidates) {
    if (await verifies(key, parts.signature, signed)) return { verdict: 'proven', facts: parts.facts, issuer };
  }
  return { verdict: 'signature' };
}

/**
 * The digits of an address `…/Q/DIGITS`, or digits alone; white space may stand among them.
 * @param {string} text
 */
export function digitsOf(text) {
  const trimmed = text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
  const at = trimmed.replace(/q/g, 'Q').lastIndexOf('/Q/');
  const digits = trimmed.slice(at < 0 ? 0 : at + 3).replace(/[ \t\n\f\r]/g, '');
  return digits.length <= MAX_DIGITS && /^[0-9]+$/.test(digits) ? digits : null;
}

/** Reads from the front of some bytes; `null` once they are too short. */
class Front {
  constructor(bytes) {
    this.rest = bytes;
  }

  take(count) {
    if (this.rest.length < count) throw new TooShort();
    const head = this.rest.subarray(0, count);
    this.rest = this.rest.subarray(count);
    return head;
  }
}

class TooShort extends Error {}

/** The packed form of `sealing/proof/packed.rs`. @param {Uint8Array} bytes */
function unpack(bytes) {
  try {
    return unpackFrom(new Front(bytes));
  } catch (error) {
    if (error instanceof TooShort) return null;
    throw error;
  }
}

/** @param {Front} front */
function unpackFrom(front) {
  const [form] = front.take(1);
  if (form !== 0x10 && form !== 0x11) return null;
  const kid = toHex(front.take(4));
  const [high, low] = front.take(2);
  const days = (high << 8) | low;
  const digest = front.take(DIGEST_BYTES);
  const number = takeNumber(front);
  if (number === null) return null;
  const texts = [takeText(front), takeText(front), takeText(front)];
  const signature = front.take(SIGNATURE_BYTES);
  const [holder, achievement, programme] = texts;
  if (front.rest.length > 0 || texts.includes(null) || !isName(holder)) return null;
  const issuedOn = new Date(days * DAY_MS).toISOString().slice(0, 10);
  const kind = form === 0x10 ? 'award' : 'ability';
  return { kid, signature, facts: { kind, number, holder, achievement, programme, days, issuedOn, digest } };
}

/** Each three characters as a number to base 36 in two bytes, a rest of two in two, of one in one. @param {Front} front */
function takeNumber(front) {
  let [left] = front.take(1);
  let text = '';
  while (left > 0) {
    const count = Math.min(left, 3);
    const value = front.take(count === 1 ? 1 : 2).reduce((sum, byte) => sum * 256 + byte, 0);
    if (value >= 36 ** count) return null;
    text += value.toString(36).toUpperCase().padStart(count, '0');
    left -= count;
  }
  return isNumber(text) ? text : null;
}

/** UTF-8, or, with 128 added to its length, GB 18030 where and only where that is shorter. @param {Front} front */
function takeText(front) {
  const [length] = front.take(1);
  const bytes = front.take(length & 0x7f);
  if (length & 0x80) {
    const text = fromGb(bytes);
    return text !== null && bytes.length < new TextEncoder().encode(text).length ? text : null;
  }
  const text = fromUtf8(bytes);
  if (text === null) return null;
  const shorter = gbLength(text);
  return shorter !== null && shorter < bytes.length ? null : text;
}

function fromUtf8(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** What is signed: the Sig_structure of COSE_Sign1 (RFC 9052, 4.4) over the claims. @param {Facts} facts */
export function signedBytes(facts) {
  return concat([0x84], cborText('Signature1'), [0x43, 0xa1, 0x01, 0x27, 0x40], cborBytes(claimsBytes(facts)));
}

/** Deterministic CBOR of `domain/qr_claims.rs`: an array of eight. @param {Facts} facts */
export function claimsBytes({ number, kind, holder, achievement, programme, days, digest }) {
  const texts = [holder, achievement, programme].map(cborText);
  return concat([0x88, 0x01], cborText(number), [kind === 'award' ? 0 : 1], ...texts, cborHead(0, days), cborBytes(digest));
}

/** RFC 8949, 3: major type and argument in the fewest bytes. */
function cborHead(major, value) {
  const type = major << 5;
  if (value < 24) return [type | value];
  if (value < 0x100) return [type | 24, value];
  return [type | 25, value >> 8, value & 0xff];
}

function cborText(text) {
  const bytes = new TextEncoder().encode(text);
  return concat(cborHead(3, bytes.length), bytes);
}

function cborBytes(bytes) {
  return concat(cborHead(2, bytes.length), bytes);
}
