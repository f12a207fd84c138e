/** Positions among the arguments of a command that are values: one, a list, all from one on, or every nth from one. */
type Values =
  | { readonly kind: 'at'; readonly index: number }
  | { readonly kind: 'from'; readonly index: number }
  | { readonly kind: 'every'; readonly index: number; readonly step: number };

const at = (index: number): Values => ({ kind: 'at', index });
const from = (index: number): Values => ({ kind: 'from', index });
const every = (index: number, step: number): Values => ({ kind: 'every', index, step });

/** Of a command that is not here all arguments stay: they are keys, numbers and options. */
const commands: ReadonlyMap<string, Values> = new Map(
  (
    [
      [from(0), 'AUTH'],
      [at(1), 'APPEND GEORADIUSBYMEMBER GETSET LPUSHX RPUSHX SET SETNX SISMEMBER ZRANK ZREVRANK ZSCORE'],
      [at(1), 'LPOS PUBLISH SPUBLISH'],
      [at(2), 'HSETNX LREM LSET PSETEX RESTORE SETBIT SETEX SETRANGE SMOVE ZINCRBY'],
      [at(3), 'LINSERT'],
      [from(1), 'GEODIST GEOHASH GEOPOS LPUSH RPUSH SADD SREM ZREM PFADD SMISMEMBER ZMSCORE ECHO'],
      [every(1, 2), 'MSET MSETNX'],
      [every(2, 2), 'HSET HMSET'],
      [every(3, 3), 'GEOADD'],
    ] as const
  ).flatMap(([values, names]) => names.split(' ').map((name) => [name, values] as const)),
);

const flags: ReadonlySet<string> = new Set(['NX', 'XX', 'GT', 'LT', 'CH', 'INCR']);

const mask = '?';

/** Commands of Redis or Valkey, one a line, with `?` for the values in them; keys and options stay. */
export function sanitizedRedis(text: string): string {
  const lines: string[] = [];
  for (const words of commandsOf(text)) {
    const [name, ...args] = words as [string, ...string[]];
    lines.push([name, ...sanitizedArguments(name.toUpperCase(), args)].join(' '));
  }
  return lines.join('\n');
}

function sanitizedArguments(name: string, args: readonly string[]): readonly string[] {
  const values = valuesOf(name, args);
  if (values === undefined || args.length <= values.index) return args;
  switch (values.kind) {
    case 'at':
      return args.toSpliced(values.index, 1, mask);
    case 'from':
      return args.toSpliced(values.index, args.length, mask);
    case 'every':
      return args.map((arg, i) => (i >= values.index && (i - values.index) % values.step === 0 ? mask : arg));
  }
}

/** Where the values lie; undefined: nowhere. */
function valuesOf(name: string, args: readonly string[]): Values | undefined {
  const isAt = (index: number, word: string): boolean => args[index]?.toUpperCase() === word;
  switch (name) {
    case 'CONFIG':
      return isAt(0, 'SET') ? every(2, 2) : undefined;
    case 'ACL':
      return isAt(0, 'SETUSER') ? from(2) : undefined;
    case 'HELLO':
      return isAt(1, 'AUTH') ? from(2) : undefined;
    case 'BITFIELD': {
      const index = args.findIndex((_, i) => i > 0 && isAt(i, 'SET'));
      return index < 0 ? undefined : at(index + 3);
    }
    case 'ZADD': {
      let index = 1;
      while (flags.has(args[index]?.toUpperCase() ?? '')) index++;
      return every(index + 1, 2);
    }
    default:
      return commands.get(name);
  }
}

/** The words of each command, in one pass. Quotes keep spaces and line breaks together, `\` the quote after it. */
function* commandsOf(text: string): Generator<readonly string[]> {
  let words: string[] = [];
  let start = -1;
  let isQuoted = false;
  for (let i = 0; i <= text.length; i++) {
    const char = text[i];
    const isEnd = char === undefined || (!isQuoted && (char === '\n' || char === '\r'));
    if (isEnd || (!isQuoted && (char === ' ' || char === '\t'))) {
      if (start >= 0) words.push(text.slice(start, i));
      start = -1;
      if (!isEnd || words.length === 0) continue;
      yield words;
      words = [];
      continue;
    }
    if (start < 0) start = i;
    if (char === '\\' && i + 1 < text.length) i++;
    else if (char === '"') isQuoted = !isQuoted;
  }
}
