import { maxShownLine } from './bounds.js';
import { sections } from './components.js';
import { allStars, holdsHeaders, isHarmlessOfItem, isTelling } from './hidden.js';
import { lineOf, type Position, type Source } from './place.js';

/** How far above a line the keys are looked for that it stands under. */
const maxLinesAbove = 10_000;

/**
 * The line of a position as it may be shown: `mask` hides what the line itself tells to be a secret, and a line below a
 * key with a secret shows no value. Empty for one that is too long to be shown.
 */
export function shownLine(source: Source, { line, text }: Position, mask: (text: string) => string): string {
  if (text.length > maxShownLine) return '';
  const above = keysAbove(source, line);
  // A component is not secret because of its name.
  const first = (sections as readonly string[]).includes(above.at(-1)?.key ?? '') ? 2 : 0;
  const telling = above.slice(0, above.length - first).filter(({ key }) => isTelling(key));
  const [nearest] = telling;
  // An item in braces has its keys looked at one by one.
  const ofItem = nearest?.item === true && nearest === above[0] && telling.length === 1 && holdsHeaders(nearest.key);
  const shown = ofItem && (isHarmlessOfItem(text) || /^\s*- +\{/.test(text));
  return mask(telling.length > 0 && !shown ? allStars(text) : text);
}

/** The keys in whose block a line stands, the nearest first; `item`: in an item of a list. */
function keysAbove(source: Source, line: number): { readonly key: string; readonly item: boolean }[] {
  const keys: { readonly key: string; readonly item: boolean }[] = [];
  let { indent, dash } = startOf(lineOf(source, line));
  // Between the line and the next key above, an item of a list begins.
  let item = dash;
  for (let n = line - 1; n > 0 && n > line - maxLinesAbove && indent > 0 - Number(dash); n--) {
    const above = startOf(lineOf(source, n));
    // The items of a list may stand in the column of its key.
    const holds = above.indent < indent || (dash && above.indent === indent && !above.dash);
    if (above.empty || !holds) continue;
    if (above.key !== undefined && (above.keyAt < indent || dash)) {
      keys.push({ key: above.key, item });
      item = false;
    }
    ({ indent, dash } = above);
    item ||= dash;
  }
  return keys;
}

interface LineStart {
  /** Columns before the first character. */
  readonly indent: number;
  /** It begins an item of a list. */
  readonly dash: boolean;
  readonly empty: boolean;
  /** The key that it begins with, and the columns before that. */
  readonly key: string | undefined;
  readonly keyAt: number;
}

function startOf(line: string): LineStart {
  const text = line.slice(0, maxShownLine);
  const [, blanks = '', dashes = '', key] = /^( *)((?:- +)*)(?:["']?([\w./-]+)["']?\s*:(?:\s|$))?/.exec(text) ?? [];
  return {
    indent: blanks.length,
    dash: text.startsWith('-', blanks.length),
    empty: text.trim() === '' || text.trimStart().startsWith('#'),
    key,
    keyAt: blanks.length + dashes.length,
  };
}
