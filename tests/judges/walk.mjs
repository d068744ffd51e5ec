// Several people, each with a browser context of their own, driven by walk.py: one command as JSON on each line of standard input, one answer on each line of
// standard output. What a person cannot do with mouse and keys is not here, but for looking: `node walk.mjs MODULES`.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";

const require = createRequire(process.argv[2] + "/");
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const HEIGHTS = { 390: 844, 1280: 900 };
const PATIENCE = 60_000;

let browser;
const people = new Map();

const found = (page, text, within) =>
  page.evaluateHandle(
    (text, within) => {
      const said = (e) => e.textContent.replace(/\s+/g, " ").trim();
      const shown = (e) => e.getClientRects().length > 0 && !e.disabled;
      const scope = within ? [...document.querySelectorAll(within.selector)].find((e) => said(e).includes(within.text)) : document;
      const all = [...(scope?.querySelectorAll("a[href], button, summary, label") ?? [])].filter((e) => shown(e) && said(e).includes(text));
      return all.find((e) => said(e) === text) ?? all[0] ?? null;
    },
    text,
    within ?? null,
  );

const commands = {
  async launch({ executable, profile }) {
    const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en-US"];
    browser = await puppeteer.launch({ executablePath: executable, userDataDir: profile, headless: true, args });
  },
  async enter({ who, language, zone, downloads, width = 1280 }) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    const person = { page, width, faults: [], status: null };
    page.setDefaultTimeout(PATIENCE);
    page.on("pageerror", (error) => person.faults.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of \d{3}/.test(message.text())) person.faults.push(message.text());
    });
    await page.emulateTimezone(zone);
    await page.setExtraHTTPHeaders({ "Accept-Language": language });
    await page.setViewport({ width, height: HEIGHTS[width] });
    const session = await page.createCDPSession();
    await session.send("Browser.setDownloadBehavior", { behavior: "allow", browserContextId: context.id, downloadPath: downloads });
    people.set(who, person);
  },
  async go({ who, url }) {
    const person = people.get(who);
    person.status = (await person.page.goto(url, { waitUntil: "load" }))?.status();
    return [person.status, person.page.url()];
  },
  // Clicks what says `text` or what `selector` means; unless it stays on the page, waits for the one that it leads to.
  async click({ who, text, selector, within, stays = false, count = 1 }) {
    const person = people.get(who);
    const { page } = person;
    const element = selector ? await page.$(selector) : (await found(page, text, within)).asElement();
    if (!element) throw new Error(`nothing on ${page.url()} says ${text ?? selector}: ${(await page.evaluate(() => document.body.innerText)).slice(0, 1500)}`);
    if (stays) return void (await element.click());
    const [answer] = await Promise.all([page.waitForNavigation({ waitUntil: "load" }), element.click({ count })]);
    person.status = answer?.status();
    return [person.status, page.url()];
  },
  // Types over what the field holds. Of a date the digits are typed as this Chromium's language has them.
  async type({ who, selector, text }) {
    const { page } = people.get(who);
    const kind = await page.$eval(selector, (e) => (e.tagName === "SELECT" ? "select" : e.type));
    if (kind === "select") return void (await page.select(selector, text));
    if (kind === "date") {
      const [year, month, day] = text.split("-");
      await page.focus(selector);
      await page.keyboard.type(month + day + year);
      return void (await page.keyboard.press("Tab"));
    }
    await page.focus(selector);
    await page.$eval(selector, (e) => e.select?.());
    if (text.length > 60) {
      // A long text is pasted, as one would.
      await page.keyboard.press("Delete");
      return void (await page.keyboard.sendCharacter(text));
    }
    await page.keyboard.type(text);
  },
  async press({ who, key, leads = false }) {
    const person = people.get(who);
    if (!leads) return void (await person.page.keyboard.press(key));
    const [answer] = await Promise.all([person.page.waitForNavigation({ waitUntil: "load" }), person.page.keyboard.press(key)]);
    person.status = answer?.status();
    return [person.status, person.page.url()];
  },
  // What some page has copied, pasted by the keys for it.
  async paste({ who, selector }) {
    const { page } = people.get(who);
    await page.bringToFront();
    await page.focus(selector);
    await page.keyboard.down("Control");
    await page.keyboard.press("KeyV", { commands: ["Paste"] });
    await page.keyboard.up("Control");
    return page.$eval(selector, (e) => e.value);
  },
  async upload({ who, selector, path }) {
    await (await people.get(who).page.$(selector)).uploadFile(path);
  },
  // Draws with the mouse: points as parts of the element's box.
  async draw({ who, selector, points }) {
    const { page } = people.get(who);
    const element = await page.$(selector);
    await element.scrollIntoView();
    const box = await element.boundingBox();
    const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
    await page.mouse.move(...at(points[0]));
    await page.mouse.down();
    for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 4 });
    await page.mouse.up();
  },
  async wait({ who, text, gone = false, timeout = PATIENCE }) {
    const { page } = people.get(who);
    // A page that loads itself again takes the waiting with it; it is begun anew.
    for (const end = Date.now() + timeout; Date.now() < end; ) {
      try {
        if ((await page.evaluate((text) => document.body?.innerText.includes(text), text)) === !gone) return true;
      } catch {}
      await new Promise((later) => setTimeout(later, 50));
    }
    return false;
  },
  at: ({ who }) => people.get(who).page.url(),
  read: ({ who }) => people.get(who).page.evaluate(() => document.body.innerText),
  value: ({ who, selector, of = "value" }) => people.get(who).page.$eval(selector, (e, of) => e[of], of),
  links: ({ who, selector }) => people.get(who).page.$$eval(selector, (all) => all.map((e) => [e.textContent.trim(), e.href])),
  // What the page is like at some widths, without leaving it.
  async look({ who, path, widths, judge = true }) {
    const { page, width: own } = people.get(who);
    const seen = [];
    for (const width of widths) {
      await page.setViewport({ width, height: HEIGHTS[width] });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      await page.screenshot({ path: `${path}-${width}.png`, fullPage: true });
      let violations = [];
      if (judge) {
        await page.evaluate(axe);
        const said = await page.evaluate((tags) => axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), TAGS);
        violations = said.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join("; ")}`);
      }
      seen.push({ width, overflow, violations });
    }
    await page.setViewport({ width: own, height: HEIGHTS[own] });
    return seen;
  },
  // Where everybody stands.
  async snap({ folder }) {
    for (const [who, { page }] of people) await page.screenshot({ path: `${folder}/fault-${who}.png`, fullPage: true }).catch(() => {});
  },
  faults: () => [...people].flatMap(([who, person]) => person.faults.map((fault) => `${who}: ${fault}`)),
  leave: async ({ who }) => {
    await people.get(who).page.browserContext().close();
    people.delete(who);
  },
  close: () => browser?.close(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { name, ...more } = JSON.parse(line);
  try {
    process.stdout.write(`${JSON.stringify({ value: (await commands[name](more)) ?? null })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: `${name} ${JSON.stringify(more)}: ${error?.stack ?? error}` })}\n`);
  }
}
