import { isIP } from 'node:net';
import type { RequestContext } from '../../component/consumer.js';
import { hostOfPeer } from '../../component/peer-host.js';
import type { AttributeTable } from '../../otlp/edit/attribute-table.js';
import { key as prepared, type Key } from '../../otlp/view/key.js';
import type { Association, AssociationValues } from './association.js';

/** An association whose sources were all there. */
export interface Matched {
  readonly association: number;
  readonly values: string;
  /** The sender's address, where it was a source. */
  readonly connection: string | undefined;
}

/** Reads the values of associations from a resource and its sender. One for all resources. */
export class PodLookup implements AssociationValues {
  readonly #associations: readonly Association[];
  readonly #keys: ReadonlyMap<string, Key>;
  #table: AttributeTable | undefined;
  connection: string | undefined;

  constructor(associations: readonly Association[], more: readonly string[]) {
    this.#associations = associations;
    const names = associations.flatMap(({ sources }) => sources.map(({ name }) => name)).filter((name) => name !== '');
    this.#keys = new Map([...new Set([...names, ...more])].map((name) => [name, prepared(name)]));
  }

  /** Of all attributes that it reads. */
  get keys(): readonly Key[] {
    return [...this.#keys.values()];
  }

  /** The sender of the resources that follow. */
  begin({ peer }: RequestContext): void {
    const host = peer === undefined ? '' : hostOfPeer(peer);
    // An IPv4 sender on a socket for both families.
    const address = host.startsWith('::ffff:') ? host.slice('::ffff:'.length) : host;
    this.connection = isIP(address) > 0 ? address : undefined;
  }

  /** The resource that is open in `table`. The first association that it has all values for decides. */
  match(table: AttributeTable): Matched | undefined {
    this.#table = table;
    for (const [i, association] of this.#associations.entries()) {
      const values = association.valuesOf(this);
      if (values === undefined) continue;
      const usesConnection = association.sources.some(({ from }) => from === 'connection');
      return { association: i, values, connection: usesConnection ? this.connection : undefined };
    }
    return undefined;
  }

  attribute(name: string): string | undefined {
    const key = this.#keys.get(name);
    const row = key && this.#table ? this.#table.find(key) : -1;
    if (!this.#table || row < 0) return undefined;
    const value = this.#table.value(row);
    return value.type === 'string' ? value.string.toString() : undefined;
  }

  /** A number of a resource, as an integer or as text. */
  integer(name: string): number | undefined {
    const key = this.#keys.get(name);
    const row = key && this.#table ? this.#table.find(key) : -1;
    if (!this.#table || row < 0) return undefined;
    const value = this.#table.value(row);
    if (value.type === 'int') return value.int.high === 0 ? value.int.low >>> 0 : undefined;
    const text = value.type === 'string' ? value.string.toString() : '';
    return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  }
}
