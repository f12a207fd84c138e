const simple: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Escapes of bytes, which are parts of characters, and of characters, by the letter behind the backslash. */
const forms: Readonly<Record<string, RegExp>> = {
  x: /[0-9a-fA-F]{2}/y,
  u: /[0-9a-fA-F]{4}/y,
  U: /[0-9a-fA-F]{8}/y,
};
const octal = /[0-7]{3}/y;

/**
 * The text within Go's quotes, as its `strconv.Unquote` reads it: double quotes, backticks, or one character in single
 * quotes. Undefined for any other text.
 */
export function unquoted(quoted: string): string | undefined {
  const quote = quoted.charAt(0);
  if (quoted.length < 2 || quoted.at(-1) !== quote) return undefined;
  const inner = quoted.slice(1, -1);
  if (quote === '`') return inner.includes('`') ? undefined : inner.replaceAll('\r', '');
  if (quote !== '"' && quote !== "'") return undefined;
  if (inner.includes('\n')) return undefined;
  const text = inner.includes('\\') || inner.includes(quote) ? unescaped(inner, quote) : inner;
  if (quote === "'" && (text === undefined || [...text].length !== 1)) return undefined;
  return text;
}

/** Undefined for an escape that is none, and for the quote itself. */
function unescaped(text: string, quote: string): string | undefined {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < text.length;) {
    const character = text.charAt(at);
    if (character === quote) return undefined;
    if (character !== '\\') {
      at++;
      continue;
    }
    parts.push(Buffer.from(text.slice(from, at)));
    const escape = escapeAt(text, at + 1, quote);
    if (escape === undefined) return undefined;
    parts.push(escape.bytes);
    at = from = escape.end;
  }
  parts.push(Buffer.from(text.slice(from)));
  return Buffer.concat(parts).toString('utf8');
}

interface EscapedBytes {
  readonly bytes: Buffer;
  readonly end: number;
}

function escapeAt(text: string, at: number, quote: string): EscapedBytes | undefined {
  const letter = text.charAt(at);
  const known = letter === quote ? quote : simple[letter];
  if (known !== undefined) return { bytes: Buffer.from(known), end: at + 1 };
  const form = forms[letter];
  const digits = form ? matchAt(form, text, at + 1) : matchAt(octal, text, at);
  if (digits === undefined) return undefined;
  const value = Number.parseInt(digits, form ? 16 : 8);
  const end = at + (form ? 1 : 0) + digits.length;
  if (letter === 'u' || letter === 'U') {
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return undefined;
    return { bytes: Buffer.from(String.fromCodePoint(value)), end };
  }
  return value > 255 ? undefined : { bytes: Buffer.from([value]), end };
}

function matchAt(form: RegExp, text: string, at: number): string | undefined {
  form.lastIndex = at;
  return form.exec(text)?.[0];
}
