// The page of an export: a file, a camera, a picture or pasted text in, answer out. It can ask nobody.

import { Camera } from '../scan/camera.js';
import { Reader } from '../scan/reader.js';
import { Export, judgeCode, judgeFile } from './judge.js';

const at = (id) => document.getElementById(id);
/** The longest text of a foreign code that is shown. */
const SHOWN = 300;

let all;
let reader;
let camera;

/** A piece of the page with its places filled; what is filled in is only ever text. */
function piece(name, values = {}) {
  const out = at(`piece-${name}`).content.cloneNode(true);
  for (const place of out.querySelectorAll('[data-slot]')) place.textContent = values[place.dataset.slot] ?? '';
  return out;
}

function say(id, name) {
  at(id).replaceChildren(...(name ? [piece(name)] : []));
}

function show(...parts) {
  at('doors').hidden = true;
  at('lead').hidden = true;
  at('answer').hidden = false;
  at('outcome').replaceChildren(...parts);
  at('answer').focus();
  window.scrollTo({ top: 0 });
}

function again() {
  camera.close();
  at('answer').hidden = true;
  at('doors').hidden = false;
  at('lead').hidden = false;
  at('outcome').replaceChildren();
  ['file-says', 'camera-says'].forEach((id) => say(id, null));
}

/** A day of Beijing in an instant of RFC 3339 with its offset: the first ten characters are that day. */
const day = (instant) => instant.slice(0, 10);

/** The facts as a card. */
function card(facts, isVoid) {
  const out = piece('card', { ...facts, 'issued-on': facts.issuedOn });
  out.querySelectorAll('[data-kind]').forEach((place) => {
    place.hidden = place.dataset.kind !== facts.kind;
  });
  out.querySelector('.card').classList.toggle('void', isVoid);
  return out;
}

/** What was checked of a file, line by line. */
function checklist(checks) {
  const out = piece('checks');
  for (const line of out.querySelectorAll('[data-check]')) {
    const hasPassed = checks[line.dataset.check];
    line.classList.add(hasPassed ? 'passed' : 'failed');
    line.querySelector('em').textContent = hasPassed ? '通过 passed' : '未通过 failed';
  }
  return out;
}

/** The answer about a file or a code. */
function answer(found) {
  const { kind, verdict, facts, state, checks } = found;
  const parts = [];
  if (verdict === 'listed') {
    parts.push(piece(`${kind}-${state.code}`, { ...state, day: state.at ? day(state.at) : '', number: facts.number }));
  } else {
    const text = found.text ?? '';
    parts.push(piece(`${kind}-${verdict}`, { number: found.number ?? '', said: text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text }));
  }
  if (facts && verdict !== 'altered') parts.push(card(facts, state?.code !== 'valid'), piece(`hint-${kind}`));
  if (checks && verdict !== 'foreign') parts.push(checklist(checks));
  show(...parts);
}

/** A chosen or dropped file: a PDF, or a picture of a code. @param {File} file */
async function take(file) {
  if (!file) return;
  camera.close();
  say('file-says', 'reading');
  try {
    const isPdf = file.type === 'application/pdf' || /^%PDF-/.test(await file.slice(0, 5).text());
    if (isPdf) return answer(await judgeFile(new Uint8Array(await file.arrayBuffer()), all));
    const text = await reader.picture(file);
    if (text !== null) return answer(await judgeCode(text, all));
    say('file-says', 'no-code');
  } catch {
    say('file-says', 'unreadable');
  } finally {
    // The same file may be chosen again.
    at('file').value = '';
  }
  return undefined;
}

async function scan() {
  say('camera-says', null);
  if (!Camera.exists) return say('camera-says', 'camera-none');
  at('finder').dataset.open = 'yes';
  [at('start').hidden, at('stop').hidden] = [true, false];
  let said = null;
  try {
    const text = await camera.read();
    if (text !== null) answer(await judgeCode(text, all));
  } catch {
    said = 'camera-none';
  }
  delete at('finder').dataset.open;
  [at('start').hidden, at('stop').hidden] = [false, true];
  say('camera-says', said);
  return undefined;
}

async function pasted(event) {
  event.preventDefault();
  const text = at('text').value;
  if (text.trim()) answer(await judgeCode(text, all));
}

function listenForDrops() {
  const zone = document.body;
  const hold = (event) => {
    event.preventDefault();
    zone.classList.toggle('dropping', event.type === 'dragover');
  };
  ['dragover', 'dragleave', 'drop'].forEach((name) => zone.addEventListener(name, hold));
  zone.addEventListener('drop', (event) => {
    again();
    take(event.dataTransfer.files[0]);
  });
}

async function begin() {
  if (!globalThis.crypto?.subtle) return show(piece('insecure'));
  all = await Export.open(JSON.parse(at('data').textContent));
  const decoder = new Blob([at('decoder').textContent], { type: 'text/javascript' });
  at('decoder').dataset.address = URL.createObjectURL(decoder);
  reader = await Reader.open();
  camera = new Camera(at('video'), reader);
  at('file').addEventListener('change', () => take(at('file').files[0]));
  at('start').addEventListener('click', scan);
  at('stop').addEventListener('click', () => camera.close());
  at('paste').addEventListener('submit', pasted);
  at('again').addEventListener('click', again);
  listenForDrops();
  at('doors').hidden = false;
  document.documentElement.dataset.ready = 'yes';
  return undefined;
}

begin().catch(() => show(piece('broken')));
