// What a certificate's number and a person's name look like in their one spelling: `domain/number.rs`, `domain/name.rs`, `domain/text.rs`.

/** @param {string} text */
export function isNumber(text) {
  return /^[A-Z0-9]{6,32}$/.test(text);
}

const HAN = '\\u3005\\u3007\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}';
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/u;
/** White space other than single spaces between words. */
const UNTIDY_SPACE = /^ | $| {2}|(?! )\p{White_Space}/u;
/** Full-width forms, other middle dots, other apostrophes: printed in another way. */
const OTHER_FORM = /[\u3000\uff01-\uff5e\u30fb\u2022\u2027\uff65\u2219\u22c5\u0387\uff0e\u16eb\u2019\u02bc\u2018]/u;
const ALLOWED = new RegExp(`^[\\p{Alphabetic}\\p{M}${HAN} ·\\-'.,]*$`, 'u');
const HAN_AND_SPACE = new RegExp(`^[${HAN} ]*$`, 'u');
const HAN_RUN = new RegExp(`[${HAN}]+`, 'u');
const MOST_CHARACTERS = 64;

/**
 * Whether a name is as `PersonName` prints it.
 * @param {string} name
 */
export function isName(name) {
  const length = Array.from(name).length;
  if (length === 0 || length > MOST_CHARACTERS) return false;
  if (UNTIDY_SPACE.test(name) || INVISIBLE.test(name) || OTHER_FORM.test(name)) return false;
  if (HAN_AND_SPACE.test(name) && name.includes(' ')) return false;
  if (!ALLOWED.test(name) || !/\p{Alphabetic}/u.test(name)) return false;
  // Latin letters are composed (NFC) word by word; Han characters stay as typed, compatibility ideographs included.
  return name.split(' ').every((word) => word.split(HAN_RUN).every((run) => run.normalize('NFC') === run));
}
