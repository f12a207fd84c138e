import type { z } from 'zod';
import type { Signal } from '../../otlp/signal.js';
import type { TextFault, TextRange } from '../config-value-error.js';
import { kinds, type Report, type Schema } from './schema.js';

/** The tools of a check of a component in use. */
export interface InUse {
  /** Names a fault below the value that is checked. */
  readonly report: Report;
  /** Names something that works otherwise than its user may expect: one line of the log at start. */
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** The same of the value itself, at its place in the configuration: `validate` shows it, too. */
  warnHere(message: string, hint: string): void;
  /** The signals that the component is used for; none for an extension. */
  readonly signals: ReadonlySet<Signal>;
  /** Whether the extension with this ID signs requests with something that must not be sent without TLS. */
  requiresTls(extension: string): boolean;
  /** Notes where a server listens; returns the one of this configuration that listens there already. */
  listens(place: ListeningPlace): string | undefined;
  /** Feature gates that are on. */
  readonly gates: ReadonlySet<string>;
  /** The environment variables of the program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The options of the group that the value stands in, by which a part of several groups sees its neighbours. */
  readonly beside: Readonly<Record<string, unknown>>;
}

/** A server's address as configured: names are not looked up. */
export interface ListeningPlace {
  readonly transport: 'tcp' | 'tcp4' | 'tcp6' | 'unix' | 'udp';
  /** '' for every address of the machine; the path of a unix socket. */
  readonly host: string;
  /** 0 for any that is free, and for a unix socket. */
  readonly port: number;
}

type Check = (value: unknown, use: InUse) => void;

const checks = new WeakMap<object, Check[]>();

/**
 * Adds a check that is made only where the component will run: the Collector accepts any value in one that no pipeline
 * uses, and files need not be there on the machine that a configuration is written on. It may read files, and opens no
 * port. `kanmon validate` and a start make the same checks, so that whatever keeps a component from starting, and can
 * be known before, belongs into one. Not made for a section that is off.
 */
export function inUse<T>(schema: Schema<T>, check: (value: T, use: InUse) => void): Schema<T> {
  checks.set(schema, [...(checks.get(schema) ?? []), check as Check]);
  return schema;
}

/** A check of one value that knows the one fault of it. */
export function inUseUnless<T>(schema: Schema<T>, faultOf: (value: T) => TextFault | undefined): Schema<T> {
  return inUse(schema, (value, { report }) => {
    const fault = faultOf(value);
    if (fault) report(fault.message, [], fault.at, fault.hint);
  });
}

/** A fault that such a check found. */
export interface UseFault {
  readonly message: string;
  /** Below the value of the schema. */
  readonly path: readonly (string | number)[];
  readonly at: TextRange | undefined;
  /** Advice. */
  readonly hint: string | undefined;
}

/** Makes the checks for a decoded value of `schema` and everything in it. */
export function useFaults(
  schema: z.ZodType,
  value: unknown,
  use: Omit<InUse, 'report' | 'beside' | 'warnHere'> & {
    /** `path` is below the value of the schema. */
    warnAt(path: Path, message: string, hint: string): void;
  },
): readonly UseFault[] {
  const faults: UseFault[] = [];
  visit(schema, value, [], {}, (each, inner, path, beside) => {
    const report: Report = (message, below = [], at, hint) =>
      void faults.push({ message, path: [...path, ...below], at, hint });
    const warnHere: InUse['warnHere'] = (message, hint) => use.warnAt(path, message, hint);
    for (const check of checks.get(each) ?? []) check(inner, { ...use, beside, report, warnHere });
  });
  return faults;
}

type Path = readonly (string | number)[];
type Options = Readonly<Record<string, unknown>>;
type Visited = (schema: z.ZodType, value: unknown, path: Path, beside: Options) => void;

/** Every schema of a decoded value, the outer ones first. */
function visit(schema: z.ZodType, value: unknown, path: Path, beside: Options, visited: Visited): void {
  if (value === undefined) return;
  visited(schema, value, path, beside);
  const kind = kinds.get(schema);
  switch (kind?.kind) {
    case 'section':
      return visit(kind.element, value, path, beside, visited);
    case 'list':
      if (Array.isArray(value))
        for (const [i, item] of value.entries()) visit(kind.element, item, [...path, i], {}, visited);
      return;
    case 'map':
      for (const [key, item] of Object.entries(optionsOf(value)))
        visit(kind.element, item, [...path, key], {}, visited);
      return;
    case 'variant': {
      const chosen = kind.variants[String(optionsOf(value)[kind.key])];
      if (chosen) visit(chosen, value, path, beside, visited);
      return;
    }
    case 'group': {
      const options = optionsOf(value);
      for (const [key, inner] of Object.entries(kind.shape))
        visit(inner, options[key], [...path, key], options, visited);
      return;
    }
    default:
  }
}

/** None of a text that stands in the place of a group. */
function optionsOf(value: unknown): Options {
  return typeof value === 'object' && value !== null ? (value as Options) : {};
}
