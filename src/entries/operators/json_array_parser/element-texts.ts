/** The elements of a JSON list as they were written, without the spaces around them; the text is known to be one. */
export function elementTexts(text: string): string[] {
  const elements: string[] = [];
  const start = text.indexOf('[') + 1;
  const end = text.lastIndexOf(']');
  if (text.slice(start, end).trim() === '') return elements;
  let depth = 0;
  let from = start;
  for (let at = start; at < end; at++) {
    switch (text.charAt(at)) {
      case '"':
        at = endOfText(text, at);
        break;
      case '[':
      case '{':
        depth++;
        break;
      case ']':
      case '}':
        depth--;
        break;
      case ',':
        if (depth > 0) break;
        elements.push(text.slice(from, at).trim());
        from = at + 1;
        break;
      default:
    }
  }
  elements.push(text.slice(from, end).trim());
  return elements;
}

/** The quote that ends a text in quotes. */
function endOfText(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at;
}
