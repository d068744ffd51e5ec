// Ed25519 as strictly as the server checks it (ed25519-dalek's `verify_strict`): no point of small order, no second form of anything, and
// the equation without the cofactor. WebCrypto where the browser has Ed25519, otherwise the arithmetic of @noble/ed25519.

import { concat, sameBytes, toHex } from './bytes.js';

/** The order of the group, RFC 8032, 5.1. */
const ORDER = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn;
const P = 2n ** 255n - 19n;

/** y of the points of order 1, 2, 4 and 8, either sign of x. */
const SMALL_ORDER_Y = new Set([
  1n, P - 1n, 0n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
]);

/** @typedef {(key: Uint8Array, signature: Uint8Array, message: Uint8Array) => Promise<boolean>} Verify */

/** @param {Uint8Array} bytes */
function littleEndian(bytes) {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}

/** Whether 32 bytes are the one form of a point's y, and not of a point of small order. */
function isFit(point) {
  const y = littleEndian(point) & ((1n << 255n) - 1n);
  return y < P && !SMALL_ORDER_Y.has(y);
}

/** @type {Verify} */
async function byWebCrypto(key, signature, message) {
  const held = await crypto.subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'Ed25519' }, held, signature, message);
}

/** @type {Verify} */
async function byArithmetic(key, signature, message) {
  const { Point } = await import('../vendor/noble-ed25519/index.js');
  const [r, s] = [signature.subarray(0, 32), littleEndian(signature.subarray(32))];
  const hashed = await crypto.subtle.digest('SHA-512', concat(r, key, message));
  const k = littleEndian(new Uint8Array(hashed)) % ORDER;
  try {
    const point = Point.BASE.multiply(s, false).add(Point.fromBytes(key).negate().multiply(k, false));
    return sameBytes(point.toBytes(), r);
  } catch {
    // The key is no point.
    return false;
  }
}

/** Whether the browser itself knows Ed25519: asked with the first vector of RFC 8032, 7.1, and one whose last bit differs. */
async function browserKnows() {
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const key = bytes('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
  const good = bytes(
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  );
  const bad = good.map((byte, at) => (at === 63 ? byte ^ 1 : byte));
  try {
    return (await byWebCrypto(key, good, new Uint8Array())) && !(await byWebCrypto(key, bad, new Uint8Array()));
  } catch {
    return false;
  }
}

/** @type {Promise<Verify> | undefined} */
let chosen;

/** Which way this browser goes; found once. @returns {Promise<{verify: Verify, native: boolean}>} */
export async function engine() {
  chosen ??= browserKnows();
  const native = await chosen;
  return { verify: native ? byWebCrypto : byArithmetic, native };
}

/**
 * @param {Uint8Array} key 32 bytes
 * @param {Uint8Array} signature 64 bytes
 * @param {Uint8Array} message
 * @returns {Promise<boolean>}
 */
export async function verifies(key, signature, message) {
  if (key.length !== 32 || signature.length !== 64) return false;
  if (!isFit(key) || !isFit(signature.subarray(0, 32)) || littleEndian(signature.subarray(32)) >= ORDER) return false;
  return (await engine()).verify(key, signature, message);
}
