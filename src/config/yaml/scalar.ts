export type ScalarValue = string | number | bigint | boolean | null;

const words: ReadonlyMap<string, ScalarValue> = new Map<string, ScalarValue>([
  ['', null],
  ...['~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, -Infinity] as const),
]);

/**
 * The meaning of a plain scalar in the Collector's YAML (docs/spec/core.md#decoding): YAML 1.1 octals, underscores and
 * timestamps, but only true and false as booleans.
 */
export function plainScalar(text: string): ScalarValue {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  return timestamp(text) ?? number(text) ?? text;
}

/** The value of a scalar with an explicit tag such as `!!int`; undefined when the text does not fit the tag. */
export function taggedScalar(tag: string, text: string): ScalarValue | undefined {
  switch (tag) {
    case 'tag:yaml.org,2002:str':
      return text;
    case 'tag:yaml.org,2002:binary':
      return Buffer.from(text, 'base64').toString();
    case 'tag:yaml.org,2002:null':
      return plainScalar(text) === null ? null : undefined;
    case 'tag:yaml.org,2002:bool': {
      const value = plainScalar(text);
      return typeof value === 'boolean' ? value : undefined;
    }
    case 'tag:yaml.org,2002:int':
    case 'tag:yaml.org,2002:float': {
      const value = plainScalar(text);
      return typeof value === 'number' || typeof value === 'bigint' ? value : undefined;
    }
    case 'tag:yaml.org,2002:timestamp':
      return timestamp(text);
    default:
      return text;
  }
}

/** Digits of a whole number, 64 binary ones with room for leading zeros. */
const maxDigits = 256;
const maxUint64 = 2n ** 64n - 1n;
const minInt64 = -(2n ** 63n);

function number(text: string): number | bigint | undefined {
  const plain = text.replaceAll('_', '');
  // A longer one has no value of 64 bits, and takes long to compute.
  const match =
    plain.length <= maxDigits &&
    /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9]\d*))$/.exec(plain);
  if (match) {
    const [, sign, hex, octal, binary, decimal] = match;
    const digits =
      hex !== undefined
        ? `0x${hex}`
        : octal !== undefined
          ? `0o${octal}`
          : binary !== undefined
            ? `0b${binary}`
            : (decimal ?? '0');
    const magnitude = BigInt(digits);
    const value = sign === '-' ? -magnitude : magnitude;
    if (value <= maxUint64 && value >= minInt64)
      return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }
  if (!/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

/** A date; then, if there is more, a time with a fraction and a zone. */
const timestampPattern = new RegExp(
  /^(\d{4})-(\d{1,2})-(\d{1,2})/.source +
    /(?:(?:[Tt]|[ \t]+)(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?(?:Z|([-+]\d\d):?(\d\d))?)?$/.source,
);

/** RFC 3339 text of a YAML timestamp. Without a zone it is UTC. */
function timestamp(text: string): string | undefined {
  const match = timestampPattern.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone, zoneMinutes = '00'] = match;
  const two = (part: string | undefined): string => (part ?? '').padStart(2, '0');
  const utc = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (utc.getUTCMonth() !== Number(month) - 1 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return undefined;
  const digits = fraction.replace(/(?<!0)0+$/, '').slice(0, 10);
  const date = `${year}-${two(month)}-${two(day)}`;
  const time = `${two(hour)}:${two(minute)}:${two(second)}${digits === '.' ? '' : digits}`;
  return `${date}T${time}${zone === undefined ? 'Z' : `${zone}:${zoneMinutes}`}`;
}
