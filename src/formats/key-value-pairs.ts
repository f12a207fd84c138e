/**
 * The pairs of a text such as `a=1 b="x y"`. Quotes keep a delimiter from ending a pair, and are left out; an escaped
 * one stays as it is. Undefined when a quote has no end. Pairs behind the first `most` are left out.
 */
export function pairsOf(text: string, delimiter: string, most: number = Infinity): string[] | undefined {
  const pairs: string[] = [];
  let pair = '';
  let quote = '';
  let from = 0;
  let at = 0;
  const take = (next: number): void => {
    pair += text.slice(from, at);
    at = next;
    from = next;
  };
  while (at < text.length && pairs.length < most) {
    const character = text.charAt(at);
    if (quote === '' && text.startsWith(delimiter, at)) {
      take(at + delimiter.length);
      if (pair !== '') pairs.push(pair);
      pair = '';
    } else if (character === '\\' && isQuote(text.charAt(at + 1))) at += 2;
    else if (quote === '' ? isQuote(character) : character === quote) {
      take(at + 1);
      quote = quote === '' ? character : '';
    } else at++;
  }
  if (pairs.length >= most) return pairs;
  if (quote !== '') return undefined;
  take(text.length);
  if (pair !== '') pairs.push(pair);
  return pairs;
}

function isQuote(character: string): boolean {
  return character === '"' || character === "'";
}
