// The keys and the signed list of states: read from what the server publishes, trusted only as far as they say what they must.

import { fromBase64Url, toHex } from './bytes.js';
import { verifies } from './ed25519.js';
import { readHeadings } from './heading.js';

/** How the list names a number: by so many bytes of its SHA-256. */
const HASH = 'sha-256/8';
const PREFIX_BYTES = 8;
const LIST_TYPE = 'yinxin-revocations+jwt';

/**
 * The keys of a JSON Web Key Set (RFC 7517, RFC 8037): those that prove certificates, and those that sign the list.
 * @param {unknown} set
 * @returns {Promise<{proof: import('./proof.js').ProofKey[], statement: Map<string, Uint8Array>}>}
 */
export async function readKeys(set) {
  const keys = { proof: [], statement: new Map() };
  for (const entry of set?.keys ?? []) {
    const key = fromBase64Url(entry?.x);
    if (entry?.kty !== 'OKP' || entry.crv !== 'Ed25519' || entry.alg !== 'EdDSA' || key?.length !== 32 || typeof entry.kid !== 'string') continue;
    if (entry.yinxin_use === 'statement') keys.statement.set(entry.kid, key);
    if (entry.yinxin_use !== 'proof') continue;
    // A proof names its key by the first four bytes of its digest: a set that says otherwise is wrong there.
    const named = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', key)).subarray(0, 4));
    const { issuer_name: name, issuer_name_en: nameEn = '' } = entry;
    if (entry.kid === named && name) keys.proof.push({ kid: named, key, issuer: { name, nameEn } });
  }
  return keys;
}

/**
 * The signed list (JWS in its compact form, RFC 7515), or null if a statement key has not signed it or it is not what it should be.
 * @param {string} jws
 * @param {Map<string, Uint8Array>} statementKeys
 * @returns {Promise<{issuedAt: number, nextUpdate: number, revoked: Uint8Array, corrected: Uint8Array, headings: import('./heading.js').Headings} | null>} instants in milliseconds
 */
export async function readList(jws, statementKeys) {
  const [head, body, tail, ...more] = jws.trim().split('.');
  const [signature, header, payload] = [fromBase64Url(tail), json(head), json(body)];
  const key = statementKeys.get(header?.kid);
  // Exactly these members: one more might change what the others mean (RFC 7515, 4.1.11); another `typ` was signed for another purpose.
  const written = header?.alg === 'EdDSA' && header.typ === LIST_TYPE && Object.keys(header).length === 3;
  if (more.length > 0 || !signature || !written || !key) return null;
  if (!(await verifies(key, signature, new TextEncoder().encode(`${head}.${body}`)))) return null;
  const { iat, next_update: next, hash, counts } = payload ?? {};
  const [revoked, corrected] = [fromBase64Url(payload?.revoked), fromBase64Url(payload?.corrected)];
  if (hash !== HASH || !Number.isSafeInteger(iat) || !Number.isSafeInteger(next) || iat >= next) return null;
  if (!isSorted(revoked, counts?.revoked) || !isSorted(corrected, counts?.corrected)) return null;
  const headings = await readHeadings(payload.headings);
  return headings && { issuedAt: iat * 1000, nextUpdate: next * 1000, revoked, corrected, headings };
}

/** Entry number `at`, as a number. @param {Uint8Array} list */
function entry(list, at) {
  return new DataView(list.buffer, list.byteOffset).getBigUint64(at * PREFIX_BYTES);
}

/** Whether some bytes are so many whole entries in ascending order. @param {Uint8Array | null} list @param {number} count */
function isSorted(list, count) {
  if (list?.length !== count * PREFIX_BYTES) return false;
  const view = new DataView(list.buffer, list.byteOffset);
  let before = -1n;
  for (let at = 0; at < list.length; at += PREFIX_BYTES) {
    const next = view.getBigUint64(at);
    if (next <= before) return false;
    before = next;
  }
  return true;
}

function json(part) {
  try {
    const bytes = fromBase64Url(part);
    return bytes ? JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) : null;
  } catch {
    return null;
  }
}

/** How far the clock of a device may be behind the server's. */
const CLOCK_SLACK_MS = 5 * 60_000;

/**
 * What the list says of a number. A number that a list names is no longer good however old the list; one that it does not name was good
 * when the list was made.
 * @param {Awaited<ReturnType<typeof readList>>} list
 * @param {string} number
 * @param {number} now in milliseconds
 * @returns {Promise<'revoked' | 'corrected' | 'unlisted' | 'missing' | 'outdated' | 'clock'>}
 */
export async function stateOf(list, number, now) {
  if (!list) return 'missing';
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(number));
  const prefix = new Uint8Array(digest).subarray(0, PREFIX_BYTES);
  if (has(list.revoked, prefix)) return 'revoked';
  if (has(list.corrected, prefix)) return 'corrected';
  return { fresh: 'unlisted', old: 'outdated', ahead: 'clock' }[ageOf(list, now)];
}

/** Whether a list still stands; `ahead` if it was made after now: one of the clocks is wrong. @returns {'fresh' | 'old' | 'ahead'} */
export function ageOf(list, now) {
  if (now >= list.nextUpdate) return 'old';
  return now + CLOCK_SLACK_MS < list.issuedAt ? 'ahead' : 'fresh';
}

/** Binary search among sorted entries. @param {Uint8Array} list @param {Uint8Array} prefix */
function has(list, prefix) {
  const wanted = entry(prefix, 0);
  let [low, high] = [0, list.length / PREFIX_BYTES];
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = entry(list, middle);
    if (found === wanted) return true;
    if (found < wanted) low = middle + 1;
    else high = middle;
  }
  return false;
}
