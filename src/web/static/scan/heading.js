// Headings: what many certificates have in common, published in the signed list, so that their codes need not carry it.
// `domain/heading.rs`; docs/qr-code.md describes them.

import { concat, toHex } from './bytes.js';
import { isNumber } from './canonical.js';
import { cborBytes, cborHead, cborText } from './cbor.js';

const DAY_MS = 86_400_000;
const MARK_BYTES = 4;
const MOST_DIGITS = 7;
const KINDS = ['award', 'ability'];

/**
 * @typedef {object} Heading
 * @property {string} kid of the proof key, in lower-case hexadecimal digits
 * @property {'award' | 'ability'} kind
 * @property {string} before what stands before the digits that differ
 * @property {number} width how many digits of the number differ
 * @property {string} after what stands behind them
 * @property {string} achievement
 * @property {string} programme
 * @property {number} days since 1970-01-01
 * @property {string} issuedOn ISO 8601
 */

/** Headings by their mark, in hexadecimal digits: several may share one. @typedef {Map<string, Heading[]>} Headings */

/** Where only the longer form of a proof counts. @type {Headings} */
export const NO_HEADINGS = new Map();

/**
 * The list's member `headings`. A list that has none says nothing of short codes.
 * @param {unknown} member
 * @returns {Promise<Headings | null>} null if it is not what it should be
 */
export async function readHeadings(member) {
  if (member === undefined) return NO_HEADINGS;
  const headings = Array.isArray(member) ? member.map(readHeading) : [null];
  if (headings.includes(null)) return null;
  const marks = await Promise.all(headings.map(markOf));
  const byMark = new Map();
  marks.forEach((mark, at) => {
    if (byMark.has(mark)) byMark.get(mark).push(headings[at]);
    else byMark.set(mark, [headings[at]]);
  });
  return byMark;
}

/** One heading of eight members, or null. @param {unknown} entry @returns {Heading | null} */
function readHeading(entry) {
  if (!Array.isArray(entry) || entry.length !== 8) return null;
  const [kid, kind, before, width, after, achievement, programme, issuedOn] = entry;
  const areTexts = [kid, kind, before, after, achievement, programme, issuedOn].every((text) => typeof text === 'string');
  if (!areTexts || !Number.isInteger(width) || width < 0 || width > MOST_DIGITS) return null;
  const days = daysOf(issuedOn);
  const isRight = /^[0-9a-f]{8}$/.test(kid) && KINDS.includes(kind) && isNumber(before + '0'.repeat(width) + after) && days !== null;
  return isRight ? { kid, kind, before, width, after, achievement, programme, days, issuedOn } : null;
}

/** Days since 1970-01-01 until a day in ISO 8601, or null for no such day. @param {string} day */
function daysOf(day) {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return null;
  const days = Date.parse(`${day}T00:00:00Z`) / DAY_MS;
  return days >= 0 && new Date(days * DAY_MS).toISOString().startsWith(day) ? days : null;
}

/** @param {Heading} heading */
async function markOf({ kid, kind, before, width, after, achievement, programme, days }) {
  const key = Uint8Array.from(kid.match(/../g), (pair) => parseInt(pair, 16));
  const number = [cborText(before), [width], cborText(after)];
  const named = concat([0x89, 0x01], cborBytes(key), [KINDS.indexOf(kind)], ...number, cborText(achievement), cborText(programme), cborHead(0, days));
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', named)).subarray(0, MARK_BYTES));
}

/**
 * Where the digits stand that a number's code carries: the last seven, or fewer, of the longest run, of two as long the later.
 * @param {string} number
 * @returns {[number, number]} from and to
 */
function digitsIn(number) {
  let [from, to] = [number.length, number.length];
  for (const { index, 0: run } of number.matchAll(/[0-9]+/g)) if (run.length >= to - from) [from, to] = [index, index + run.length];
  return [Math.max(from, to - MOST_DIGITS), to];
}

/**
 * The certificate's number under a heading, or null where the digits do not fit, or the heading is not the one that such a number has.
 * @param {Heading} heading
 * @param {number} varying
 */
export function numberUnder({ before, width, after }, varying) {
  if (varying >= 10 ** width) return null;
  const number = before + (width === 0 ? '' : String(varying).padStart(width, '0')) + after;
  const [from, to] = digitsIn(number);
  return from === before.length && to - from === width ? number : null;
}
