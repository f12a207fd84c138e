import { itemNames, signals, type Signal } from '../signal.js';
import { camelCase } from './names.js';

const top: ReadonlyMap<string, Signal> = new Map(
  signals.flatMap((signal) => {
    const name = `resource_${signal === 'traces' ? 'spans' : signal}`;
    return [name, camelCase(name)].map((key) => [key, signal] as const);
  }),
);
/** Where items lay until OTLP 0.15 named them after their scopes. */
const old = /^instrumentation(_library_|Library)(spans|metrics|logs)$/i;
/** Objects and lists around the keys of a request, and of a resource in its list. */
const atTop = 1;
const inResource = 3;
const paths: Readonly<Record<Signal, string>> = {
  traces: '/v1/traces',
  metrics: '/v1/metrics',
  logs: '/v1/logs',
  profiles: '/v1development/profiles',
};
/** Characters of a key that are shown. */
const mostShown = 64;

/**
 * Keys of a request that are no fields of OTLP and hold a list or an object. The protocol wants them ignored; but a
 * request may lose all its items by one, and its sender should learn of that.
 */
export class UnreadKeys {
  readonly #signal: Signal;
  #first: string | undefined;
  /** Says that the key held items. */
  #lost: string | undefined;

  constructor(signal: Signal) {
    this.#signal = signal;
  }

  /** Whether a further key at this depth can say anything more. */
  wants(depth: number): boolean {
    return this.#lost === undefined && (this.#first === undefined || depth === atTop || depth === inResource);
  }

  /** A key that is no field, in an object with `depth - 1` objects and lists around it. */
  add(key: string, path: string, depth: number): void {
    const shown = JSON.stringify(`${path}${path === '' ? '' : '.'}${key.slice(0, mostShown)}`);
    const other = depth === atTop ? top.get(key) : undefined;
    if (other)
      this.#lost = `${shown} is not read here: ${other} have a path of their own, ${paths[other]} unless configured`;
    else if (depth === inResource && old.test(key))
      this.#lost = `${shown} is not read: it is the name that OTLP had before version 0.15; "scope..." is the name now`;
    else this.#first ??= shown;
  }

  /** The sentence for the sender of a request with so many items; undefined when it lost none by its keys. */
  sentence(items: number): string | undefined {
    if (this.#lost !== undefined || items > 0 || this.#first === undefined) return this.#lost;
    return `the request has no ${itemNames[this.#signal].replaceAll('_', ' ')}: ${this.#first} is no field of OTLP`;
  }
}
