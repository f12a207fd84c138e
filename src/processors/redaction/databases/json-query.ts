/** Literals of JSON, and the `?` of a text that was sanitized before. */
const literal = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|\?/y;
const space = /[ \t\r\n]*/y;
/** Up to the closing quote of a string. */
const rest = /[^"\\]*(?:\\[^][^"\\]*)*/y;

const masked = '"?"';
const cut = '...';

/** Place in a text: at a value, at a key, behind a key, or behind a value. */
type Place = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'behind';

/**
 * A query in JSON, or several one after the other, with `"?"` for each value; keys and structure stay, spaces go. Text
 * after a mistake, such as the end of a text that was cut, becomes `...`; a text without a single key before it is
 * no JSON and stays.
 */
export function sanitizedJson(text: string): string {
  const closers: string[] = [];
  const parts: string[] = [];
  let place: Place = 'value';
  let hasKey = false;
  let at = skip(space, text, 0);
  if (at === text.length) return text;
  for (; at < text.length; at = skip(space, text, at)) {
    const char = text[at] as string;
    if (place === 'behind') {
      if (closers.length === 0) {
        // Another query: of a bulk request, for example.
        parts.push('\n');
        place = 'value';
      } else if (char === closers.at(-1)) {
        closers.pop();
        parts.push(char);
        at++;
      } else if (char === ',') {
        place = closers.at(-1) === '}' ? 'key' : 'value';
        parts.push(char);
        at++;
      } else break;
    } else if (place === 'colon') {
      if (char !== ':') break;
      place = 'value';
      parts.push(char);
      at++;
    } else if ((place === 'first key' || place === 'first value') && char === closers.at(-1)) {
      place = 'behind';
    } else if (place === 'key' || place === 'first key') {
      const end = char === '"' ? endOfString(text, at) : -1;
      if (end < 0) break;
      parts.push(text.slice(at, end));
      hasKey = true;
      place = 'colon';
      at = end;
    } else if (char === '{' || char === '[') {
      closers.push(char === '{' ? '}' : ']');
      place = char === '{' ? 'first key' : 'first value';
      parts.push(char);
      at++;
    } else {
      const end = char === '"' ? endOfString(text, at) : skip(literal, text, at);
      if (end <= at) break;
      parts.push(masked);
      place = 'behind';
      at = end;
    }
  }
  if (at === text.length && place === 'behind' && closers.length === 0) return parts.join('');
  return hasKey ? parts.join('') + cut : text;
}

/** Where what a sticky pattern matches ends, or `at`. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** -1: the string does not end. */
function endOfString(text: string, at: number): number {
  const end = skip(rest, text, at + 1);
  return text[end] === '"' ? end + 1 : -1;
}
