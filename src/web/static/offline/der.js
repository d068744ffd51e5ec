// DER (X.690) in its one form: definite lengths in the fewest bytes, nothing left over.

export class NotDer extends Error {}

/** Reads objects from the front of some bytes. */
export class Der {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  /** The next object with its head. @returns {{tag: number, whole: Uint8Array, content: Uint8Array}} */
  next() {
    const { bytes, at } = this;
    const [tag, short] = [bytes[at], bytes[at + 1]];
    if (short === undefined || (tag & 0x1f) === 0x1f) throw new NotDer();
    let [length, head] = [short, 2];
    if (short >= 0x80) {
      const digits = short & 0x7f;
      if (digits < 1 || digits > 3 || at + 2 + digits > bytes.length) throw new NotDer();
      length = bytes.subarray(at + 2, at + 2 + digits).reduce((sum, byte) => sum * 256 + byte, 0);
      if (length < 0x80 || length < 256 ** (digits - 1)) throw new NotDer();
      head += digits;
    }
    const end = at + head + length;
    if (end > bytes.length) throw new NotDer();
    this.at = end;
    return { tag, whole: bytes.subarray(at, end), content: bytes.subarray(at + head, end) };
  }

  /** The content of the next object, which has this tag. */
  take(tag) {
    const next = this.next();
    if (next.tag !== tag) throw new NotDer();
    return next.content;
  }

  /** A reader of the content of the next object. */
  into(tag) {
    return new Der(this.take(tag));
  }

  get isEmpty() {
    return this.at === this.bytes.length;
  }

  /** Nothing may follow. */
  end() {
    if (!this.isEmpty) throw new NotDer();
  }
}

export const SEQUENCE = 0x30;
export const SET = 0x31;
export const INTEGER = 0x02;
export const OCTETS = 0x04;
export const OID = 0x06;
