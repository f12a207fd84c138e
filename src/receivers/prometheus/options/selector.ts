/** Says why a text is no selector of fields; undefined: it is one. */
export function fieldSelectorFault(selector: string): string | undefined {
  for (const term of selector.split(','))
    if (term !== '' && !/^[^=!]+(?:==|=|!=)[^=!]*$/.test(term))
      return `invalid selector: ${JSON.stringify(selector)}; can't understand ${JSON.stringify(term)}`;
  return undefined;
}

const key = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/;
const value = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/;

/** Says why a text is no selector of labels; undefined: it is one. */
export function labelSelectorFault(selector: string): string | undefined {
  if (selector.trim() === '') return undefined;
  const wrong = termsOf(selector).find((term) => !isLabelTerm(term.trim()));
  return wrong === undefined
    ? undefined
    : `unable to parse requirement ${JSON.stringify(wrong)} of the selector ${JSON.stringify(selector)}`;
}

/** Cut at commas outside of parentheses. */
function termsOf(selector: string): readonly string[] {
  const terms = [''];
  let inside = false;
  for (const char of selector) {
    if (char === '(' || char === ')') inside = char === '(';
    if (char === ',' && !inside) terms.push('');
    else terms[terms.length - 1] += char;
  }
  return terms;
}

function isLabelTerm(term: string): boolean {
  if (key.test(term.replace(/^!\s*/, ''))) return true;
  const set = /^(\S+)\s+(?:in|notin)\s*\(([^()]*)\)$/.exec(term);
  if (set) return key.test(set[1] ?? '') && (set[2] ?? '').split(',').every((each) => value.test(each.trim()));
  const operator = ['==', '!=', '=', '>', '<'].find((each) => term.includes(each));
  if (operator === undefined) return false;
  const at = term.indexOf(operator);
  const [name, given] = [term.slice(0, at).trim(), term.slice(at + operator.length).trim()];
  return key.test(name) && (operator === '>' || operator === '<' ? /^-?\d+$/ : value).test(given);
}
