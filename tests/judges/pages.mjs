// Walks the public pages in Chromium as pages.py tells it, and says what it saw: `node pages.mjs ORDERS.json ANSWERS.json`.
// Pages are loaded with scripts switched off, unless an order says that its page needs them; axe-core is put in afterwards.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const orders = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(orders.modules + "/");
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// WCAG 2.2, 2.5.8: a target in a line of text may be smaller.
function measure() {
  const inText = (e) => getComputedStyle(e).display === "inline" && e.parentElement.textContent.trim() !== e.textContent.trim();
  const small = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button]")]
    .filter((e) => !e.closest(".skip") && !inText(e))
    .map((e) => [e.outerHTML.slice(0, 120), e.getBoundingClientRect()])
    .filter(([, r]) => r.width > 0 && (r.width < 24 || r.height < 24))
    .map(([html, r]) => `${html} ${r.width.toFixed(0)}x${r.height.toFixed(0)}`);
  const broken = [...document.images].filter((i) => !i.complete || i.naturalWidth === 0).map((i) => i.src);
  return { lang: document.documentElement.lang, overflow: document.documentElement.scrollWidth - innerWidth, small, broken, text: document.body.innerText };
}

async function walk(page, order) {
  let response = await page.goto(orders.base + order.path, { waitUntil: "load" });
  if (order.submit) {
    for (const [selector, value] of Object.entries(order.fill ?? {})) await page.type(selector, value);
    for (const [selector, file] of Object.entries(order.files ?? {})) await (await page.$(selector)).uploadFile(file);
    [response] = await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.$eval(order.submit, (form) => form.submit())]);
  }
  return response;
}

async function look(browser, order, language, width) {
  const page = await browser.newPage();
  const seen = { name: order.name, language, width, console: [] };
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error" && !/status of \d{3}/.test(message.text())) seen.console.push(message.text()); });
  try {
    await page.setViewport({ width, height: width < 600 ? 844 : 900, isMobile: width < 600, hasTouch: width < 600 });
    await page.setExtraHTTPHeaders({ "Accept-Language": language });
    // A machine that does other things besides may be slow; what is judged here is not time.
    page.setDefaultTimeout(120_000);
    await page.setJavaScriptEnabled(Boolean(order.script));
    const response = await walk(page, order);
    Object.assign(seen, { status: response.status(), url: page.url() });
    await page.setJavaScriptEnabled(true);
    Object.assign(seen, await page.evaluate(measure));
    await page.screenshot({ path: `${orders.work}/${order.name}-${language}-${width}.png`, fullPage: true });
    await page.evaluate(axe);
    const found = await page.evaluate((tags) => axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), TAGS);
    seen.violations = found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join("; ")}`);
    if (order.print && width > 600) {
      seen.print = `${orders.work}/${order.name}-${language}.pdf`;
      await page.pdf({ path: seen.print, format: "A4", printBackground: true, preferCSSPageSize: true });
    }
  } catch (error) {
    seen.error = String(error);
  }
  await page.close();
  return seen;
}

// What comes over the wire for a page, and what comes again when its parts are kept.
async function weigh(browser, path, language) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  await page.setExtraHTTPHeaders({ "Accept-Language": language });
  const urls = new Map();
  let parts = [];
  session.on("Network.responseReceived", (e) => urls.set(e.requestId, [e.response.url, e.response.fromDiskCache, e.response.headers]));
  session.on("Network.loadingFinished", (e) => parts.push({ url: urls.get(e.requestId)?.[0], kept: urls.get(e.requestId)?.[1] || e.encodedDataLength === 0, bytes: e.encodedDataLength }));
  const visit = async () => {
    parts = [];
    await page.goto(orders.base + path, { waitUntil: "networkidle0" });
    return parts;
  };
  const first = await visit(), second = await visit();
  await context.close();
  return { path, language, first, second };
}

const browser = await puppeteer.launch({ executablePath: orders.chromium, args: ["--no-sandbox", "--disable-dev-shm-usage", "--lang=zh-CN"], headless: true });
const answers = { looked: [], weighed: [] };
for (const width of orders.widths)
  for (const language of orders.languages)
    for (const order of orders.pages) answers.looked.push(await look(browser, order, language, width));
for (const path of orders.weigh) for (const language of orders.languages) answers.weighed.push(await weigh(browser, path, language));
await browser.close();
writeFileSync(process.argv[3], JSON.stringify(answers));
