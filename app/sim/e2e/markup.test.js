import assert from "node:assert/strict";
import { test } from "node:test";

import { parse, plain } from "../page/assets/markup.js";

// shown writes a tree down as tags, for the eye.
const shown = (nodes) => nodes.map((n) => (n.type === "text" ? n.text : `<${n.type}>${n.text ?? shown(n.parts)}</${n.type}>`)).join("");

for (const [name, text, want] of [
  ["nothing", "", ""],
  ["plain text", "2 * 3 * 4 = 24", "2 * 3 * 4 = 24"],
  ["bold", "*Total:* 5", "<bold>Total:</bold> 5"],
  ["each style", "_a_ ~b~ `c` *d*", "<italic>a</italic> <strike>b</strike> <code>c</code> <bold>d</bold>"],
  ["one in another", "*a _b_ c*", "<bold>a <italic>b</italic> c</bold>"],
  ["nothing inside code", "`*a*`", "<code>*a*</code>"],
  ["a block over lines", "x\n```*a*\nb```\ny", "x\n<block>*a*\nb</block>\ny"],
  ["a block without an end", "```a *b*", "```a <bold>b</bold>"],
  ["inside a word", "snake_case_name 5*4*3", "snake_case_name 5*4*3"],
  ["a space after the opening", "* a*", "* a*"],
  ["a space before the closing", "*a *", "*a *"],
  ["a word after the closing", "*a*b", "*a*b"],
  ["over a line break", "*a\nb*", "*a\nb*"],
  ["only marks", "** __ ~~ ``", "** __ ~~ ``"],
  ["beside punctuation and emoji", "(*a*), ✅*b*!", "(<bold>a</bold>), ✅<bold>b</bold>!"],
  ["letters beyond ASCII", "é*a*é *é*", "é*a*é <bold>é</bold>"],
  ["an address", "see https://a.example/x?y=1&z=_2_.", "see <link>https://a.example/x?y=1&z=_2</link>_."],
  ["an address in bold", "*https://a.example/x*", "<bold><link>https://a.example/x</link></bold>"],
  ["no address", "javascript:alert(1) http:// ftp://a", "javascript:alert(1) http:// ftp://a"],
  ["what looks like HTML", "<b>*x*</b> &amp;", "<b><bold>x</bold></b> &amp;"],
]) {
  test(`markup: ${name}`, () => assert.equal(shown(parse(text)), want));
}

test("markup: no letter is lost", () => {
  const marks = ["*", "_", "~", "`", "```", " ", "\n", "a", "é", "✅", "https://a.example/", "."];
  let seed = 1;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const words = (nodes) => nodes.map((n) => n.text ?? words(n.parts)).join("");
  const letters = (text) => text.replace(/[*_~`]/g, "");
  for (let i = 0; i < 5000; i++) {
    const text = Array.from({ length: random(12) }, () => marks[random(marks.length)]).join("");
    assert.equal(letters(words(parse(text))), letters(text), JSON.stringify(text));
  }
});

test("markup: plain text for a list", () => assert.equal(plain("*a*\n\n• `b`  ```c\nd```"), "a • b c d"));
