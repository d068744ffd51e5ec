// The form that saves itself and the reviewers' keys, in Chromium: `node draft.mjs ORDERS.json ANSWERS.json`.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const orders = JSON.parse(readFileSync(process.argv[2], "utf8"));
const puppeteer = createRequire(orders.modules + "/")("puppeteer-core");
const browser = await puppeteer.launch({ executablePath: orders.chromium, args: ["--no-sandbox"] });
const seen = { console: [] };

async function open(cookies, path) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error") seen.console.push(message.text()); });
  await page.setExtraHTTPHeaders({ "Accept-Language": "en" });
  for (const [name, value] of Object.entries(cookies)) await page.setCookie({ name, value, url: orders.base });
  await page.goto(orders.base + path, { waitUntil: "load" });
  return page;
}

const saved = (page) => page.waitForFunction(() => document.getElementById("saved").textContent.startsWith("Saved"));
try {
  const page = await open(orders.student, "/account/verification/real-name");
  await page.$eval("#name", (input) => { input.value = ""; });
  await page.type("#name", orders.name);
  await saved(page);
  await (await page.$("#portrait")).uploadFile(orders.bad);
  await page.waitForSelector("#portrait-slip");
  seen.refused = await page.$eval("#portrait-slip", (slip) => slip.textContent);
  await (await page.$("#portrait")).uploadFile(orders.portrait);
  await page.waitForFunction(() => !document.getElementById("portrait-slip") && document.querySelector('[data-slot="portrait"] img'));
  seen.slips = (await page.$$(".slip")).length;
  await page.waitForFunction(() => { const image = document.querySelector('[data-slot="portrait"] img'); return image.complete && image.naturalWidth > 0; });
  await page.setJavaScriptEnabled(false);
  await page.reload({ waitUntil: "load" });
  seen.kept = await page.$eval("#name", (input) => input.value);
  seen.picture = (await page.$$('[data-slot="portrait"] img')).length;

  const centre = await open(orders.approved, "/account/verification/centre");
  await centre.click('[name="reuse-portrait"]');
  await centre.waitForSelector('[data-slot="portrait"] .preview img');
  await saved(centre);
  await centre.type("#name", " ");
  await saved(centre);
  seen.given = (await centre.$$('[data-slot="portrait"] .preview img')).length;
  seen.offers = (await centre.$$(".handed")).length;

  const form = await open(orders.student, "/account/verification/enrolment");
  await form.type("#school", orders.school.slice(0, 2));
  await form.waitForSelector("#schools option");
  seen.schools = await form.$$eval("#schools option", (options) => options.map((option) => option.value));
  await saved(form);

  const desk = await open(orders.reviewer, orders.leased);
  await desk.keyboard.press("r");
  seen.focused = await desk.evaluate(() => document.activeElement.type);
  await desk.focus("#text");
  await desk.keyboard.type("an");
  seen.stays = new URL(desk.url()).pathname;
  await desk.evaluate(() => document.activeElement.blur());
  await Promise.all([desk.waitForNavigation({ waitUntil: "load" }), desk.keyboard.press("a")]);
  seen.after = new URL(desk.url()).pathname;
} catch (error) {
  seen.error = String(error);
}
await browser.close();
writeFileSync(process.argv[3], JSON.stringify(seen));
