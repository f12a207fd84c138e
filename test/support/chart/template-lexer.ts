/** A part of a template: text, or the inside of `{{ }}` without trim marks. */
export interface Piece {
  readonly kind: 'text' | 'action';
  readonly text: string;
}

/** Cuts a Go template into texts and actions; `{{-` and `-}}` have taken the white space beside them. */
export function piecesOf(template: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trims = false;
  for (;;) {
    const open = template.indexOf('{{', at);
    let text = template.slice(at, open < 0 ? undefined : open);
    if (trims) text = text.trimStart();
    if (open < 0) {
      if (text !== '') pieces.push({ kind: 'text', text });
      return pieces;
    }
    const trimsLeft = /^\{\{-\s/.test(template.slice(open, open + 4));
    if (trimsLeft) text = text.trimEnd();
    if (text !== '') pieces.push({ kind: 'text', text });
    const begin = open + (trimsLeft ? 3 : 2);
    const close = endOf(template, begin);
    trims = /\s-$/.test(template.slice(begin, close));
    const inside = template.slice(begin, trims ? close - 1 : close).trim();
    if (!inside.startsWith('/*')) pieces.push({ kind: 'action', text: inside });
    at = close + 2;
  }
}

/** The place of the `}}` that ends an action: not one within a text or a comment. */
function endOf(template: string, begin: number): number {
  for (let at = begin; at < template.length; at++) {
    const char = template[at];
    if (template.startsWith('/*', at)) at = template.indexOf('*/', at) + 1;
    else if (char === '"' || char === '`') {
      at++;
      while (template[at] !== char) at += char === '"' && template[at] === '\\' ? 2 : 1;
    } else if (template.startsWith('}}', at)) return at;
  }
  throw new Error(`unclosed action: ${template.slice(begin, begin + 60)}`);
}

const word: RegExp = new RegExp(
  [
    // Texts, punctuation.
    String.raw`\s*("(?:[^"\\]|\\.)*"`,
    '`[^`]*`',
    String.raw`:=|=|\||\(|\)|,`,
    // Functions, variables with fields, fields, the dot, numbers.
    String.raw`\$?[A-Za-z_]\w*(?:\.\w+)*|\$(?:\.\w+)*`,
    String.raw`(?:\.[A-Za-z_]\w*)+|\.|-?\d[\d.]*)`,
  ].join('|'),
  'y',
);

/** The words of an action: texts, numbers, names, variables, chains of fields, and punctuation. */
export function wordsOf(action: string): string[] {
  const words: string[] = [];
  let end = 0;
  while (action.slice(end).trim() !== '') {
    word.lastIndex = end;
    const found = word.exec(action)?.[1];
    if (found === undefined) throw new Error(`not read: ${action.slice(end)}`);
    // `(x).y` is a chain, `f .y` are two words.
    const joins = found.startsWith('.') && words.at(-1) === ')' && action[word.lastIndex - found.length - 1] === ')';
    if (joins) words.pop();
    words.push(joins ? `)${found}` : found);
    end = word.lastIndex;
  }
  return words;
}
