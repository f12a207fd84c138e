/** The names of months, as Go and syslog write them; their first three letters are the short form. */
export const monthNames: readonly string[] = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November',
  'December',
]; // prettier-ignore

export const weekdayNames: readonly string[] = [
  'Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday',
]; // prettier-ignore

/** `Jan` of `January`. */
export const shortCalendarName = (name: string): string => name.slice(0, 3);

/**
 * Go's rules for what may be an abbreviation of a zone: three letters, or four and five that end with T; '' where the
 * text has none at `at`.
 */
export function zoneNameAt(text: string, at: number): string {
  const part = text.slice(at, at + 7);
  if (/^(?:ChST|MeST)/.test(part)) return part.slice(0, 4);
  const [signed] = /^(?:GMT[+-]\d\d?|[+-]\d\d)/.exec(part) ?? [];
  if (signed !== undefined) return signed;
  const [letters = ''] = /^[A-Z]{0,6}/.exec(part) ?? [];
  if (letters.length === 3) return letters;
  if (letters.length === 4 && (letters.endsWith('T') || letters === 'WITA')) return letters;
  return letters.length === 5 && letters.endsWith('T') ? letters : '';
}
