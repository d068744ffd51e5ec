// Keys and list of states: from the network where there is one, otherwise what the service worker kept, each with its age.

import { NO_HEADINGS } from './heading.js';
import { readKeys, readList } from './states.js';

const KEYS = '/.well-known/jwks.json';
const LIST = '/.well-known/revocations.jws';
/** Written by the service worker on what it keeps: when it came, in milliseconds. */
export const FETCHED_AT = 'x-fetched-at';

async function load(address) {
  try {
    const answer = await fetch(address, { credentials: 'omit', cache: 'no-cache' });
    if (!answer.ok) return null;
    return { text: await answer.text(), at: Number(answer.headers.get(FETCHED_AT) ?? Date.now()) };
  } catch {
    return null;
  }
}

export class Store {
  constructor() {
    this.proofKeys = [];
    this.keysAt = null;
    this.list = null;
    this.listText = null;
  }

  /** What the list has for short codes. */
  get headings() {
    return this.list?.headings ?? NO_HEADINGS;
  }

  /** Reads both anew; what cannot be had stays as it was. */
  async refresh() {
    const [keys, list] = await Promise.all([load(KEYS), load(LIST)]);
    const read = keys ? await readKeys(json(keys.text)) : null;
    if (read && read.proof.length > 0) {
      this.proofKeys = read.proof;
      this.statementKeys = read.statement;
      this.keysAt = keys.at;
    }
    // The same list is read once: it may have thousands of headings.
    const isNew = list !== null && list.text !== this.listText;
    const found = isNew && this.statementKeys ? await readList(list.text, this.statementKeys) : null;
    // A list is never replaced by an older one.
    if (found && (!this.list || found.issuedAt >= this.list.issuedAt)) [this.list, this.listText] = [found, list.text];
  }
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
