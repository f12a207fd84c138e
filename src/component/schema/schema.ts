import { z } from 'zod';
import type { Capability } from '../capability.js';
import type { TextFault, TextRange } from '../config-value-error.js';
import { formatDuration, parseDuration } from './duration.js';
import { Expanded, plainValue, WholeFloat, writtenValue } from './expanded.js';
import { headerNameFault, headerValueFault, type HeaderProtocol } from './header-field.js';

/** Decodes one configuration value: default, validation, JSON Schema and option table all come from it. */
export type Schema<T> = z.ZodType<T>;

/** The documentation of an option. */
export interface Docs {
  /** Why one would set it, one sentence. */
  readonly about: string;
  readonly unit?: string;
  /** A group of many like options: the table of options has one line for all of them. */
  readonly folded?: true;
}

/** The kind of a schema, for printing, JSON Schema and tables; kept beside zod in `kinds`. */
export type Kind = { readonly docs?: Docs; readonly default?: unknown } & (
  | {
      readonly kind: 'text';
      readonly extension?: ExtensionReference;
      readonly pipeline?: true;
      /** May also be written as a whole number, or as any plain value. */
      readonly written?: 'whole' | 'plain';
    }
  | { readonly kind: 'secret' | 'flag' | 'int' | 'float' | 'duration' | 'any' }
  | {
      readonly kind: 'choice';
      readonly values: readonly string[];
      /** Upper and lower case are the same. */
      readonly anyCase?: true;
    }
  | { readonly kind: 'list' | 'map'; readonly element: z.ZodType }
  | { readonly kind: 'headers' }
  | {
      readonly kind: 'group';
      readonly shape: Readonly<Record<string, z.ZodType>>;
      readonly orText?: true;
      /** Unknown keys are kept. */
      readonly open?: true;
      /** All members have the same options, which tables list once, under this word. */
      readonly alike?: string;
    }
  | {
      readonly kind: 'variant';
      /** The key that says which it is. */
      readonly key: string;
      /** Each a group. */
      readonly variants: Readonly<Record<string, z.ZodType>>;
    }
  | {
      readonly kind: 'section';
      readonly absent: 'off' | 'on';
      readonly empty: 'off' | 'on';
      /** `enabled` is no key of it. */
      readonly switchless?: true;
      readonly element: z.ZodType;
    }
);

/** The value is the ID of an extension that must have a capability. */
export interface ExtensionReference {
  readonly capability: Capability;
  /** '' means none. */
  readonly optional: boolean;
}

export const kinds: WeakMap<object, Kind> = new WeakMap();

function kept<T>(schema: z.ZodType<T>, kind: Kind): Schema<T> {
  kinds.set(schema, kind);
  return schema;
}

/** Says what is wrong with a value, for text also at which of its characters; undefined when it is good. */
export type Check<T> = (value: T) => string | TextFault | undefined;

/** Text. A value through `${}` gives its original characters; null gives "". */
export function text(fallback = '', docs?: Docs, check?: Check<string>): Schema<string> {
  return kept(z.preprocess(textInput, checked(z.string(), check)).default(fallback), {
    kind: 'text',
    default: fallback,
    ...about(docs),
  });
}

/** Text that may be written as a whole number, such as a port. */
export function numeral(fallback: string, docs?: Docs, check?: (value: string) => string | undefined): Schema<string> {
  const input = (v: unknown): unknown => {
    const plain = plainValue(v);
    return typeof plain === 'bigint' || (typeof plain === 'number' && Number.isInteger(plain))
      ? String(plain)
      : textInput(v);
  };
  return kept(z.preprocess(input, checked(z.string(), check)).default(fallback), {
    kind: 'text',
    written: 'whole',
    default: fallback,
    ...about(docs),
  });
}

/** Text that may be written as any plain value, such as a number or `true`. */
export function scalar(fallback = '', docs?: Docs, check?: Check<string>): Schema<string> {
  const input = (v: unknown): unknown => {
    const plain = plainValue(v);
    return typeof plain === 'number' || typeof plain === 'bigint' || typeof plain === 'boolean'
      ? v instanceof Expanded
        ? v.original
        : String(plain)
      : textInput(v);
  };
  return kept(z.preprocess(input, checked(z.string(), check)).default(fallback), {
    kind: 'text',
    written: 'plain',
    default: fallback,
    ...about(docs),
  });
}

/**
 * The ID of an extension that must run and have `capability`; `optional`: '' means none. The whole configuration is
 * checked for it.
 */
export function extensionId(capability: Capability, docs?: Docs, optional = false): Schema<string> {
  const schema = z.preprocess(textInput, z.string()).default('');
  return kept(schema, { kind: 'text', default: '', extension: { capability, optional }, ...about(docs) });
}

/**
 * The ID of a pipeline that names the connector as a receiver, without the spaces around its parts. The whole
 * configuration is checked for it.
 */
export function pipelineId(docs?: Docs): Schema<string> {
  const trimmed = (v: unknown): unknown => {
    const given = textInput(v);
    if (typeof given !== 'string') return given;
    const at = given.indexOf('/');
    return at < 0 ? given.trim() : `${given.slice(0, at).trim()}/${given.slice(at + 1).trim()}`;
  };
  return kept(z.preprocess(trimmed, z.string()).default(''), {
    kind: 'text',
    default: '',
    pipeline: true,
    ...about(docs),
  });
}

/** Text that is never shown: printed as `[REDACTED]`. */
export function secret(fallback = '', docs?: Docs, check?: Check<string>): Schema<string> {
  return kept(z.preprocess(textInput, checked(z.string(), check)).default(fallback), {
    kind: 'secret',
    default: fallback,
    ...about(docs),
  });
}

export function flag(fallback: boolean, docs?: Docs): Schema<boolean> {
  return kept(z.preprocess((v) => plainValue(v) ?? zero(v, false), z.boolean()).default(fallback), {
    kind: 'flag',
    default: fallback,
    ...about(docs),
  });
}

/** A whole number; a fraction is cut and null is zero, as the Collector does. */
export function int(fallback: number, docs?: Docs, check?: (value: number) => string | undefined): Schema<number> {
  const input = (v: unknown): unknown => {
    const plain = plainValue(v) ?? zero(v, 0);
    if (typeof plain === 'bigint') return Number(plain);
    return typeof plain === 'number' ? Math.trunc(plain) : plain;
  };
  return kept(z.preprocess(input, checked(z.number(), check)).default(fallback), {
    kind: 'int',
    default: fallback,
    ...about(docs),
  });
}

export function float(fallback: number, docs?: Docs, check?: (value: number) => string | undefined): Schema<number> {
  return kept(z.preprocess((v) => plainValue(v) ?? zero(v, 0), checked(z.number(), check)).default(fallback), {
    kind: 'float',
    default: fallback,
    ...about(docs),
  });
}

/** A Go duration (`5s`), decoded to milliseconds; a bare whole number is nanoseconds. */
export function duration(fallback: string, docs?: Docs, check?: (ms: number) => string | undefined): Schema<number> {
  const fallbackMs = parseDuration(fallback) ?? 0;
  const input = (v: unknown, context: z.core.$RefinementCtx): unknown => {
    const plain = plainValue(v) ?? zero(v, 0);
    if (typeof plain === 'number') return Math.trunc(plain) / 1e6;
    if (typeof plain !== 'string') return plain;
    const ms = parseDuration(plain);
    if (ms === undefined) {
      const missing = /^[+-]?[\d.]+$/.test(plain);
      context.issues.push({
        code: 'custom',
        input: plain,
        message: missing ? `time: missing unit in duration "${plain}"` : `time: invalid duration "${plain}"`,
      });
      return z.NEVER;
    }
    return ms;
  };
  return kept(z.preprocess(input, checked(z.number(), check)).default(fallbackMs), {
    kind: 'duration',
    default: formatDuration(fallbackMs),
    ...about(docs),
  });
}

/** One of a few words. `message` words the refusal as the Collector does. */
export function choice<const T extends string>(
  values: readonly T[],
  fallback: T,
  docs?: Docs,
  message?: (value: string) => string,
): Schema<T> {
  const schema = z
    .preprocess(
      textInput,
      z.string().refine((v): v is T => (values as readonly string[]).includes(v), {
        // No check of the group may meet a word that it does not know.
        abort: true,
        error: (issue) =>
          message?.(String(issue.input)) ??
          `unsupported value "${String(issue.input)}", one of ${values.map((v) => JSON.stringify(v)).join(', ')} ` +
            `expected`,
      }),
    )
    .default(fallback);
  return kept(schema as unknown as z.ZodType<T>, { kind: 'choice', values, default: fallback, ...about(docs) });
}

/** A list; text is split at commas when the elements are text. */
export function list<T>(
  element: Schema<T>,
  fallback: readonly T[] = [],
  docs?: Docs,
  check?: (value: readonly T[], report: Report) => void,
): Schema<readonly T[]> {
  const ofText = ['text', 'secret', 'choice'].includes(kinds.get(element)?.kind ?? '');
  const input = (v: unknown): unknown => {
    const plain = plainValue(v) ?? zero(v, []);
    if (ofText && typeof plain === 'string') return plain === '' ? [] : plain.split(',');
    return plain;
  };
  let array: z.ZodType<readonly T[]> = z.array(element);
  if (check)
    array = array.superRefine((value, context) => {
      if (checking) check(value, reportTo(context));
    });
  return kept(z.preprocess(input, array).default([...fallback]), {
    kind: 'list',
    element,
    default: fallback,
    ...about(docs),
  });
}

/** A map with any keys. `fallback` stands for an absent one, and tables leave it to the text; null is the empty map. */
export function map<T>(
  element: Schema<T>,
  docs?: Docs,
  fallback: Readonly<Record<string, T>> = {},
): Schema<Readonly<Record<string, T>>> {
  return kept(z.preprocess((v) => plainValue(v) ?? zero(v, {}), z.record(z.string(), element)).default(fallback), {
    kind: 'map',
    element,
    default: {},
    ...about(docs),
  });
}

/**
 * A map of strings, or a list of `{name, value}`; values are secrets. Decodes to pairs sorted by name (map form).
 * Names and values that `protocol` cannot carry are faults.
 */
export function headers(
  docs?: Docs,
  protocol: HeaderProtocol = 'http',
): Schema<readonly (readonly [name: string, value: string])[]> {
  const pair = z.strictObject({
    name: z.preprocess(textInput, z.string()),
    value: z.preprocess(textInput, z.string()).default(''),
  });
  const schema = z
    .preprocess(
      (v, context) => {
        const plain = plainValue(v) ?? zero(v, []);
        if (checking) for (const fault of headerFaults(plain, protocol)) context.issues.push(fault);
        if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return plain;
        return Object.entries(plain)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => ({ name, value }));
      },
      z.array(pair).superRefine((pairs, context) => {
        const seen = new Set<string>();
        for (const { name } of pairs) {
          if (seen.has(name)) context.addIssue({ code: 'custom', message: `duplicate name "${name}" in map list` });
          seen.add(name);
        }
      }),
    )
    .default([])
    .transform((pairs) => pairs.map(({ name, value }) => [name, value] as const));
  return kept(schema as unknown as z.ZodType<readonly (readonly [string, string])[]>, {
    kind: 'headers',
    default: {},
    ...about(docs),
  });
}

/** In the form that was written, because it says where each name and value stands. */
function* headerFaults(given: unknown, protocol: HeaderProtocol): Generator<z.core.$ZodRawIssue> {
  if (typeof given !== 'object' || given === null) return;
  for (const [key, each] of Object.entries(given)) {
    const pair: unknown = Array.isArray(given) ? plainValue(each) : { name: key, value: each };
    if (typeof pair !== 'object' || pair === null || !('name' in pair)) continue;
    const name = textInput(pair.name);
    if (typeof name !== 'string') continue;
    const path = Array.isArray(given) ? [Number(key), 'name'] : [key];
    const wrongName = headerNameFault(name, protocol);
    if (wrongName) yield issueOf(wrongName, { input: given, path, params: { ofKey: !Array.isArray(given) } });
    const value = textInput('value' in pair ? pair.value : '');
    const wrongValue = typeof value === 'string' ? headerValueFault(value, name, protocol) : undefined;
    if (wrongValue)
      yield issueOf(wrongValue, {
        input: given,
        path: Array.isArray(given) ? [Number(key), 'value'] : [key],
        params: { secret: true },
      });
  }
}

function issueOf(
  { message, at, hint }: TextFault,
  { params, ...more }: { readonly input: unknown; readonly path?: PropertyKey[]; readonly params?: object },
): z.core.$ZodRawIssue {
  return { code: 'custom', message, params: { at, hint, ...params }, ...more };
}

/** Anything, unwrapped. */
export function any(docs?: Docs): Schema<unknown> {
  return kept(
    z.preprocess((v) => unwrapped(v, plainValue), z.unknown()),
    { kind: 'any', ...about(docs) },
  );
}

/** Anything, unwrapped, but whole numbers that were written in floating point as a `WholeFloat`. */
export function anyWritten(docs?: Docs): Schema<unknown> {
  return kept(
    z.preprocess((v) => unwrapped(v, writtenValue), z.unknown()),
    { kind: 'any', ...about(docs) },
  );
}

function unwrapped(input: unknown, unwrap: (given: unknown) => unknown): unknown {
  const value = unwrap(input);
  if (Array.isArray(value)) return value.map((each) => unwrapped(each, unwrap));
  if (typeof value === 'object' && value !== null && !(value instanceof WholeFloat))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapped(inner, unwrap)]));
  return value;
}

export type Shape<C> = { readonly [K in keyof C]-?: Schema<C[K]> };

/**
 * Names a fault found after decoding. `path` is below the group; `at`: which characters of the text there are wrong;
 * `hint`: advice.
 */
export type Report = (message: string, path?: readonly (string | number)[], at?: TextRange, hint?: string) => void;

function reportTo(context: z.core.$RefinementCtx): Report {
  return (message, path, at, hint) =>
    context.addIssue({ code: 'custom', message, path: [...(path ?? [])], params: { at, hint } });
}

/**
 * A map with known keys; any other key is an error, or, where the Collector accepts it, `kept` in the value. Absent and
 * null mean: all defaults.
 */
export function group<C extends object>(
  shape: Shape<C>,
  check?: (value: C, report: Report) => void,
  docs?: Docs,
  unknown: 'refused' | 'kept' = 'refused',
): Schema<C> {
  let object: z.ZodType = unknown === 'kept' ? z.looseObject(shape) : z.strictObject(shape);
  if (check) {
    object = object.superRefine((value, context) => {
      if (!checking) return;
      check(value as C, reportTo(context));
    });
  }
  const schema = z.preprocess((v) => plainValue(v) ?? zero(v, {}), object).prefault({});
  return kept(schema as unknown as z.ZodType<C>, {
    kind: 'group',
    shape: shape as unknown as Record<string, z.ZodType>,
    ...(unknown === 'kept' && { open: true }),
    ...about(docs),
  });
}

/** A group whose members have the same options with defaults of their own; tables list them once, under `word`. */
export function alike<C extends object>(shape: Shape<C>, word: string): Schema<C> {
  const schema = group<C>(shape);
  return kept(schema, { kind: 'group', shape: shape as unknown as Record<string, z.ZodType>, alike: word });
}

/** A group in whose place a text may stand: a statement beside groups of statements. */
export function textOr<C extends object>(element: Schema<C>): Schema<string | C> {
  const kind = kinds.get(element);
  if (kind?.kind !== 'group') throw new TypeError('only a group has a text in its place');
  // A union would hide the element's own issues behind "invalid union".
  const schema = z.any().transform((v, context): string | C | undefined => {
    const given = typeof plainValue(v) === 'object' ? v : textInput(v);
    if (typeof given === 'string') return given;
    const result = element.safeParse(v);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.issues.push({ ...issue, input: v } as never);
    return undefined;
  });
  return kept(schema as unknown as z.ZodType<string | C>, { ...kind, orText: true });
}

/** One of several groups; the word at `key` says which. */
export function variant<C extends object>(
  key: string,
  variants: Readonly<Record<string, Schema<C>>>,
  docs?: Docs,
): Schema<C> {
  // A union would hide the own issues of the group that is meant behind "invalid union".
  const schema = z.any().transform((v, context): C | undefined => {
    const given = plainValue(v);
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      context.issues.push({ code: 'invalid_type', expected: 'object', input: v } as never);
      return undefined;
    }
    const word = textInput((given as Readonly<Record<string, unknown>>)[key]);
    const element = typeof word === 'string' && Object.hasOwn(variants, word) ? variants[word] : undefined;
    if (element === undefined) {
      context.issues.push(wrongVariant(key, word, Object.keys(variants), v) as never);
      return undefined;
    }
    const result = element.safeParse(v);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.issues.push({ ...issue, input: v } as never);
    return undefined;
  });
  return kept(schema as unknown as z.ZodType<C>, { kind: 'variant', key, variants, ...about(docs) });
}

function wrongVariant(key: string, word: unknown, known: readonly string[], input: unknown): z.core.$ZodRawIssue {
  const code = 'custom';
  if (typeof word !== 'string' || word === '') {
    const hint = `\`${key}\` is one of ${known.toSorted().join(', ')}.`;
    return { code, message: `missing required field '${key}'`, input, params: { hint } };
  }
  const hint = { given: word, known };
  return { code, message: `unsupported ${key} '${word}'`, input, path: [key], params: { hint } };
}

/** Null has a meaning of its own, which is neither absence nor emptiness. */
export function orNull<T>(element: Schema<T>): Schema<T | null> {
  // A union would hide the element's own issues behind "invalid union".
  const schema = z
    .any()
    .prefault(absent)
    .transform((v, context): T | null | undefined => {
      if (v !== absent && plainValue(v) === null) return null;
      const result = element.safeParse(v === absent ? undefined : v);
      if (result.success) return result.data;
      for (const issue of result.error.issues) context.issues.push({ ...issue, input: v } as never);
      return undefined;
    });
  return kept(schema as unknown as z.ZodType<T | null>, kinds.get(element) ?? { kind: 'any' });
}

const absent: unique symbol = Symbol('absent');
const off: unique symbol = Symbol('off');

/**
 * A section that can be absent (docs/spec/core.md#decoding). `absent`: what no key at all means; `empty`: what `key:`
 * (null) means. `enabled: false` inside turns it off, unless it is `switchless`. Off decodes to undefined.
 */
export function section<C extends object>(
  element: Schema<C>,
  options: { readonly absent: 'off' | 'on'; readonly empty?: 'off' | 'on'; readonly switchless?: true },
  docs?: Docs,
): Schema<C | undefined> {
  const empty = options.empty ?? 'on';
  const input = (v: unknown, context: z.core.$RefinementCtx): unknown => {
    const plain = plainValue(v);
    if (plain === absent) return options.absent === 'on' ? {} : off;
    if (plain === null) return empty === 'on' ? {} : off;
    if (options.switchless || typeof plain !== 'object' || Array.isArray(plain) || !('enabled' in plain)) return plain;
    const { enabled, ...rest } = plain as Record<string, unknown>;
    const on = plainValue(enabled);
    if (typeof on !== 'boolean') {
      context.issues.push({
        code: 'custom',
        input: on,
        path: ['enabled'],
        message: `expected type 'bool', got '${typeof on}'`,
      });
      return z.NEVER;
    }
    return on ? rest : off;
  };
  // A union would hide the element's own issues behind "invalid union".
  const direct = z
    .any()
    .prefault(absent)
    .transform((v, context) => {
      const prepared = input(v, context);
      if (prepared === off || prepared === z.NEVER) return undefined;
      const result = element.safeParse(prepared);
      if (result.success) return result.data;
      for (const issue of result.error.issues) context.issues.push({ ...issue, input: prepared } as never);
      return undefined;
    });
  return kept(direct as unknown as z.ZodType<C | undefined>, {
    kind: 'section',
    absent: options.absent,
    empty,
    element,
    ...(options.switchless && { switchless: true }),
    ...about(docs),
  });
}

let checking = true;

/** Decodes without the checks that come after decoding, as `print-config --validate=false` does. */
export function withoutChecks<T>(decode: () => T): T {
  checking = false;
  try {
    return decode();
  } finally {
    checking = true;
  }
}

function checked<T, S extends z.ZodType<T>>(schema: S, check: Check<T> | undefined): z.ZodType<T> {
  if (!check) return schema;
  return schema.superRefine((value, context) => {
    if (!checking) return;
    const fault = check(value);
    if (typeof fault === 'string') context.addIssue({ code: 'custom', message: fault });
    else if (fault) context.addIssue(issueOf(fault, { input: value }) as never);
  });
}

function about(docs: Docs | undefined): { docs?: Docs } {
  return docs ? { docs } : {};
}

/**
 * A literal null (or an unset variable) sets a field to its zero value, not to its default; absence keeps the default.
 */
function zero<T>(given: unknown, value: T): T | undefined {
  return given === undefined ? undefined : value;
}

function textInput(v: unknown): unknown {
  if (v instanceof Expanded) return v.value === null ? '' : v.original;
  if (v instanceof WholeFloat) return v.value;
  return v === null ? '' : v;
}
