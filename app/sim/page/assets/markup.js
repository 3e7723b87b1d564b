// WhatsApp's markup as a tree, without any HTML: *bold*, _italic_, ~struck~ and
// `code` on one line, ```blocks``` over several, and links. The rules are those
// of package persona (markup.go): a mark opens before a word that it touches
// and after none, and closes after a word that it touches and before none.

const styles = { "*": "bold", "_": "italic", "~": "strike", "`": "code" };
const fence = "```";

const isSpace = (c) => c === undefined || /\s/u.test(c);
const isWord = (c) => c !== undefined && /[\p{L}\p{N}]/u.test(c);

/**
 * parse reads a message's text.
 * @param {string} text
 * @returns {Array<{type: string, text?: string, href?: string, parts?: Array}>}
 * Nodes of type "text", "code" and "block" have a text, "link" a text and a
 * href, and "bold", "italic" and "strike" have parts of their own.
 */
export function parse(text) {
  const nodes = [];
  let from = 0;
  for (;;) {
    const open = text.indexOf(fence, from);
    const end = open < 0 ? -1 : text.indexOf(fence, open + fence.length);
    if (end < 0) {
      nodes.push(...inline(text.slice(from)));
      return nodes;
    }
    nodes.push(...inline(text.slice(from, open)));
    nodes.push({ type: "block", text: text.slice(open + fence.length, end) });
    from = end + fence.length;
  }
}

/** plain is a text without its markup, on one line. */
export function plain(text) {
  const words = (nodes) => nodes.map((n) => n.text ?? words(n.parts)).join("");
  return words(parse(text)).replace(/\s+/g, " ").trim();
}

function inline(text) {
  const nodes = [];
  const atoms = split(text);
  const add = (from, to) => nodes.push(...merge(atoms.slice(from, to)));
  let start = 0;
  for (let i = 0; i < atoms.length; i++) {
    const style = styles[atoms[i]];
    if (style === undefined || !opens(atoms, i)) continue;
    const end = closing(atoms, i);
    if (end < 0) continue;
    add(start, i);
    const inside = atoms.slice(i + 1, end).join("");
    nodes.push(style === "code" ? { type: style, text: inside } : { type: style, parts: inline(inside) });
    start = end + 1;
    i = end;
  }
  add(start);
  return nodes;
}

function opens(atoms, i) {
  return !isWord(atoms[i - 1]) && !isSpace(atoms[i + 1]) && atoms[i + 1] !== atoms[i];
}

function closing(atoms, open) {
  for (let i = open + 2; i < atoms.length && atoms[i] !== "\n"; i++) {
    if (atoms[i] === atoms[open] && !isSpace(atoms[i - 1]) && !isWord(atoms[i + 1])) return i;
  }
  return -1;
}

// split cuts a text into characters (whole code points) and addresses: the
// marks inside an address are part of it. A full stop, a bracket or a mark at
// its end is not.
function split(text) {
  const atoms = [];
  let from = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"']+/giu)) {
    const address = found[0].replace(/[.,;:!?)\]}*_~`]+$/u, "");
    if (!URL.canParse(address)) continue;
    atoms.push(...text.slice(from, found.index), address);
    from = found.index + address.length;
  }
  atoms.push(...text.slice(from));
  return atoms;
}

// merge joins characters to nodes of type text; an address is one of type link.
function merge(atoms) {
  const nodes = [];
  for (const atom of atoms) {
    const last = nodes.at(-1);
    if (atom.length > 2) nodes.push({ type: "link", text: atom, href: atom }); // no character has more than two units
    else if (last?.type === "text") last.text += atom;
    else nodes.push({ type: "text", text: atom });
  }
  return nodes;
}
