// Keeps the scanner's page, its files, the keys and the list of states on the device. It is registered for /scan alone, and answers for
// nothing but what is named here: every other request goes to the network as if it were not there.

const VERSION = '{{VERSION}}';
const FILES = ['{{FILES}}'];
const PAGE = '/scan';
const PAGES = { zh: '/scan?lang=zh', en: '/scan?lang=en' };
const DATA = ['/.well-known/jwks.json', '/.well-known/revocations.jws'];

const PREFIX = 'yinxin-scan-';
const SHELL = `${PREFIX}${VERSION}`;
/** Keys, list and the reader's language outlive a version. */
const KEPT = `${PREFIX}kept`;
const LANGUAGE = '/scan/language';
/** When an answer came, in milliseconds: the page shows its age. */
const FETCHED_AT = 'x-fetched-at';
/** How long the network may take before the device answers, in milliseconds. */
const PATIENCE_MS = 3000;

// Never with a cookie: nothing that is kept depends on the reader, and asking for a language here must not choose it for the site.
const fromNetwork = (url) => fetch(url, { credentials: 'omit', cache: 'no-cache', signal: AbortSignal.timeout?.(30_000) });

async function install() {
  const shell = await caches.open(SHELL);
  await Promise.all(
    [...FILES, ...Object.values(PAGES)].map(async (url) => {
      const answer = await fromNetwork(url);
      if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
      await shell.put(url, answer);
    }),
  );
  // Without keys or list there is a scanner all the same; the page says what is missing.
  await Promise.allSettled(DATA.map(refresh));
  await self.skipWaiting();
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== SHELL && name !== KEPT).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Fetches keys or list, and keeps them with the time at which they came. */
async function refresh(url) {
  const answer = await fromNetwork(url);
  if (!answer.ok || answer.redirected) return answer;
  const headers = { 'content-type': answer.headers.get('content-type') ?? '', [FETCHED_AT]: String(Date.now()) };
  const stamped = new Response(await answer.blob(), { headers });
  const kept = await caches.open(KEPT);
  await kept.put(url, stamped.clone());
  return stamped;
}

function patience() {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS, null);
  });
}

/** What the network says within PATIENCE_MS, otherwise what is kept, otherwise what the network says in the end. */
async function networkFirst(asked, kept) {
  const quick = await Promise.race([asked.catch(() => null), patience()]);
  if (quick?.ok) return quick;
  return (await kept()) ?? asked.catch(() => Response.error());
}

async function data(url, event) {
  const asked = refresh(url);
  event.waitUntil(asked.catch(() => null));
  return networkFirst(asked, async () => (await caches.open(KEPT)).match(url));
}

async function page(event) {
  const asked = fetch(event.request).then(async (answer) => {
    const language = answer.headers.get('content-language');
    if (answer.ok && language) await (await caches.open(KEPT)).put(LANGUAGE, new Response(language));
    return answer;
  });
  event.waitUntil(asked.catch(() => null));
  return networkFirst(asked, async () => {
    const chosen = new URL(event.request.url).searchParams.get('lang') ?? (await language());
    return (await caches.open(SHELL)).match(PAGES[chosen] ?? PAGES.zh, { ignoreVary: true });
  });
}

/** The language in which the page was seen last; else what the browser speaks. */
async function language() {
  const last = await (await caches.open(KEPT)).match(LANGUAGE);
  const tag = last ? await last.text() : self.navigator.language;
  return tag.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

async function file(event) {
  const kept = await (await caches.open(SHELL)).match(event.request, { ignoreVary: true });
  return kept ?? fetch(event.request);
}

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (url.pathname === PAGE) event.respondWith(page(event));
  } else if (FILES.includes(url.pathname)) {
    event.respondWith(file(event));
  } else if (DATA.includes(url.pathname)) {
    event.respondWith(data(url.pathname, event));
  }
});
