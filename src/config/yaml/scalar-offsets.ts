/** How a scalar is written; `verbatim` is text that is no YAML, such as that of a variable. */
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded' | 'verbatim';

/**
 * Where each UTF-16 unit of a scalar's value comes from: its offset within `written`, the characters from the scalar's
 * beginning to its end. One entry more than the value has units: the place behind the last. Undefined when the two
 * can't be matched.
 */
export function scalarOffsets(written: string, style: ScalarStyle, value: string): readonly number[] | undefined {
  const matched = new Matched(value);
  if (style === 'literal' || style === 'folded') blockScalar(written, style, value, matched);
  else flowScalar(written, style, matched);
  return matched.offsets();
}

/** The value as far as it has been found in what is written. */
class Matched {
  readonly #value: string;
  readonly #offsets: number[] = [];
  #end = 0;
  #failed = false;

  constructor(value: string) {
    this.#value = value;
  }

  /** The next unit of the value, if any is left. */
  get next(): string | undefined {
    return this.#value[this.#offsets.length];
  }

  /** The value goes on with `text`, which is written from `at` to `end`. */
  add(text: string, at: number, end: number): void {
    this.#end = end;
    for (let i = 0; i < text.length; i++) {
      if (this.next !== text[i]) this.#failed = true;
      this.#offsets.push(at);
    }
  }

  offsets(): readonly number[] | undefined {
    return this.#failed || this.next !== undefined ? undefined : [...this.#offsets, this.#end];
  }
}

const lineBreak = /\r\n|\r|\n/g;

/**
 * Plain and quoted scalars: a run of blanks with line breaks in it is one space, or all of its line breaks but the
 * first.
 */
function flowScalar(written: string, style: ScalarStyle, matched: Matched): void {
  const quoted = style === 'single' || style === 'double';
  const end = written.length - (quoted ? 1 : 0);
  for (let at = quoted ? 1 : 0; at < end;) {
    const rest = written.slice(at, end);
    const blanks = style === 'verbatim' ? '' : (/^[ \t\r\n]+/.exec(rest)?.[0] ?? '');
    if (blanks !== '') {
      folded(blanks, at, matched);
      at += blanks.length;
    } else if (style === 'single' && rest.startsWith("''")) {
      matched.add("'", at, at + 2);
      at += 2;
    } else if (style === 'double' && rest.startsWith('\\')) {
      const [source, text] = escapeOf(rest);
      matched.add(text, at, at + source);
      at += source;
    } else {
      matched.add(rest.charAt(0), at, at + 1);
      at++;
    }
  }
}

function folded(blanks: string, at: number, matched: Matched): void {
  const breaks = [...blanks.matchAll(lineBreak)];
  const [first, ...more] = breaks;
  if (!first) for (let i = 0; i < blanks.length; i++) matched.add(blanks.charAt(i), at + i, at + i + 1);
  else if (more.length === 0) matched.add(' ', at + first.index, at + first.index + first[0].length);
  else for (const each of more) matched.add('\n', at + each.index, at + each.index + each[0].length);
}

const escapes: Readonly<Record<string, string>> = {
  ...{ '0': '\0', a: '\x07', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\x1b' },
  ...{ N: '\x85', _: '\xa0', L: '\u2028', P: '\u2029' },
};

/** Length and value of the escape at the beginning of `rest`. */
function escapeOf(rest: string): readonly [length: number, text: string] {
  const hex = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest);
  if (hex) {
    const point = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16);
    return [hex[0].length, point <= 0x10ffff ? String.fromCodePoint(point) : ''];
  }
  // A line break that is escaped is none, and what indents the next line is nothing.
  const continued = /^\\(?:\r\n|\r|\n)[ \t]*/.exec(rest);
  if (continued) return [continued[0].length, ''];
  const letter = rest.charAt(1);
  return [2, escapes[letter] ?? letter];
}

/** Literal and folded scalars: lines behind a header, without their indentation. */
function blockScalar(written: string, style: 'literal' | 'folded', value: string, matched: Matched): void {
  const lines = linesOf(written).slice(1);
  const indent = indentOf(lines, value);
  for (const { text, at, end } of lines) {
    const from = Math.min(indent, /^ */.exec(text)?.[0].length ?? 0);
    for (let i = from; i < text.length && matched.next !== undefined; i++)
      matched.add(text.charAt(i), at + i, at + i + 1);
    // A folded line break is a space, a line break, or nothing; the last ones of a scalar may be stripped.
    const { next } = matched;
    if (next === '\n' || (next === ' ' && style === 'folded')) matched.add(next, at + text.length, end);
  }
}

interface Line {
  readonly text: string;
  readonly at: number;
  /** Behind the line break. */
  readonly end: number;
}

function linesOf(written: string): Line[] {
  const lines: Line[] = [];
  let at = 0;
  for (const each of written.matchAll(lineBreak)) {
    const end = each.index + each[0].length;
    lines.push({ text: written.slice(at, each.index), at, end });
    at = end;
  }
  if (at < written.length) lines.push({ text: written.slice(at), at, end: written.length });
  return lines;
}

/** The first line with content is indented by as much as its value lacks. */
function indentOf(lines: readonly Line[], value: string): number {
  const leading = (text: string): number => /^ */.exec(text)?.[0].length ?? 0;
  const first = lines.find(({ text }) => text.trim() !== '')?.text ?? '';
  const content = value.split('\n').find((text) => text.trim() !== '') ?? '';
  return leading(first) - leading(content);
}
