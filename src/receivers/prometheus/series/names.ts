/** The name without the suffixes that stand for its type and its unit (`trim_metric_suffixes`). */
export function withoutSuffixes(name: string, isSum: boolean, unit: string): string {
  const words = name.split('_');
  if (words.length > 1 && isSum && words.at(-1) === 'total') words.pop();
  const ends = unit.split('_');
  if (unit !== '' && words.length > ends.length && words.slice(-ends.length).join('_') === unit)
    words.length -= ends.length;
  return words.join('_');
}

/** The host and port of an `instance`; the whole is the host where it is not of that form. */
export function splitInstance(instance: string): { readonly host: string; readonly port: string } {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(instance);
  return match ? { host: match[1] ?? match[2] ?? '', port: match[3] ?? '' } : { host: instance, port: '' };
}
