/** The aliases of severities, by number less one. */
export const severityNames: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].flatMap((name) => [
  name,
  `${name}2`,
  `${name}3`,
  `${name}4`,
]);

/** Further words that the preset `default` knows. */
const furtherWords: readonly (readonly [word: string, number: number])[] = [
  ['warning', 13],
  ['err', 17],
];

/** The words that a preset knows, in small letters, and their severities. */
export function presetLevels(preset: 'default' | 'none' | 'otel'): Map<string, number> {
  const levels = new Map<string, number>();
  if (preset === 'none') return levels;
  for (const [i, name] of severityNames.entries()) {
    levels.set(name, i + 1);
    levels.set(String(i + 1), i + 1);
  }
  if (preset === 'default')
    for (const [word, number] of furtherWords)
      for (let i = 0; i < 4; i++) levels.set(i === 0 ? word : `${word}${i + 1}`, number + i);
  return levels;
}

/** The severity of an alias; 0 for `default`, undefined for none. */
export function severityOf(alias: string): number | undefined {
  if (alias === 'default') return 0;
  const index = severityNames.indexOf(alias.toLowerCase());
  return index < 0 ? undefined : index + 1;
}
