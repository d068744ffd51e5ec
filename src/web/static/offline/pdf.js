// A certificate's file: its facts, and its signature (PAdES B-B: CMS over the whole file) checked against certificates that are known.
// What `sealing/verify` refuses by the file's structure is refused here by what is signed: all of the file but the digits of one slot.

import { concat, sameBytes, toHex } from '../scan/bytes.js';
import { verifies } from '../scan/ed25519.js';
import { Der, INTEGER, NotDer, OCTETS, OID, SEQUENCE, SET } from './der.js';

export const MAX_BYTES = 20 * 1024 * 1024;

const DATA = '2a864886f70d010701';
const SIGNED_DATA = '2a864886f70d010702';
const CONTENT_TYPE = '2a864886f70d010903';
const MESSAGE_DIGEST = '2a864886f70d010904';
const SIGNING_CERTIFICATE = '2a864886f70d010910022f';
/** Signature algorithm, by the digest that goes with it. */
const SHA256 = '608648016503040201';
const SHA512 = '608648016503040203';
const ECDSA_SHA256 = '2a8648ce3d040302';
const ED25519 = '2b6570';
const EC_KEY = '2a8648ce3d0201';

/**
 * @typedef {object} Signer
 * @property {Uint8Array} der the certificate
 * @property {Uint8Array} issuer its issuer's name in DER
 * @property {Uint8Array} serial its serial number in DER
 * @property {Uint8Array} spki its public key
 * @property {boolean} isEd25519
 */

/** A certificate (RFC 5280, 4.1) that signatures may be by. @param {Uint8Array} der @returns {Signer} */
export function readSigner(der) {
  const outer = new Der(der);
  const certificate = outer.into(SEQUENCE);
  outer.end();
  const tbs = certificate.into(SEQUENCE);
  tbs.take(0xa0);
  const serial = tbs.next().whole;
  tbs.take(SEQUENCE);
  const issuer = tbs.next().whole;
  tbs.take(SEQUENCE);
  tbs.take(SEQUENCE);
  const { whole: spki, content } = tbs.next();
  const algorithm = toHex(new Der(content).into(SEQUENCE).take(OID));
  if (algorithm !== ED25519 && algorithm !== EC_KEY) throw new NotDer();
  return { der, issuer, serial, spki, isEd25519: algorithm === ED25519 };
}

/** Positions of a word, two at most. */
function places(text, word) {
  const first = text.indexOf(word);
  return first < 0 ? [] : [first, text.indexOf(word, first + 1)].filter((at) => at >= 0);
}

/**
 * The parts of a file that matter.
 * @param {Uint8Array} bytes
 * @returns {{isPdf: boolean, facts: object | null, slot: {before: Uint8Array, behind: Uint8Array, der: Uint8Array} | null, isSigned: boolean}}
 */
export function readFile(bytes) {
  // One character a byte, so that places in the text are places in the file.
  const text = new TextDecoder('windows-1252').decode(bytes);
  const isPdf = /^%PDF-\d\.\d/.test(text) && /%%EOF(\r\n|\n|\r)?$/.test(text.slice(-8)) && places(text, 'startxref').length === 1;
  return { isPdf: /^%PDF-/.test(text), facts: readFacts(bytes, text), slot: isPdf ? readSlot(bytes, text) : null, isSigned: text.includes('/ByteRange') };
}

/** The certificate.json that a file carries; nothing of it is checked. */
function readFacts(bytes, text) {
  const [start, more] = places(text, '{\n  "format": "yinxin-certificate/1"');
  const end = text.indexOf('\n}\n', start);
  if (start === undefined || more !== undefined || end < 0) return null;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, end + 3)));
  } catch {
    return null;
  }
}

/** The one signature's slot, if the signature covers all of the file but it. */
function readSlot(bytes, text) {
  if (places(text, '/ByteRange').length !== 1) return null;
  const [start, gap, resume, rest] = (/\/ByteRange ?\[ ?(\d+) +(\d+) +(\d+) +(\d+) *\]/.exec(text) ?? []).slice(1).map(Number);
  const isWhole = start === 0 && gap < resume && resume + rest === bytes.length;
  if (!isWhole || text[gap] !== '<' || text[resume - 1] !== '>') return null;
  const digits = text.slice(gap + 1, resume - 1);
  if (digits.length % 2 !== 0 || !/^[0-9a-f]+$/.test(digits)) return null;
  const all = Uint8Array.from(digits.match(/../g), (pair) => parseInt(pair, 16));
  try {
    const reader = new Der(all);
    const der = reader.next().whole;
    const padding = all.subarray(reader.at);
    if (padding.length >= 8 || padding.some((byte) => byte !== 0)) return null;
    return { before: bytes.subarray(0, gap), behind: bytes.subarray(resume), der };
  } catch {
    return null;
  }
}

async function digest(name, ...parts) {
  return new Uint8Array(await crypto.subtle.digest(name, concat(...parts)));
}

/** @param {Der} reader @param {string} algorithm */
function named(reader, algorithm) {
  const inner = reader.into(SEQUENCE);
  const found = toHex(inner.take(OID));
  inner.end();
  if (found !== algorithm) throw new NotDer();
}

/** The attributes of PAdES B-B, these three and no other, in the order of DER. */
function readAttributes(content) {
  const reader = new Der(content);
  const [found, wholes] = [new Map(), []];
  while (!reader.isEmpty) {
    const { tag, whole, content: inner } = reader.next();
    if (tag !== SEQUENCE) throw new NotDer();
    const attribute = new Der(inner);
    const type = toHex(attribute.take(OID));
    const values = attribute.into(SET);
    attribute.end();
    found.set(type, values.next().whole);
    values.end();
    wholes.push(toHex(whole));
  }
  const isSorted = wholes.every((one, at) => at === 0 || wholes[at - 1] < one);
  if (!isSorted || wholes.length !== 3 || found.size !== 3) throw new NotDer();
  return found;
}

/** Whether the attribute names the certificate: by its SHA-256, its issuer and its serial number (RFC 5035). */
async function namesCertificate(attribute, signer) {
  const outer = new Der(attribute);
  const list = outer.into(SEQUENCE);
  const ids = list.into(SEQUENCE);
  const id = ids.into(SEQUENCE);
  [outer, list, ids].forEach((reader) => reader.end());
  const hash = id.take(OCTETS);
  const issuerSerial = id.into(SEQUENCE);
  id.end();
  const names = issuerSerial.into(SEQUENCE);
  const issuer = names.take(0xa4);
  names.end();
  const serial = issuerSerial.next().whole;
  issuerSerial.end();
  return sameBytes(hash, await digest('SHA-256', signer.der)) && sameBytes(issuer, signer.issuer) && sameBytes(serial, signer.serial);
}

/** r and s of an ECDSA signature side by side, as WebCrypto has them. */
function sideBySide(der) {
  const outer = new Der(der);
  const pair = outer.into(SEQUENCE);
  outer.end();
  const number = () => {
    const bytes = pair.take(INTEGER);
    const isShortest = bytes.length > 0 && bytes[0] < 0x80 && !(bytes.length > 1 && bytes[0] === 0 && bytes[1] < 0x80);
    const value = bytes[0] === 0 ? bytes.subarray(1) : bytes;
    if (!isShortest || value.length > 32) throw new NotDer();
    return concat(new Uint8Array(32 - value.length), value);
  };
  const both = concat(number(), number());
  pair.end();
  return both;
}

async function isBy(signer, signature, message) {
  if (signer.isEd25519) return verifies(signer.spki.subarray(-32), signature, message);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await crypto.subtle.importKey('spki', signer.spki, algorithm, false, ['verify']);
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, sideBySide(signature), message);
}

/** The CMS object (RFC 5652), walked through its only form. @param {Uint8Array} der @param {Signer[]} signers */
function readCms(der, signers) {
  const outer = new Der(der);
  const info = outer.into(SEQUENCE);
  if (toHex(info.take(OID)) !== SIGNED_DATA) throw new NotDer();
  const wrapped = info.into(0xa0);
  const data = wrapped.into(SEQUENCE);
  [outer, info, wrapped].forEach((reader) => reader.end());
  const version = (reader) => {
    if (toHex(reader.take(INTEGER)) !== '01') throw new NotDer();
  };
  version(data);
  const digests = data.take(SET);
  const content = data.into(SEQUENCE);
  if (toHex(content.take(OID)) !== DATA) throw new NotDer();
  content.end();
  const certificate = data.take(0xa0);
  const infos = data.into(SET);
  const info1 = infos.into(SEQUENCE);
  [data, infos].forEach((reader) => reader.end());
  const signer = signers.find((one) => sameBytes(one.der, certificate));
  if (!signer) return null;
  version(info1);
  if (!sameBytes(info1.take(SEQUENCE), concat(signer.issuer, signer.serial))) throw new NotDer();
  const [hash, algorithm] = signer.isEd25519 ? [SHA512, ED25519] : [SHA256, ECDSA_SHA256];
  const listed = new Der(digests);
  named(listed, hash);
  listed.end();
  named(info1, hash);
  const { tag, whole, content: attributes } = info1.next();
  if (tag !== 0xa0) throw new NotDer();
  named(info1, algorithm);
  const signature = info1.take(OCTETS);
  info1.end();
  // The signature is over the attributes as SET OF (RFC 5652, 5.4).
  return { signer, signature, attributes: readAttributes(attributes), message: concat([SET], whole.subarray(1)) };
}

/**
 * What the signature of a file proves.
 * @param {ReturnType<typeof readFile>} file
 * @param {Signer[]} signers
 * @returns {Promise<'good' | 'none' | 'form' | 'stranger' | 'changed' | 'wrong'>} `changed`: a known certificate signed other bytes;
 *   `wrong`: it did not sign
 */
export async function checkSignature(file, signers) {
  if (!file.slot) return file.isSigned ? 'form' : 'none';
  const { before, behind, der } = file.slot;
  try {
    const cms = readCms(der, signers);
    if (!cms) return 'stranger';
    const { signer, attributes } = cms;
    const type = new Der(attributes.get(CONTENT_TYPE) ?? new Uint8Array());
    const stated = new Der(attributes.get(MESSAGE_DIGEST) ?? new Uint8Array());
    const isBound = await namesCertificate(attributes.get(SIGNING_CERTIFICATE) ?? new Uint8Array(), signer);
    if (toHex(type.take(OID)) !== DATA || !isBound) return 'wrong';
    if (!(await isBy(signer, cms.signature, cms.message))) return 'wrong';
    const found = await digest(signer.isEd25519 ? 'SHA-512' : 'SHA-256', before, behind);
    return sameBytes(stated.take(OCTETS), found) ? 'good' : 'changed';
  } catch (error) {
    if (error instanceof NotDer) return 'form';
    throw error;
  }
}
