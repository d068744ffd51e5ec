// What a file or a code is, by what the export knows: its keys, its certificates' files, and which of them do not stand.

import { fromBase64Url, sameBytes } from '../scan/bytes.js';
import { NO_HEADINGS, readHeadings } from '../scan/heading.js';
import { check } from '../scan/proof.js';
import { readKeys } from '../scan/states.js';
import { MAX_BYTES, checkSignature, readFile, readSigner } from './pdf.js';

/** Bytes of a record: the beginning of the number's digest, and the file's digest. */
const NAME = 8;
const RECORD = NAME + 32;

function fromBase64(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** What the page carries, ready to be asked. */
export class Export {
  /** @param {object} packed the page's data */
  static async open(packed) {
    const all = new Export();
    all.issuer = packed.issuer;
    all.madeAt = packed.made_at;
    all.fallen = packed.fallen;
    all.keys = (await readKeys(packed.keys)).proof;
    all.headings = await readHeadings(packed.headings);
    if (all.headings === null) throw new Error('the headings cannot be read');
    all.signers = packed.signers.map((one) => readSigner(fromBase64(one)));
    all.records = fromBase64(packed.records);
    return all;
  }

  /** The digest of the file that a number's certificate has here, or null. @param {string} number */
  async fileOf(number) {
    const name = (await sha256(new TextEncoder().encode(number))).subarray(0, NAME);
    const view = (at) => new DataView(this.records.buffer, at * RECORD).getBigUint64(0);
    const wanted = new DataView(name.buffer, name.byteOffset).getBigUint64(0);
    let [low, high] = [0, this.records.length / RECORD];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (view(middle) < wanted) low = middle + 1;
      else high = middle;
    }
    if (low * RECORD >= this.records.length || view(low) !== wanted) return null;
    return this.records.subarray(low * RECORD + NAME, (low + 1) * RECORD);
  }

  /** How a certificate that is here stood on the day of the export. @param {string} number */
  stateOf(number) {
    return this.fallen[number] ?? { code: 'valid' };
  }
}

/**
 * @param {string} text what a code says
 * @param {Export} all
 */
export async function judgeCode(text, all) {
  const found = await check(text, all.keys, all.headings);
  if (found.verdict !== 'proven') return { kind: 'code', verdict: found.verdict, text };
  const isListed = (await all.fileOf(found.facts.number)) !== null;
  return { kind: 'code', verdict: isListed ? 'listed' : 'unlisted', facts: found.facts, state: isListed ? all.stateOf(found.facts.number) : null };
}

/** The facts that a file states, if they are proven; and the number that it claims to have. */
async function factsOf(stated, keys) {
  const claimed = typeof stated?.number === 'string' ? stated.number : null;
  const claims = fromBase64Url(stated?.claims);
  if (!claims || typeof stated.proof !== 'string') return { claimed, facts: null };
  // A file carries the longer form, whose digest is that of its claims.
  const found = await check(stated.proof, keys, NO_HEADINGS);
  const isProven =
    found.verdict === 'proven' && found.facts.number === claimed && sameBytes((await sha256(claims)).subarray(0, 16), found.facts.digest);
  return { claimed, facts: isProven ? found.facts : null };
}

/**
 * @param {Uint8Array} bytes a PDF file
 * @param {Export} all
 */
export async function judgeFile(bytes, all) {
  if (bytes.length > MAX_BYTES) return { kind: 'file', verdict: 'too_large' };
  const file = readFile(bytes);
  if (!file.isPdf) return { kind: 'file', verdict: 'not_pdf' };
  const { claimed, facts } = await factsOf(file.facts, all.keys);
  const signature = await checkSignature(file, all.signers);
  const recorded = claimed === null ? null : await all.fileOf(claimed);
  const isSame = recorded !== null && sameBytes(recorded, await sha256(bytes));
  const checks = { signature: signature === 'good', proof: facts !== null, record: isSame };
  const answer = (verdict) => ({ kind: 'file', verdict, facts, number: claimed, checks, state: verdict === 'listed' ? all.stateOf(claimed) : null });
  if (isSame && checks.signature && checks.proof) return answer('listed');
  if (recorded === null && checks.signature && checks.proof) return answer('unlisted');
  // Something of it is this issuer's, or says that it is.
  const isOurs = claimed !== null || !['none', 'form', 'stranger'].includes(signature);
  return answer(isOurs ? 'altered' : 'foreign');
}
