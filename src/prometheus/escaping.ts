/**
 * How a page writes names with characters that Prometheus did not know before UTF-8: `underscores` replaces them,
 * `dots` and `values` write them so that they can be read back, `allow-utf-8` leaves them.
 */
export type Escaping = 'underscores' | 'dots' | 'values' | 'allow-utf-8';

export const escapings: readonly string[] = ['underscores', 'dots', 'values', 'allow-utf-8'];

const legacy = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const legacyLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether a name needs no quotation marks. */
export function isLegacyName(name: string): boolean {
  return legacy.test(name);
}

export function isLegacyLabel(name: string): boolean {
  return legacyLabel.test(name);
}

/** The name of a metric or, with `label`, of a label, as a page with this escaping writes it. */
export function escapeName(name: string, escaping: Escaping, label = false): string {
  const fits = label ? legacyLabel : legacy;
  const plain = fits.test(name);
  if (escaping === 'allow-utf-8' || (plain && escaping !== 'dots')) return name;
  let escaped = escaping === 'values' ? 'U__' : '';
  let first = true;
  for (const character of name) {
    const valid = first ? fits.test(character) : fits.test(`_${character}`);
    first = false;
    if (escaping === 'underscores') escaped += valid ? character : '_';
    else if (character === '_') escaped += '__';
    else if (escaping === 'dots') escaped += character === '.' ? '_dot_' : valid ? character : '__';
    else escaped += valid ? character : `_${(character.codePointAt(0) ?? 0).toString(16)}_`;
  }
  return escaped;
}
