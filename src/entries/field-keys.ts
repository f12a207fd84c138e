import type { TextFault } from '../component/config-value-error.js';

/** The keys of a path such as `attributes["k8s.pod.name"].x`, or what is wrong with it. */
export function fieldKeys(text: string): readonly string[] | TextFault {
  if (text === '') return { message: 'a field cannot be empty' };
  const keys: string[] = [];
  let at = 0;
  let inBracket = text.startsWith('[');
  for (;;) {
    if (!inBracket) {
      const end = endOfToken(text, at);
      keys.push(text.slice(at, end));
      at = end;
    } else {
      const quote = text[at + 1];
      if (quote === undefined) return fault('found unclosed left bracket', at);
      if (quote !== '"' && quote !== "'") return fault('strings in brackets must be surrounded by quotes', at + 1);
      const end = text.indexOf(quote, at + 2);
      if (end < 0) return fault(`found unclosed ${quote === '"' ? 'double' : 'single'} quote`, at + 1);
      if (end + 1 === text.length) return fault('found unclosed left bracket', at);
      if (text[end + 1] !== ']') return fault('found characters between closed quote and closing bracket', end + 1);
      keys.push(text.slice(at + 2, end));
      at = end + 2;
    }
    if (at === text.length) return keys;
    inBracket = text[at] === '[';
    if (text[at] === '.') at++;
    else if (!inBracket) return fault('bracketed access must be followed by a dot or another bracketed access', at);
  }
}

function endOfToken(text: string, from: number): number {
  let end = from;
  while (end < text.length && text[end] !== '.' && text[end] !== '[') end++;
  return end;
}

function fault(message: string, offset: number): TextFault {
  return { message, at: { offset } };
}
