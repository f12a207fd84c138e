import { apiValue, type ApiJson } from './json.js';

/** Powers of ten and of two that a suffix stands for. */
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binary: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** The largest value of an int64, which larger ones become. */
const most = 2n ** 63n - 1n;
/** Digits of an exponent, and characters of a quantity, of which no one writes more. */
const longestExponent = 3;
const longest = 64;

/**
 * A quantity of the API, such as `100m`, `1.5Gi` or `2e3`, in units of 10^`-places`, rounded away from zero as the
 * API's own reading does; undefined for a text that is none.
 */
function scaled(text: string, places: number): bigint | undefined {
  if (text.length > longest) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = /^([+-]?)(\d*)(?:\.(\d*))?(\D.*)?$/.exec(text) ?? [];
  if (whole === '' && fraction === '') return undefined;
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix)?.[1];
  let tens = places - fraction.length;
  let twos = 0;
  if (exponent !== undefined) {
    if (exponent.replace(/^[+-]/, '').length > longestExponent) return undefined;
    tens += Number(exponent);
  } else if (Object.hasOwn(decimal, suffix)) tens += decimal[suffix] ?? 0;
  else if (Object.hasOwn(binary, suffix)) twos = binary[suffix] ?? 0;
  else return undefined;
  const digits = BigInt(whole + fraction) << BigInt(twos);
  const magnitude = tens >= 0 ? digits * 10n ** BigInt(tens) : ceilingOf(digits, 10n ** BigInt(-tens));
  const bounded = magnitude > most ? most : magnitude;
  return sign === '-' ? -bounded : bounded;
}

function ceilingOf(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

/** The whole number of a quantity. */
export function quantityValue(text: string): number | bigint | undefined {
  return exact(scaled(text, 0));
}

/** A thousandth of the unit: `1500` for 1.5 CPUs. */
export function quantityMillis(text: string): number | bigint | undefined {
  return exact(scaled(text, 3));
}

function exact(value: bigint | undefined): number | bigint | undefined {
  return value === undefined || value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER
    ? value
    : Number(value);
}

/** The quantities of a map of resources (`cpu`, `requests.memory`) under `path`, as texts. */
export function apiQuantities(value: ApiJson, ...path: readonly string[]): (readonly [name: string, text: string])[] {
  const found = apiValue(value, ...path);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return [];
  return Object.entries(found).flatMap(([name, each]): (readonly [string, string])[] =>
    typeof each === 'string' || typeof each === 'number' ? [[name, String(each)]] : [],
  );
}
