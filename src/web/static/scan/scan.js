// The scanner's page: camera, picture or pasted text in, answer out. The check itself asks nobody: keys and list were fetched before.

import { ago, plain, proven, refused, unknown, when } from './answer.js';
import { Camera } from './camera.js';
import { engine } from './ed25519.js';
import { check } from './proof.js';
import { Reader } from './reader.js';
import { ageOf, stateOf } from './states.js';
import { Store } from './store.js';

const SCOPE = '/scan';
/** Keys and list are asked for again after so long. */
const REFRESH_MS = 10 * 60_000;
/** How long an answer waits for a newer list. */
const PATIENCE_MS = 6000;

const at = (id) => document.getElementById(id);
const store = new Store();
let camera;
let reader;
let refreshed = 0;

/** Shows one thing under an element of statements, and none with an empty name. */
function say(id, name, values = {}) {
  at(id).replaceChildren(...(name ? [plain(name, values)] : []));
}

function show(answer) {
  at('doors').hidden = true;
  at('lead').hidden = true;
  at('answer').hidden = false;
  at('outcome').replaceChildren(answer);
  at('answer').focus();
  window.scrollTo({ top: 0 });
}

function again() {
  at('answer').hidden = true;
  at('doors').hidden = false;
  at('lead').hidden = false;
  at('outcome').replaceChildren();
}

/** What a text proves. A certificate of today may be newer than the list here: before that is said, the list is asked for once more. */
async function checked(text) {
  const found = await check(text, store.proofKeys, store.headings);
  if (found.verdict !== 'unknown_heading' || !navigator.onLine) return found;
  const patience = new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([refresh(), patience]);
  return check(text, store.proofKeys, store.headings);
}

async function answer(text) {
  if (!globalThis.crypto?.subtle) return show(plain('insecure'));
  const found = await checked(text);
  const now = Date.now();
  if (found.verdict.startsWith('unknown_') && store.proofKeys.length === 0) return show(plain('no-keys'));
  if (found.verdict === 'unknown_heading') return show(unknown(text, store, now));
  if (found.verdict !== 'proven') return show(refused(found.verdict, text, store, now));
  const state = await stateOf(store.list, found.facts.number, now);
  return show(proven(found.facts, found.issuer, state, text, store, now));
}

/** Why a camera did not open, as a piece of the page. */
function reason(error) {
  const names = { NotAllowedError: 'camera-denied', SecurityError: 'camera-denied', NotFoundError: 'camera-none', OverconstrainedError: 'camera-none' };
  return names[error?.name] ?? 'camera-busy';
}

async function scan() {
  again();
  say('camera-says', null);
  if (!Camera.exists) return say('camera-says', 'camera-insecure');
  at('finder').dataset.open = 'yes';
  at('start').hidden = true;
  at('stop').hidden = false;
  say('camera-says', 'camera-open');
  const watch = setInterval(() => {
    at('lamp').hidden = !camera.lamp;
  }, 500);
  let said = null;
  try {
    const text = await camera.read();
    if (text !== null) await answer(text);
  } catch (error) {
    said = reason(error);
  } finally {
    clearInterval(watch);
    delete at('finder').dataset.open;
    at('start').hidden = false;
    at('stop').hidden = true;
    at('lamp').hidden = true;
  }
  say('camera-says', said);
  return undefined;
}

async function lamp() {
  const track = camera.lamp;
  const lit = track?.getSettings().torch === true;
  await track?.applyConstraints({ advanced: [{ torch: !lit }] });
}

async function picture() {
  const [file] = at('picture').files;
  if (!file) return;
  camera.close();
  say('picture-says', 'picture-reading');
  let name = null;
  try {
    const text = await reader.picture(file);
    if (text === null) name = 'picture-no-code';
    else await answer(text);
  } catch {
    name = 'picture-unreadable';
  }
  say('picture-says', name);
  // The same file may be chosen again.
  at('picture').value = '';
}

async function pasted(event) {
  event.preventDefault();
  const text = at('text').value;
  if (text.trim()) await answer(text);
}

/** What the device holds, in words. */
async function showReadiness(kept) {
  const now = Date.now();
  const { list, keysAt } = store;
  at('ready').replaceChildren(plain(keysAt === null ? 'ready-no' : kept ? 'ready-kept' : 'ready-online'));
  if (keysAt !== null) at('ready').append(plain('ready-keys', { age: ago(keysAt, now) }));
  const values = list ? { age: ago(list.issuedAt, now), time: when(list.issuedAt), due: when(list.nextUpdate) } : {};
  at('ready').append(plain(list ? { fresh: 'ready-list', old: 'ready-old-list', ahead: 'ready-clock' }[ageOf(list, now)] : 'ready-no-list', values));
  at('ready').dataset.kept = kept ? 'yes' : 'no';
}

/** Whether page, keys and list are on the device. */
async function isKept() {
  try {
    const wanted = [location.pathname, '/.well-known/jwks.json', '/.well-known/revocations.jws'];
    const found = await Promise.all(wanted.map((url) => caches.match(url, { ignoreVary: true, ignoreSearch: true })));
    return found.every(Boolean);
  } catch {
    return false;
  }
}

async function refresh() {
  refreshed = Date.now();
  await store.refresh();
  await showReadiness(await isKept());
}

async function keep() {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register('/sw.js', { scope: SCOPE, updateViaCache: 'none' });
    await navigator.serviceWorker.ready;
    if (matchMedia('(display-mode: standalone)').matches) await navigator.storage?.persist?.();
  } catch {
    // Private windows have none: the page then works while it is open.
  }
}

async function open() {
  at('doors').hidden = false;
  reader = await Reader.open();
  camera = new Camera(at('video'), reader);
  at('start').addEventListener('click', scan);
  at('stop').addEventListener('click', () => camera.close());
  at('lamp').addEventListener('click', lamp);
  at('again').addEventListener('click', scan);
  at('other-door').addEventListener('click', again);
  at('picture').addEventListener('change', picture);
  at('paste').addEventListener('submit', pasted);
  globalThis.addEventListener('online', refresh);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) camera.close();
    else if (Date.now() - refreshed > REFRESH_MS) refresh();
  });
  if (!globalThis.crypto?.subtle) say('camera-says', 'camera-insecure');
  else if (!(await engine()).native) await import('../vendor/noble-ed25519/index.js');
  await refresh();
  await keep();
  await refresh();
  at('ready').dataset.done = 'yes';
}

await open();
