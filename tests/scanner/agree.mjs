// The scanner's own modules, run by node: what it says of each text, and its whole table of GB 18030.
// Standard input: {modules, keys, texts, headings?, without?, old?}; standard output: {verdicts, table}.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const asked = JSON.parse(readFileSync(0, 'utf8'));
if (asked.without) {
  // A browser without Ed25519.
  const known = crypto.subtle.importKey.bind(crypto.subtle);
  crypto.subtle.importKey = (form, key, algorithm, ...rest) =>
    algorithm?.name === 'Ed25519' ? Promise.reject(new DOMException('unknown', 'NotSupportedError')) : known(form, key, algorithm, ...rest);
}
if (asked.old) {
  // A browser with the edition of 2005: 18 characters stand in the private use area.
  const places = [0xfe10, 0xfe12, 0xfe11, 0xfe13, 0xfe14, 0xfe15, 0xfe16, 0xfe17, 0xfe18, 0xfe19, 0x9fb4, 0x9fb5, 0x9fb6, 0x9fb7, 0x9fb8, 0x9fb9, 0x9fba, 0x9fbb];
  const before = [0xe78d, 0xe78e, 0xe78f, 0xe790, 0xe791, 0xe792, 0xe793, 0xe794, 0xe795, 0xe796, 0xe81e, 0xe826, 0xe82b, 0xe82c, 0xe832, 0xe843, 0xe854, 0xe864];
  const decode = TextDecoder.prototype.decode;
  TextDecoder.prototype.decode = function old(bytes) {
    const text = decode.call(this, bytes);
    if (this.encoding !== 'gb18030') return text;
    const swap = (c) => {
      const at = places.indexOf(c.codePointAt(0));
      return at < 0 || bytes.length === 4 ? c : String.fromCodePoint(before[at]);
    };
    return Array.from(text, swap).join('');
  };
}

const load = (name) => import(pathToFileURL(`${asked.modules}/scan/${name}`).href);
const [{ check }, { readKeys }, { readHeadings }, { fromGb, gbLength }, { engine }] = await Promise.all(
  ['proof.js', 'states.js', 'heading.js', 'gb18030.js', 'ed25519.js'].map(load),
);
const { native } = await engine();
const { proof } = await readKeys(asked.keys);
const headings = await readHeadings(asked.headings);
const verdicts = [];
for (const text of asked.texts) {
  const { verdict, facts, issuer } = await check(text, proof, headings);
  verdicts.push(facts ? [verdict, facts.kind, facts.number, facts.holder, facts.achievement, facts.programme, facts.issuedOn, issuer.name].join('|') : verdict);
}
// How long each character is in GB 18030, and what each form of two and four bytes means: one hexadecimal digit, one character.
let lengths = '';
for (let char = 0; char <= 0x10ffff; char += 1) if (char < 0xd800 || char > 0xdfff) lengths += gbLength(String.fromCodePoint(char)) ?? 0;
const forms = (asked.forms ?? []).map((hex) => fromGb(Uint8Array.from(Buffer.from(hex, 'hex'))));

// Signatures by a key of ours whose R has a part of small order, or is of small order alone: for each, what the scanner says.
const { verifies } = await load('ed25519.js');
const { Point, etc } = await import(pathToFileURL(`${asked.modules}/vendor/noble-ed25519/index.js`).href);
const order = Point.CURVE().n;
const little = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
const bytes32 = (value) => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());
const eighth = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
const secret = 0x1234567890abcdefn;
const key = Point.BASE.multiply(secret).toBytes();
const signatures = [];
for (let torsion = 0n; torsion < 8n; torsion += 1n) {
  for (const nonce of [0n, 1n, 77n]) {
    for (const beyond of [0n, order]) {
      const message = Uint8Array.of(Number(torsion), Number(nonce));
      const r = Point.BASE.multiply(nonce, false).add(eighth.multiply(torsion, false)).toBytes();
      const k = little(new Uint8Array(await crypto.subtle.digest('SHA-512', etc.concatBytes(r, key, message)))) % order;
      const signature = etc.concatBytes(r, bytes32(((nonce + k * secret) % order) + beyond));
      const hex = [key, signature, message].map((part) => Buffer.from(part).toString('hex'));
      signatures.push([...hex, await verifies(key, signature, message)]);
    }
  }
}
process.stdout.write(JSON.stringify({ verdicts, native, lengths, forms, signatures }));
