// The proof in a certificate's QR code, checked as `sealing/proof.rs` checks it: the same texts are read, the same refused, for the same
// reasons. Nothing here asks the network.

import { concat, fromDigits, toHex } from './bytes.js';
import { isName, isNumber } from './canonical.js';
import { cborBytes, cborHead, cborText } from './cbor.js';
import { verifies } from './ed25519.js';
import { fromGb, gbLength } from './gb18030.js';
import { numberUnder } from './heading.js';

/** More digits than any QR code holds. */
const MAX_DIGITS = 7089;
const DAY_MS = 86_400_000;
const SIGNATURE_BYTES = 64;
const DIGEST_BYTES = 16;
const MARK_BYTES = 4;
/** The first byte of the short form: the name in UTF-8, or in GB 18030. */
const [SHORT, SHORT_GB] = [0x20, 0x21];

/**
 * @typedef {object} Facts
 * @property {'award' | 'ability'} kind
 * @property {string} number
 * @property {string} holder
 * @property {string} achievement
 * @property {string} programme
 * @property {number} days since 1970-01-01
 * @property {string} issuedOn ISO 8601
 * @property {Uint8Array} [digest] the beginning of the claims' digest, which the long form alone has
 */

/**
 * @typedef {object} ProofKey
 * @property {string} kid lower-case hexadecimal digits
 * @property {Uint8Array} key
 * @property {{name: string, nameEn: string}} issuer
 */

/**
 * What a text proves. `verdict` is `proven`, or the step at which the text fails. `unknown_heading` is no word against it: what it needs is
 * not at hand.
 * @param {string} text what a code said, or what was pasted: the whole address in any case, or the digits alone
 * @param {ProofKey[]} keys
 * @param {import('./heading.js').Headings} headings
 * @returns {Promise<{verdict: 'not_a_token' | 'digits' | 'form' | 'unknown_heading' | 'unknown_key' | 'signature'} | {verdict: 'proven', facts: Facts, issuer: ProofKey['issuer']}>}
 */
export async function check(text, keys, headings) {
  const digits = digitsOf(text);
  if (digits === null) return { verdict: 'not_a_token' };
  const bytes = fromDigits(digits);
  if (bytes === null) return { verdict: 'digits' };
  const parts = unpack(bytes);
  if (parts === null) return { verdict: 'form' };
  if (parts.mark !== undefined && !headings.has(parts.mark)) return { verdict: 'unknown_heading' };
  const stated = parts.mark === undefined ? [parts] : under(headings.get(parts.mark), parts);
  if (stated.length === 0) return { verdict: 'form' };
  // Names and marks are short; keys and headings that share one are tried one after the other.
  const candidates = stated.flatMap(({ kid, facts }) => keys.filter((key) => key.kid === kid).map((key) => ({ ...key, facts })));
  if (candidates.length === 0) return { verdict: 'unknown_key' };
  for (const { key, issuer, facts } of candidates) {
    if (await verifies(key, parts.signature, signedBytes(facts))) return { verdict: 'proven', facts, issuer };
  }
  return { verdict: 'signature' };
}

/** What a short code states with each of the headings that it may have. @param {import('./heading.js').Heading[]} headings */
function under(headings, { varying, holder }) {
  const stated = headings.map((heading) => {
    const { kid, kind, achievement, programme, days, issuedOn } = heading;
    return { kid, facts: { kind, number: numberUnder(heading, varying), holder, achievement, programme, days, issuedOn } };
  });
  return stated.filter(({ facts }) => facts.number !== null);
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

/** The packed forms: `sealing/proof/packed.rs`, and docs/qr-code.md. @param {Uint8Array} bytes */
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
  if (form === SHORT || form === SHORT_GB) return unpackShort(front, form === SHORT_GB);
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

/** What the list's headings do not have: mark, number, name, signature. @param {Front} front @param {boolean} isGb */
function unpackShort(front, isGb) {
  const mark = toHex(front.take(MARK_BYTES));
  const [high, middle, low] = front.take(3);
  const holder = textOf(front.take(Math.max(0, front.rest.length - SIGNATURE_BYTES)), isGb);
  const signature = front.take(SIGNATURE_BYTES);
  if (holder === null || !isName(holder)) return null;
  return { mark, varying: (high << 16) | (middle << 8) | low, holder, signature };
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

/** The length, with 128 added where the text is in GB 18030; then the text. @param {Front} front */
function takeText(front) {
  const [length] = front.take(1);
  return textOf(front.take(length & 0x7f), (length & 0x80) !== 0);
}

/** UTF-8, or GB 18030 where and only where that is shorter; null for any other spelling. @param {Uint8Array} bytes @param {boolean} isGb */
function textOf(bytes, isGb) {
  if (isGb) {
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

/** Deterministic CBOR of `domain/qr_claims.rs`: an array of eight, and of the short form, which has no digest, of seven. @param {Facts} facts */
export function claimsBytes({ number, kind, holder, achievement, programme, days, digest }) {
  const [head, tail] = digest === undefined ? [[0x87, 0x02], []] : [[0x88, 0x01], cborBytes(digest)];
  const texts = [holder, achievement, programme].map(cborText);
  return concat(head, cborText(number), [kind === 'award' ? 0 : 1], ...texts, cborHead(0, days), tail);
}
