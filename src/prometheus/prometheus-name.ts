import type { NameRules } from './strategy.js';
import { cleanUnit, unitSuffixes } from './units.js';

/** The types whose names differ. */
export type NamedType = 'counter' | 'gauge' | 'other';

/** The name of a metric without the suffixes of its series; undefined when nothing is left of it. */
export function prometheusName(name: string, unit: string, type: NamedType, rules: NameRules): string | undefined {
  const translated = rules.utf8
    ? readable(name, unit, type, rules)
    : rules.suffixes
      ? normalized(name, unit, type, rules.namespace)
      : replaced(name, rules.namespace);
  if (translated === '') return undefined;
  return !rules.utf8 && translated !== name && /^_*$/.test(translated) ? undefined : translated;
}

/** The words of the name, then those of the unit and the type that it does not have yet. */
function normalized(name: string, unit: string, type: NamedType, namespace: string): string {
  let tokens = name.split(/[^A-Za-z0-9:]+/).filter((token) => token !== '');
  const suffixes = unitSuffixes(unit);
  const per = cleanUnit(suffixes.per).replace(/_$/, '');
  const addsPer = per !== '' && per !== 'per' && !tokens.includes(per);
  const main = addsPer ? cleanUnit(suffixes.main).replace(/_$/, '') : cleanUnit(suffixes.main);
  if (main !== '' && !tokens.includes(main)) tokens.push(main);
  if (addsPer) tokens.push(per);
  if (type === 'counter') tokens = moveToEnd(tokens, 'total');
  if (unit === '1' && type === 'gauge') tokens = moveToEnd(tokens, 'ratio');
  return notDigit([...(namespace === '' ? [] : [namespace]), ...tokens].join('_'));
}

/** The name with underscores for what it may not have; those that it has stay. */
function replaced(name: string, namespace: string): string {
  const joined = (text: string): string =>
    text
      .split(/[^A-Za-z0-9:_]+/)
      .filter((token) => token !== '')
      .join('_');
  return namespace === '' ? notDigit(joined(name)) : `${joined(namespace)}_${joined(name)}`;
}

/** The name as it is, with the suffixes behind it that are asked for. */
function readable(given: string, unit: string, type: NamedType, { suffixes, namespace }: NameRules): string {
  let name = namespace === '' ? given : `${namespace}_${given}`;
  if (!suffixes) return name;
  const ends: string[] = [];
  const take = (suffix: string): void => {
    name = withoutSuffix(name, suffix);
    ends.unshift(suffix);
  };
  if (unit === '1' && type === 'gauge') take('ratio');
  if (type === 'counter') take('total');
  const { main, per } = unitSuffixes(unit);
  if (per !== '') take(per);
  if (main !== '' && !name.endsWith(main)) ends.unshift(main);
  return [name, ...ends].join('_');
}

/** Takes a suffix off, with the character before it. */
function withoutSuffix(name: string, suffix: string): string {
  return name.endsWith(suffix) && name.length > suffix.length + 1 ? name.slice(0, -suffix.length - 1) : name;
}

function moveToEnd(tokens: readonly string[], last: string): string[] {
  return [...tokens.filter((token) => token !== last), last];
}

function notDigit(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}
