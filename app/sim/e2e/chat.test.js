// The simulator's page in a real browser, against a demo as it ships.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { caughtUp, launch, open } from "./browser.js";
import { startDemo } from "./demo.js";

let demo;
let browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), launch()]);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

// What each persona's answer must hold, message by message.
const messages = ["stock COF-001", "show alerts", "generate inventory report", "help", "colourless green ideas"];
const people = [
  { name: "Priya Nair", persona: "streamliner", answers: [/^📦 COF-001: [\d,]+/, /active alerts/, /Report ready/, /Commands/, /Unknown command/] },
  {
    name: "Tom Ashworth", persona: "navigator",
    answers: [/Inventory Analysis - COF-001/, /Alert Dashboard/, /Inventory Report Generated/, /What I can do for you/, /I didn't understand/],
  },
  {
    name: "Grace Okafor", persona: "hub",
    answers: [/Multi-Entity Inventory Status/, /Multi-Entity Alert Status/, /Multi-Entity Inventory Report/, /What I can do for you/, /I didn't understand/],
  },
  {
    name: "Ellie Marsh", persona: "spring",
    answers: [/Learning Moment: Inventory Check/, /Learning Moment: Alerts/, /Learning Moment: Inventory Report/, /what we can do together/, /not sure what you meant/],
  },
  {
    name: "Kenji Watanabe", persona: "processor",
    answers: [/^\[INVENTORY_QUERY_RESULT\]/, /^\[ALERT_SUMMARY\]/, /^\[REPORT_READY\]/, /^\[HELP\]/, /^\[ERROR\]/],
  },
];

const mine = (page) => page.locator(".row.mine");
const theirs = (page) => page.locator(".row.theirs");

// settled waits until there are n messages of ferry's and every tick is blue.
async function settled(page, n) {
  await theirs(page).nth(n - 1).waitFor();
  await page.waitForFunction(() => !document.querySelector('.row:not([data-status="read"])'));
}

async function picture(page, name) {
  if (!process.env.PICTURES) return;
  await mkdir(process.env.PICTURES, { recursive: true });
  await page.screenshot({ path: join(process.env.PICTURES, `${name}.png`) });
}

async function choose(page, name) {
  if (await page.locator("#back").isVisible()) await page.locator("#back").click();
  await page.getByRole("link", { name }).click();
  await page.getByRole("heading", { level: 2, name }).waitFor();
}

// quiet waits until nothing has come for a moment: an answer may have parts.
async function quiet(page) {
  for (let last = -1, now = await theirs(page).count(); now !== last; now = await theirs(page).count()) {
    last = now;
    await page.waitForTimeout(400);
  }
}

// write types a text and sends it, and returns how ferry answers.
async function write(page, text) {
  await quiet(page);
  const before = await theirs(page).count();
  await page.getByRole("textbox", { name: "Message to ferry" }).fill(text);
  await page.keyboard.press("Enter");
  await theirs(page).nth(before).waitFor();
  return theirs(page).nth(before).locator(".text").innerText();
}

async function fits(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `the page is ${content} px wide in a window of ${window}`);
}

for (const [device, viewport] of Object.entries({ desktop, phone })) {
  for (const colorScheme of ["light", "dark"]) {
    test(`every persona answers every message: ${device}, ${colorScheme}`, async () => {
      const page = await open(browser, demo.simulator, { viewport, colorScheme });
      await fits(page);
      await picture(page, `${device}-${colorScheme}-people`);
      for (const { name, persona, answers } of people) {
        await choose(page, name);
        const sent = await mine(page).count();
        for (const [i, text] of messages.entries()) {
          assert.match(await write(page, text), answers[i], `${persona}: ${text}`);
        }
        await settled(page, (await theirs(page).count()) || 1);
        assert.equal(await mine(page).count(), sent + messages.length);
        for (const row of (await mine(page).all()).slice(sent)) {
          const wire = await row.locator(".wire").innerText();
          assert.match(wire, /^200\s+[\d.]+ ms\s+answered in [\d.]+ m?s\s+execution /);
          assert.match(wire, uuid);
        }
        const ids = await page.locator(".execution").allInnerTexts();
        assert.equal(new Set(ids).size, ids.length, "every message has an execution of its own");
        await fits(page);
        await picture(page, `${device}-${colorScheme}-${persona}`);
      }
      assert.deepEqual(page.problems, []);
      await page.close();
    });
  }
}

describe("the page", () => {
  test("the keyboard is enough", async () => {
    const page = await open(browser, demo.simulator, { viewport: desktop });
    const focus = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
    assert.equal(await focus(), "text", "one can write at once");
    await page.evaluate(() => document.activeElement.blur());
    for (let i = 0; (await focus()) !== "operators" && i < 5; i++) await page.keyboard.press("Tab");
    assert.equal(await focus(), "operators", "the link to the operators' pages comes first");
    for (let i = 0; i < 6; i++) await page.keyboard.press("Tab");
    assert.equal(await focus(), "person");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 2, name: "Sam Whitfield" }).waitFor();
    assert.equal(await focus(), "text");
    const before = await theirs(page).count();
    await page.keyboard.type("help");
    await page.keyboard.press("Enter");
    await settled(page, before + 1);
    await page.keyboard.type("first line");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("second line");
    await page.keyboard.press("Enter");
    await settled(page, before + 2);
    assert.equal(await mine(page).last().locator(".text").innerText(), "first line\nsecond line");
    await page.keyboard.press("Enter");
    assert.equal(await mine(page).count(), before + 2, "nothing is sent for nothing");
    // A suggestion: back over the composer's field to the last chip.
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focus(), "chip");
    await page.keyboard.press("Space");
    await settled(page, before + 3);
    assert.equal(await mine(page).last().locator(".text").innerText(), "help");
    assert.deepEqual(page.problems, []);
    await page.close();
  });

  test("a reload forgets nothing", async () => {
    const page = await open(browser, `${demo.simulator}?as=447700900106`, { viewport: desktop });
    await write(page, "stock TEA-001");
    await settled(page, 1);
    const told = () => page.locator(".row").evaluateAll((rows) => rows.map((row) => [row.dataset.id, row.className, row.dataset.status, row.innerText]));
    const before = await told();
    assert.ok(before.length >= 2);
    await page.reload();
    await caughtUp(page);
    assert.deepEqual(await told(), before);
    assert.equal(await page.locator("#name").innerText(), "Sam Whitfield");
    assert.deepEqual(page.problems, []);
    await page.close();
  });

  test("two windows show the same, and a third one counts what it has not shown", async () => {
    const as = (number) => open(browser, `${demo.simulator}?as=${number}`, { viewport: desktop });
    const [writer, reader, other] = [await as("447700900107"), await as("447700900107"), await as("447700900101")];
    await write(writer, "stock SYR-002");
    await settled(reader, 1);
    assert.equal(await mine(reader).last().locator(".text").innerText(), "stock SYR-002");
    const link = other.getByRole("link", { name: "Lucía Romero" });
    await link.locator(".unread:not([hidden])").waitFor();
    assert.equal(await link.locator(".unread").innerText(), "1");
    await choose(other, "Lucía Romero");
    assert.equal(await link.locator(".unread").isVisible(), false);
    assert.equal(await mine(other).last().locator(".text").innerText(), "stock SYR-002");
    for (const page of [writer, reader, other]) {
      assert.deepEqual(page.problems, []);
      await page.close();
    }
  });

  test("what is written is never HTML, and WhatsApp's marks are print", async () => {
    const page = await open(browser, `${demo.simulator}?as=447700900106`, { viewport: desktop });
    const text = `<img src=x onerror=alert(1)> *bold* _slanted_ ~gone~ \`code\` https://a.example/?<script>`;
    await write(page, text);
    const bubble = mine(page).last().locator(".text");
    assert.equal(await bubble.innerText(), "<img src=x onerror=alert(1)> bold slanted gone code https://a.example/?<script>");
    const tags = await bubble.locator("*").evaluateAll((all) => all.map((e) => e.tagName.toLowerCase()));
    assert.deepEqual(tags, ["strong", "em", "s", "code", "a"]);
    assert.equal(await bubble.locator("a").getAttribute("rel"), "noopener noreferrer");
    assert.deepEqual(page.problems, []);
    await page.close();
  });

  test("quick clicks keep their order", async () => {
    const page = await open(browser, `${demo.simulator}?as=447700900108`, { viewport: desktop });
    const chips = await page.locator(".chip").allInnerTexts();
    for (const chip of await page.locator(".chip").all()) await chip.click();
    await settled(page, chips.length);
    assert.deepEqual(await mine(page).locator(".text").allInnerTexts(), chips);
    assert.deepEqual(page.problems, []);
    await page.close();
  });

  test("somebody whom the company does not know learns nothing", async () => {
    const page = await open(browser, `${demo.simulator}?as=447700900199`, { viewport: phone });
    const answer = await write(page, "stock COF-001");
    assert.doesNotMatch(answer, /COF-001|Decaf|\d/);
    assert.deepEqual(page.problems, []);
    await page.close();
  });

  test("a phone switches between the people and a chat, and back", async () => {
    const page = await open(browser, demo.simulator, { viewport: phone });
    const chat = page.getByRole("main");
    const list = page.getByRole("navigation", { name: "People" });
    assert.deepEqual([await list.isVisible(), await chat.isVisible()], [true, false]);
    await page.getByRole("link", { name: "Tom Ashworth" }).click();
    assert.deepEqual([await list.isVisible(), await chat.isVisible()], [false, true]);
    await page.goBack();
    assert.deepEqual([await list.isVisible(), await chat.isVisible()], [true, false]);
    await page.goForward();
    assert.deepEqual([await list.isVisible(), await chat.isVisible()], [false, true]);
    await page.getByRole("link", { name: "Back to the people" }).click();
    assert.deepEqual([await list.isVisible(), await chat.isVisible()], [true, false]);
    assert.deepEqual(page.problems, []);
    await page.close();
  });

  test("names and roles are there for those who do not see the page", async () => {
    const page = await open(browser, `${demo.simulator}?as=447700900102`, { viewport: desktop });
    await page.getByRole("log", { name: "Messages" }).waitFor();
    await page.getByRole("button", { name: "Send", exact: true }).waitFor();
    await page.getByRole("group", { name: "Send one of these" }).waitFor();
    await page.getByRole("link", { name: "Operators" }).waitFor();
    await write(page, "help");
    await settled(page, 1);
    await theirs(page).last().getByRole("img", { name: "read" }).waitFor();
    const current = await page.locator(".person[aria-current=true] .name").allInnerTexts();
    assert.deepEqual(current, ["Tom Ashworth"]);
    assert.deepEqual(page.problems, []);
    await page.close();
  });

  test("it says when the demo stops, and goes on with the next one", async () => {
    const first = await startDemo();
    const page = await open(browser, `${first.simulator}?as=447700900103`, { viewport: desktop });
    await write(page, "help");
    await first.stop();
    const state = page.getByRole("status");
    await state.getByText("The demo has stopped").waitFor();
    await page.getByRole("textbox").fill("anybody there?");
    await page.keyboard.press("Enter");
    await state.getByText("Not sent").waitFor();
    assert.equal(await page.getByRole("textbox").inputValue(), "anybody there?", "the text is not lost");
    await picture(page, "stopped");
    const second = await startDemo(first.address);
    await state.waitFor({ state: "hidden" });
    await caughtUp(page);
    assert.equal(await page.locator(".row").count(), 0, "the next demo knows nothing of the last one");
    assert.match(await write(page, "stock COF-001"), /COF-001/);
    await page.close();
    await second.stop();
  });
});
