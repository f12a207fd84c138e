/**
 * A text without the run of one character at its end: in linear time, which a pattern such as `/0+$/` does not take.
 */
export function withoutEnd(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}
