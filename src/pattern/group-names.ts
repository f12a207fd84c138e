/** Names of the groups of a pattern by number, and the pattern with the names taken out. */
export interface NamedGroups {
  /** '' for a group without a name; number 0 is the whole match. */
  readonly names: readonly string[];
  readonly source: string;
}

const name = /^\(\?P?<([A-Za-z0-9_]+)>/;

/**
 * Takes the names of groups out of a pattern: Go allows a name twice, and names such as `constructor`, which re2js
 * does not. A name that is not valid stays, so that re2js refuses it.
 */
export function takeGroupNames(pattern: string): NamedGroups {
  const names = [''];
  let source = '';
  for (let at = 0; at < pattern.length;) {
    const end = tokenEnd(pattern, at);
    const token = pattern.slice(at, end);
    at = end;
    if (token !== '(') {
      source += token;
      continue;
    }
    const named = name.exec(pattern.slice(at - 1, at + 200));
    if (named !== null) {
      names.push(named[1] ?? '');
      at += named[0].length - 1;
    } else if (pattern[at] !== '?') names.push('');
    source += token;
  }
  return { names, source };
}

/** Behind the token that begins at `at`: an escape, a quotation, a class in brackets or one character. */
function tokenEnd(pattern: string, at: number): number {
  if (pattern.startsWith('\\Q', at)) {
    const end = pattern.indexOf('\\E', at + 2);
    return end < 0 ? pattern.length : end + 2;
  }
  if (pattern[at] === '\\') return at + 2;
  if (pattern[at] !== '[') return at + 1;
  let next = at + 1;
  if (pattern[next] === '^') next++;
  if (pattern[next] === ']') next++;
  while (next < pattern.length && pattern[next] !== ']') {
    if (pattern.startsWith('[:', next)) {
      const end = pattern.indexOf(':]', next + 2);
      next = end < 0 ? next + 1 : end + 2;
    } else next += pattern[next] === '\\' ? 2 : 1;
  }
  return next + 1;
}
