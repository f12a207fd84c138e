import type { z } from 'zod';
import type { Hint, TextRange } from '../component/config-value-error.js';
import { kinds, withoutChecks, type Kind, type Schema } from '../component/schema/schema.js';
import { nearest, suggestion, type Fault } from './fault.js';
import { maskOf } from './hidden-values.js';
import { isSecretPath, isTelling } from './hidden.js';
import type { Mask } from './mask.js';
import { locate, toValue, unsetIn, type ConfigNode } from './node.js';
import { placeWithin } from './written.js';

export interface DecodeOptions {
  /** Also the checks that come after decoding. Default true. */
  readonly checks?: boolean;
}

export type DecodedConfig<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Decodes one part of the configuration and reports every fault with its place. `path` names the part:
 * `exporters::debug`.
 */
export function decodeConfig<T>(
  schema: Schema<T>,
  node: ConfigNode,
  path: string,
  options: DecodeOptions = {},
): DecodedConfig<T> {
  const value = toValue(node);
  const result = options.checks === false ? withoutChecks(() => schema.safeParse(value)) : schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const mask = maskOf(node, kinds.get(schema));
  return { ok: false, faults: result.error.issues.flatMap((issue) => faultsOf(issue, schema, node, path, mask)) };
}

function faultsOf(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  root: ConfigNode,
  path: string,
  mask: Mask,
): readonly Fault[] {
  const at = locate(root, issue.path);
  if (at.hole) return [];
  const here = pathText(path, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const kind = kindAt(schema, issue.path, root);
    const known = keysAt(kind);
    return issue.keys.map((key): Fault => {
      const keyAt = locate(root, [...issue.path, key]);
      return {
        path: pathText(path, [...issue.path, key]),
        message: `unknown key ${JSON.stringify(key)}`,
        place: keyAt.keyPlace,
        origin: keyAt.origin,
        hint: () => flattened(key, kind) ?? suggestion(key, known, groupsWith(key, kind)),
        secretKey: () => (isSecretKey(nearest(key, known), kind) ? key : undefined),
      };
    });
  }
  const kind = kindAt(schema, issue.path, root);
  const secret = kind?.kind === 'secret' || (issue.code === 'custom' && issue.params?.['secret'] === true);
  const hidden = kind?.kind === 'secret' || kind?.kind === 'headers' || isSecretPath(here);
  const message = issue.code === 'invalid_type' ? wrongType(kind, valueAt(root, issue.path), hidden) : issue.message;
  const range = issue.code === 'custom' ? rangeOf(issue.params) : undefined;
  const ofKey = issue.code === 'custom' && issue.params?.['ofKey'] === true;
  const place =
    range && !secret ? placeWithin(at, range) : { place: ofKey ? at.keyPlace : at.place, origin: at.origin };
  return [
    {
      path: here,
      message: mask.apply(message),
      ...place,
      unset: unsetIn(at.node, message),
      secret,
      hint: adviceOf(issue) ?? hintFor(kind, issue) ?? (() => remedyAt(schema, issue.path, root)),
    },
  ];
}

/** The advice of a check, as `schema.ts` hands it through zod. */
function adviceOf(issue: z.core.$ZodIssue): string | undefined {
  const hint = issue.code === 'custom' ? (issue.params?.['hint'] as Hint | undefined) : undefined;
  return typeof hint === 'object' ? suggestion(hint.given, hint.known) : hint;
}

/** The characters that a check has found, as `schema.ts` hands them through zod. */
function rangeOf(params: Readonly<Record<string, unknown>> | undefined): TextRange | undefined {
  const at = params?.['at'];
  if (typeof at !== 'object' || at === null || !('offset' in at) || typeof at.offset !== 'number') return undefined;
  return 'length' in at && typeof at.length === 'number'
    ? { offset: at.offset, length: at.length }
    : { offset: at.offset };
}

/** `exporters::file::headers[0]::name`. */
export function pathText(path: string, steps: readonly PropertyKey[]): string {
  let text = path;
  for (const step of steps) text += typeof step === 'number' ? `[${step}]` : `::${String(step)}`;
  return text;
}

/** The expectation for a value, in words. */
const expected: Readonly<Record<Kind['kind'], string>> = {
  text: 'text',
  secret: 'text',
  flag: 'true or false',
  int: 'a whole number',
  float: 'a number',
  duration: 'a duration such as 5s or 1m30s',
  any: 'a value',
  choice: 'text',
  list: 'a list',
  map: 'a map',
  headers: 'a map, or a list of {name, value}',
  group: 'a map',
  variant: 'a map',
  section: 'a map',
};

function wrongType(kind: Kind | undefined, value: unknown, hidden: boolean): string {
  const given = hidden ? typeName(value) : `${typeName(value)}${shown(value)}`;
  return `expected ${kind ? expected[kind.kind] : 'another type of value'}, got ${given}`;
}

function hintFor(kind: Kind | undefined, issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    if (kind?.kind === 'text' || kind?.kind === 'choice') return 'Put it in quotes to make it text.';
    if (kind?.kind === 'flag') return 'Write true or false, without quotes.';
    if (kind?.kind === 'int' || kind?.kind === 'float') return 'Write a number, without a unit and without quotes.';
    if (kind?.kind === 'duration') return durationHint;
  }
  if (kind?.kind === 'duration' && issue.message.startsWith('time: ')) return durationHint;
  if (kind?.kind === 'choice') return `One of ${kind.values.map((value) => JSON.stringify(value)).join(', ')}.`;
  return undefined;
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return (
    { string: 'text', number: 'a number', bigint: 'a number', boolean: 'a boolean' }[typeof value as string] ??
    typeof value
  );
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value.length <= 60 ? ` ${JSON.stringify(value)}` : '';
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? ` (${value})` : '';
}

function valueAt(root: ConfigNode, path: readonly PropertyKey[]): unknown {
  let node: ConfigNode | undefined = root;
  for (const step of path)
    node =
      node?.kind === 'map'
        ? node.entries.get(String(step))?.node
        : node?.kind === 'list'
          ? node.items[Number(step)]
          : undefined;
  if (node === undefined) return undefined;
  return node.kind === 'scalar' ? node.value : node.kind === 'list' ? [] : {};
}

/** The kind of the schema at a path below a schema; `root` is the value of that schema, as it was written. */
export function kindAt(schema: z.ZodType, path: readonly PropertyKey[], root: ConfigNode): Kind | undefined {
  let kind = chosenBy(root, [], through(kinds.get(schema)));
  for (const [i, step] of path.entries()) {
    const next: z.ZodType | undefined =
      kind?.kind === 'group'
        ? kind.shape[String(step)]
        : kind?.kind === 'list' || kind?.kind === 'map'
          ? kind.element
          : undefined;
    if (next === undefined) return kind?.kind === 'headers' || kind?.kind === 'any' ? kind : undefined;
    kind = chosenBy(root, path.slice(0, i + 1), through(kinds.get(next)));
  }
  return kind;
}

/** In the place of a variant, the one of its groups that the value at `path` names. */
function chosenBy(root: ConfigNode, path: readonly PropertyKey[], kind: Kind | undefined): Kind | undefined {
  if (kind?.kind !== 'variant') return kind;
  const word = valueAt(root, [...path, kind.key]);
  const schema = typeof word === 'string' && Object.hasOwn(kind.variants, word) ? kind.variants[word] : undefined;
  return schema === undefined ? kind : kinds.get(schema);
}

/**
 * The hint for a value where nothing more exact is known: the description of its option, or of the nearest around it,
 * and the options of a group.
 */
export function remedyAt(schema: z.ZodType, path: readonly PropertyKey[], root: ConfigNode): string | undefined {
  for (let length = path.length; length >= 0; length--) {
    const kind = kindAt(schema, path.slice(0, length), root);
    const name = path.slice(0, length).findLast((step) => typeof step === 'string');
    const about = kind && aboutOf(kind, length === path.length);
    if (about !== undefined) return name === undefined ? about : `\`${name}\`: ${about}`;
  }
  return undefined;
}

function aboutOf(kind: Kind, meant: boolean): string | undefined {
  const { docs } = kind;
  const plain = ['string', 'number', 'boolean'].includes(typeof kind.default) && kind.default !== '';
  if (docs)
    return `${docs.about}${plain ? ` Default: ${String(kind.default)}${docs.unit ? ` ${docs.unit}` : ''}.` : ''}`;
  if (kind.kind === 'list' && meant) return 'Write a list, such as [a, b].';
  if (kind.kind !== 'group' || !meant) return undefined;
  const options = Object.keys(kind.shape);
  return options.length === 0 ? 'It has no options.' : `Options here: ${options.toSorted().join(', ')}.`;
}

function through(kind: Kind | undefined): Kind | undefined {
  return kind?.kind === 'section' ? through(kinds.get(kind.element)) : kind;
}

const durationHint = 'A duration is written as 500ms, 5s or 1m30s.';

/** A key of the group whose value is a secret. */
function isSecretKey(key: string | undefined, kind: Kind | undefined): boolean {
  if (key === undefined || kind?.kind !== 'group') return false;
  const schema = kind.shape[key];
  return isTelling(key) || (schema !== undefined && kinds.get(schema)?.kind === 'secret');
}

/** The groups right below that know a key. */
function groupsWith(key: string, kind: Kind | undefined): string[] {
  if (kind?.kind !== 'group') return [];
  return Object.entries(kind.shape).flatMap(([name, below]) =>
    keysAt(through(kinds.get(below))).includes(key) ? [name] : [],
  );
}

/** Advice for `cors_allowed_origins`, which older versions of the Collector had: it stands under `cors`. */
function flattened(key: string, kind: Kind | undefined): string | undefined {
  if (kind?.kind !== 'group') return undefined;
  const found = Object.entries(kind.shape).find(
    ([name, below]) =>
      key.startsWith(`${name}_`) && keysAt(through(kinds.get(below))).includes(key.slice(name.length + 1)),
  );
  return found && `It stands under \`${found[0]}\` as \`${key.slice(found[0].length + 1)}\`.`;
}

function keysAt(kind: Kind | undefined): string[] {
  return kind?.kind === 'group' ? Object.keys(kind.shape) : kind?.kind === 'headers' ? ['name', 'value'] : [];
}
