import { parseDuration } from '../component/schema/duration.js';
import { shownUrl } from '../component/shown-url.js';
import { isSecretPath } from '../config/hidden.js';
import type { ConfigNode, MapEntry, ScalarNode } from '../config/node.js';
import { asWritten } from '../config/older/nodes.js';
import type { Place } from '../config/place.js';
import { maxItems } from './bounds.js';

/** A place of a configuration to point at, and the keys that lead there. */
export interface Spot {
  readonly place: Place;
  /** `exporters::otlp_grpc::endpoint`. */
  readonly path: string;
}

/**
 * A value of a configuration, or the lack of one, as a rule asks for it. `...Or` gives the fallback for what is not
 * written, and undefined for what cannot be known here: a variable that is not set, a file that is not there, or a
 * value of another type.
 */
export class Setting implements Spot {
  readonly path: string;
  readonly #entry: MapEntry | undefined;
  readonly #above: Place;

  /** `above` is the place of what would hold it, to point at while it is not written. */
  constructor(path: string, entry: MapEntry | undefined, above: Place) {
    this.path = path;
    this.#entry = entry;
    this.#above = above;
  }

  /** Of its key; of the key above it where it is not written. */
  get place(): Place {
    return this.#entry?.keyPlace ?? this.#above;
  }

  /** Written, and not left empty. */
  get isSet(): boolean {
    const { node } = this;
    return node !== undefined && !(node.kind === 'scalar' && node.value === null && node.unset === undefined);
  }

  /** Its key is written, with or without a value. */
  get isWritten(): boolean {
    return this.#entry !== undefined;
  }

  /** Its value cannot be known here. */
  get isUnknown(): boolean {
    const { node } = this;
    return node !== undefined && (node.kind === 'hole' || node.unset !== undefined);
  }

  get node(): ConfigNode | undefined {
    return this.#entry?.node;
  }

  /** The setting below it under keys. A setting that cannot be known holds none that can. */
  at(...keys: readonly string[]): Setting {
    return keys.reduce<Setting>((above, key) => above.#below(key), this);
  }

  #below(key: string): Setting {
    const { node, place } = this;
    const entry = node?.kind === 'map' ? node.entries.get(key) : undefined;
    const found = node?.kind === 'hole' ? { keyPlace: place, node } : entry;
    return new Setting(`${this.path}::${key}`, found, place);
  }

  entries(): readonly (readonly [key: string, value: Setting])[] {
    const { node } = this;
    return node?.kind === 'map' ? [...node.entries.keys()].map((key) => [key, this.at(key)] as const) : [];
  }

  /** The items of a list, or of text the parts between commas. */
  items(): readonly Setting[] {
    const { node, path } = this;
    if (node?.kind === 'list')
      return node.items.map(
        (item, i) => new Setting(`${path}[${i}]`, { keyPlace: item.place, node: item }, item.place),
      );
    if (node?.kind !== 'scalar' || typeof node.value !== 'string' || node.value === '') return [];
    return node.value.split(',', maxItems).map((part, i) => {
      const item: ScalarNode = { ...node, value: part.trim(), text: part.trim(), written: undefined };
      return new Setting(`${path}[${i}]`, { keyPlace: node.place, node: item }, node.place);
    });
  }

  textOr<T>(fallback: T): string | T | undefined {
    const scalar = this.#scalar();
    if (scalar === 'absent') return fallback;
    return scalar === undefined || scalar.value === null ? undefined : String(scalar.from?.original ?? scalar.value);
  }

  numberOr<T>(fallback: T): number | T | undefined {
    const scalar = this.#scalar();
    if (scalar === 'absent') return fallback;
    if (typeof scalar?.value === 'bigint') return Number(scalar.value);
    return typeof scalar?.value === 'number' ? scalar.value : undefined;
  }

  flagOr(fallback: boolean): boolean | undefined {
    const scalar = this.#scalar();
    if (scalar === 'absent') return fallback;
    return typeof scalar?.value === 'boolean' ? scalar.value : undefined;
  }

  /** Milliseconds. A bare number is nanoseconds, as for the Collector. */
  durationOr<T>(fallback: T): number | T | undefined {
    const scalar = this.#scalar();
    if (scalar === 'absent') return fallback;
    if (typeof scalar?.value === 'number') return scalar.value / 1e6;
    return typeof scalar?.value === 'string' ? parseDuration(scalar.value) : undefined;
  }

  /** As a message may show it: what came through `${...}` as it is written, and nothing that may be a secret. */
  shown(): string {
    const { node } = this;
    if (node === undefined) return 'nothing';
    if (node.kind !== 'scalar') return 'a value';
    return isSecretPath(this.path) ? '***' : shownUrl(String(asWritten(node)));
  }

  #scalar(): ScalarNode | 'absent' | undefined {
    const { node } = this;
    if (!this.isSet || node === undefined) return 'absent';
    return node.kind === 'scalar' && !this.isUnknown ? node : undefined;
  }
}
