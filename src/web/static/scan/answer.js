// The answer on the screen. Every word comes from the page's own templates, in the page's language; what a code says is only ever text.

import { digitsOf } from './proof.js';

const language = document.documentElement.lang;
const english = language === 'en';

const relative = new Intl.RelativeTimeFormat(language);
// The whole site speaks of Beijing's time.
const absolute = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Shanghai' });
const page = document.getElementById('doors').dataset;

/** How long ago, in words. @param {number} at @param {number} now both in milliseconds */
export function ago(at, now) {
  const minutes = Math.round((at - now) / 60_000);
  if (minutes === 0) return page.now;
  if (Math.abs(minutes) < 60) return relative.format(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return Math.abs(hours) < 48 ? relative.format(hours, 'hour') : relative.format(Math.round(hours / 24), 'day');
}

/** An instant in words. @param {number} at in milliseconds */
export function when(at) {
  return `${absolute.format(new Date(at))} ${page.zone}`;
}

/** Fills the places of a piece of the page; text of Chinese records inside an English page is marked as Chinese. */
export function fill(root, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const place of root.querySelectorAll(`[data-slot="${name}"]`)) {
      place.textContent = value;
      if (english && /\p{Script=Han}/u.test(value)) place.lang = 'zh-CN';
    }
  }
  return root;
}

function piece(name) {
  const template = document.getElementById(`piece-${name}`);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`the page has no piece ${name}`);
  return template.content.cloneNode(true);
}

/** The most of a foreign code's text that is shown. */
const SHOWN = 300;

/** A code that is no proven certificate. @param {string} verdict @param {string} text */
export function refused(verdict, text, store, now) {
  const known = verdict === 'unknown_key' && store.keysAt !== null ? ago(store.keysAt, now) : '';
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return fill(piece(verdict), { said: shown, 'keys-age': known });
}

/** A short code whose heading no list here has: neither a good word nor a bad one. @param {string} text */
export function unknown(text, { list }, now) {
  const values = list ? { 'list-time': when(list.issuedAt), 'list-age': ago(list.issuedAt, now) } : {};
  const out = fill(piece(list ? 'unknown_heading' : 'no-list'), values);
  // This site's own page of it, whatever address the code itself has.
  out.querySelector('[data-record]').href = `/Q/${digitsOf(text)}`;
  return out;
}

/** The host in a code's address, if it has one. @param {string} text */
export function hostOf(text) {
  const found = /^\s*https?:\/\/([^/?#\s]+)\//i.exec(text);
  return found ? found[1].toLowerCase() : null;
}

/**
 * What a proven code says, and what the list says of it.
 * @param {import('./proof.js').Facts} facts
 * @param {Awaited<ReturnType<typeof import('./states.js').stateOf>>} state
 */
export function proven(facts, issuer, state, text, store, now) {
  const out = document.createDocumentFragment();
  const { list } = store;
  const signer = (english && issuer.nameEn) || issuer.name;
  const ages = {
    signer,
    'keys-age': ago(store.keysAt, now),
    'list-age': list ? ago(list.issuedAt, now) : '',
    'list-time': list ? when(list.issuedAt) : '',
    'list-due': list ? when(list.nextUpdate) : '',
  };
  out.append(fill(piece(`state-${state}`), ages));
  const host = hostOf(text);
  if (host && host !== page.host && host !== location.host) out.append(fill(piece('other-host'), { host, ours: page.host }));
  const card = piece('card');
  const { holder, number, achievement, programme, issuedOn } = facts;
  fill(card, { ...ages, holder, number, achievement, programme, 'issued-on': issuedOn });
  card.querySelectorAll('[data-kind]').forEach((place) => {
    place.hidden = place.dataset.kind !== facts.kind;
  });
  if (state === 'revoked' || state === 'corrected') card.querySelector('.card').classList.add('void');
  card.querySelector('[data-record]').href = `/c/${encodeURIComponent(number)}`;
  card.querySelector(`[data-checked="${list ? 'list' : 'no-list'}"]`).hidden = false;
  out.append(card);
  return out;
}

/** The page's statement for a piece without facts. */
export function plain(name, values = {}) {
  return fill(piece(name), values);
}
