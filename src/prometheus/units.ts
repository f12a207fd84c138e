/** Units that have a name of their own in Prometheus. Values are never rescaled. */
const names: ReadonlyMap<string, string> = new Map(
  Object.entries({
    d: 'days',
    h: 'hours',
    min: 'minutes',
    s: 'seconds',
    ms: 'milliseconds',
    us: 'microseconds',
    ns: 'nanoseconds',
    By: 'bytes',
    KiBy: 'kibibytes',
    MiBy: 'mebibytes',
    GiBy: 'gibibytes',
    TiBy: 'tibibytes',
    KBy: 'kilobytes',
    MBy: 'megabytes',
    GBy: 'gigabytes',
    TBy: 'terabytes',
    m: 'meters',
    V: 'volts',
    A: 'amperes',
    J: 'joules',
    W: 'watts',
    g: 'grams',
    Cel: 'celsius',
    Hz: 'hertz',
    '1': '',
    '%': 'percent',
  }),
);

/** Units behind a slash. */
const perNames: ReadonlyMap<string, string> = new Map(
  Object.entries({ s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week', mo: 'month', y: 'year' }),
);

/** The two parts of a unit as they are written in names, not cleaned; empty for none. */
export interface UnitSuffixes {
  readonly main: string;
  /** With `per_` before it. */
  readonly per: string;
}

/** A part in braces is a remark and no unit. */
export function unitSuffixes(unit: string): UnitSuffixes {
  const slash = unit.indexOf('/');
  const main = part(slash < 0 ? unit : unit.slice(0, slash), names);
  const per = slash < 0 ? '' : part(unit.slice(slash + 1), perNames);
  return { main, per: per === '' ? '' : `per_${per}` };
}

function part(written: string, known: ReadonlyMap<string, string>): string {
  const unit = written.trim();
  if (unit.includes('{') || unit.includes('}')) return '';
  return known.get(unit) ?? unit;
}

/** A part of a unit with the characters that a name may have: runs of others are one underscore, none at the start. */
export function cleanUnit(text: string): string {
  const clean = text.replace(/[^A-Za-z0-9:]+/g, '_');
  return clean.startsWith('_') ? clean.slice(1) : clean;
}

/** The unit as metadata has it: `meters_per_second`. */
export function unitName(unit: string, utf8: boolean): string {
  let { main, per } = unitSuffixes(unit);
  if (!utf8) {
    main = cleanUnit(main);
    per = cleanUnit(per);
  }
  const name = main !== '' && per !== '' ? `${main}_${per}` : main + per;
  return name.replace(/^_/, '').replace(/_$/, '');
}

const codes: ReadonlyMap<string, string> = new Map([
  ...[...names].map(([code, name]): [string, string] => [name, code]),
  ['', ''],
  ['ratio', '1'],
]);
const perCodes: ReadonlyMap<string, string> = new Map([...perNames].map(([code, name]) => [name, code]));

/** The unit of OTLP for one of an exposition: `bytes_per_second` is `By/s`. A unit without a code stays as it is. */
export function codeOfUnit(unit: string): string {
  const at = unit.indexOf('_per_');
  const main = at < 0 ? unit : unit.slice(0, at);
  const per = at < 0 ? '' : unit.slice(at + '_per_'.length);
  return (codes.get(main) ?? main) + (per === '' ? '' : `/${perCodes.get(per) ?? per}`);
}
