// Chromium as the machine has it; nothing is downloaded.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

export async function launch() {
  const executablePath = process.env.CHROMIUM ?? places.find((place) => existsSync(place));
  if (!executablePath) throw new Error("no Chromium found: install it (apt-get install chromium), or name it with CHROMIUM");
  return chromium.launch({
    executablePath,
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

/**
 * open opens a page that remembers what went wrong on it: page.problems are
 * errors of scripts and whatever the console was told.
 */
export async function open(browser, url, options = {}) {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(15_000);
  page.problems = [];
  page.on("console", (message) => page.problems.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => page.problems.push(String(error)));
  await page.goto(url);
  await caughtUp(page);
  return page;
}

/** caughtUp waits until what was said before has been shown. */
export async function caughtUp(page) {
  await page.waitForSelector('#log[aria-busy="false"]', { state: "attached" });
}
