// Drives Chromium for a judge: one command as JSON on each line of standard input, one answer on each line of standard output.
// NODE_PATH-like: the packages lie in the folder that the first argument names.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';
import { readFileSync } from 'node:fs';

const modules = createRequire(join(resolve(process.argv[2]), 'package.json'));
const { launch } = modules('puppeteer-core');
const axe = readFileSync(modules.resolve('axe-core/axe.min.js'), 'utf8');

let browser;
let page;
let asked = [];
let faults = [];

const commands = {
  async launch({ executable, flags, profile }) {
    browser = await launch({ executablePath: executable, userDataDir: profile, headless: true, args: ['--no-sandbox', '--disable-gpu', ...flags] });
    await commands.page({});
  },
  // A new page; `before` runs in it before any script of the site.
  async page({ width = 390, height = 844, language = 'zh-CN', before, touch = false }) {
    const old = page;
    page = await browser.newPage();
    await old?.close();
    asked = [];
    faults = [];
    page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.setViewport({ width, height, hasTouch: touch, isMobile: touch });
    await page.setExtraHTTPHeaders({ 'accept-language': language });
    if (before) await page.evaluateOnNewDocument(before);
  },
  async open({ url, timeout = 20_000 }) {
    const answer = await page.goto(url, { waitUntil: 'load', timeout });
    return { status: answer?.status(), worker: answer?.fromServiceWorker() };
  },
  async wait({ script, timeout = 20_000 }) {
    try {
      await page.waitForFunction(script, { timeout, polling: 100 });
      return true;
    } catch (error) {
      return `${error}`.startsWith('TimeoutError') ? false : Promise.reject(error);
    }
  },
  run: ({ script }) => page.evaluate(script),
  click: ({ selector }) => page.click(selector),
  async type({ selector, text }) {
    await page.$eval(selector, (element) => {
      element.value = '';
    });
    await page.type(selector, text);
  },
  async upload({ selector, path }) {
    const input = await page.$(selector);
    await input.uploadFile(path);
  },
  async requests({ reset = false }) {
    const found = asked;
    if (reset) asked = [];
    return found;
  },
  faults: () => faults,
  shot: async ({ path, whole = true }) => {
    await page.screenshot({ path, fullPage: whole });
  },
  // Violations of WCAG and of good practice, each with the elements concerned. The page's policy forbids foreign scripts; the protocol may.
  async axe() {
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run(document));
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
  },
  async tabs() {
    const pages = await browser.pages();
    return pages.map((tab) => tab.url());
  },
  offline: ({ offline }) => page.setOfflineMode(offline),
  async close() {
    await browser?.close();
    browser = page = undefined;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { name, ...more } = JSON.parse(line);
  try {
    process.stdout.write(`${JSON.stringify({ value: (await commands[name](more)) ?? null })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: `${name}: ${error?.stack ?? error}` })}\n`);
  }
}
await browser?.close();
