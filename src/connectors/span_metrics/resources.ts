import { HashIndex } from '../../aggregation/hash-index.js';
import { IdRows } from '../../aggregation/id-rows.js';
import type { MemoryBound } from '../../aggregation/memory-bound.js';
import { NumberRows } from '../../aggregation/number-rows.js';
import { valueKind, type Values } from '../../aggregation/values.js';
import { AttributeRun } from '../../otlp/keys/attribute-run.js';
import { mapHash } from '../../otlp/keys/map-hash.js';
import { SeededHash } from '../../otlp/keys/seeded-hash.js';
import type { Key } from '../../otlp/view/key.js';
import type { ResourceView } from '../../otlp/view/resource.js';

/** The number of the resource that has no attributes and takes the spans for whose resource there is no room. */
export const noRoom = 0;

const field = {
  ...{ identity: 0, index: 4, attributes: 5, service: 6, previous: 7, next: 8, state: 9 },
  families: 10,
} as const;
/** Of each family: the overflow series + 1, series that count towards the limit, and a column + 1 (see `Overflow`). */
const perFamily = { overflow: 0, active: 1, exploded: 2 } as const;
const familyFields = 3;

const state = { free: 0, live: 1, evicted: 2 } as const;
/** A row, its slot in the index, and the time. */
const rowBytes = 140;

export interface ResourcesParts {
  readonly values: Values;
  readonly bound: MemoryBound;
  readonly families: number;
  /** Bytes that an overflow series of each family takes: it has to be there when it is needed. */
  readonly overflowBytes: number;
  /** Attributes by which resources are told apart; none: all. */
  readonly keys: readonly Key[];
}

/**
 * The resources that have series, by number, in the order of their last use. The Collector's identity tells them apart:
 * a hash of their attributes. One that makes room for another is evicted: it stays until its series have left with the
 * next flush, and is as before when it comes again until then.
 */
export class Resources {
  readonly #parts: ResourcesParts;
  readonly #rows: IdRows;
  readonly #seen: NumberRows = new NumberRows(1);
  readonly #index: HashIndex = new HashIndex();
  readonly #hash: SeededHash = new SeededHash();
  readonly #identity: Buffer = Buffer.alloc(16);
  readonly #run: AttributeRun = new AttributeRun();
  /** By service, as a number of `Values`: bytes that its resources and series count. */
  readonly #charges: NumberRows = new NumberRows(1);
  #charged = -1;
  /** The one used last, and the one not used for the longest time, of those that are live. */
  #newest = -1;
  #oldest = -1;
  #free: number[] = [];
  /** Numbers that were ever given: all resources are below. */
  end = 1;
  /** Resources that are live. */
  live = 0;

  constructor(parts: ResourcesParts) {
    this.#parts = parts;
    this.#rows = new IdRows(field.families + parts.families * familyFields);
    this.#rows.clear(noRoom);
    this.#seen.clear(noRoom);
    parts.bound.count(this.#bytes);
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return (
      this.#rows.reservedBytes + this.#seen.reservedBytes + this.#index.reservedBytes + this.#charges.reservedBytes
    );
  }

  /**
   * The number of a resource that is used now, a new one where it is not known; `noRoom` when there is none for it.
   * `service`: the bytes of its service's name; `most`: live resources there may be.
   */
  enter(view: ResourceView, service: Uint8Array, now: number, most: number): number {
    this.#identify(view);
    const hash = this.#hash.of(this.#identity, 0, 16);
    for (let number = this.#index.first(hash); number >= 0; number = this.#index.next()) {
      if (!this.#isIt(number)) continue;
      this.#use(number, now, most);
      return number;
    }
    return this.#add(view, hash, service, now, most);
  }

  isThere(number: number): boolean {
    return number === noRoom || this.#rows.get(number, field.state) !== state.free;
  }

  isEvicted(number: number): boolean {
    return number !== noRoom && this.#rows.get(number, field.state) === state.evicted;
  }

  /** When it was used last. */
  seenAt(number: number): number {
    return this.#seen.get(number, 0);
  }

  /** The attributes of the first resource that had this number, as a number of `Values`. */
  attributesOf(number: number): number {
    return this.#rows.get(number, field.attributes);
  }

  /** Its service, as a number of `Values`. */
  serviceOf(number: number): number {
    return this.#rows.get(number, field.service);
  }

  /** Bytes that the service of a resource has in use. */
  heldBy(number: number): number {
    return number === noRoom ? 0 : this.#charges.get(this.serviceOf(number), 0);
  }

  /** Counts bytes that the service of a resource takes, or, below 0, gives back. */
  charge(number: number, bytes: number): void {
    if (number !== noRoom) this.#charges.add(this.serviceOf(number), 0, bytes);
  }

  /** The overflow series of a family; -1 when there is none. */
  overflowOf(number: number, family: number): number {
    return this.#get(number, family, perFamily.overflow) - 1;
  }

  setOverflow(number: number, family: number, row: number): void {
    this.#set(number, family, perFamily.overflow, row + 1);
  }

  /** Series of a family that count towards the limit. */
  activeOf(number: number, family: number): number {
    return this.#get(number, family, perFamily.active);
  }

  addActive(number: number, family: number, change: number): void {
    this.#set(number, family, perFamily.active, this.activeOf(number, family) + change);
  }

  /** The column of a family that was found to have the most values; -1 when none was looked for. */
  explodedOf(number: number, family: number): number {
    return this.#get(number, family, perFamily.exploded) - 1;
  }

  setExploded(number: number, family: number, column: number): void {
    this.#set(number, family, perFamily.exploded, column + 1);
  }

  /** Lets a resource leave with the next flush, unless it comes again until then. */
  evict(number: number): void {
    if (number === noRoom || this.#rows.get(number, field.state) !== state.live) return;
    this.#unlink(number);
    this.#rows.set(number, field.state, state.evicted);
  }

  /** Forgets a resource that has no series. */
  remove(number: number): void {
    const { values, bound } = this.#parts;
    if (this.#rows.get(number, field.state) === state.live) this.#unlink(number);
    this.#rows.set(number, field.state, state.free);
    this.#index.remove(this.#rows.get(number, field.index), number);
    this.charge(number, -this.#chargeOf(number));
    values.release(this.attributesOf(number));
    values.release(this.serviceOf(number));
    bound.count(-this.#bytes);
    this.#free.push(number);
  }

  get #bytes(): number {
    return rowBytes + this.#parts.families * familyFields * 4 + this.#parts.overflowBytes;
  }

  #chargeOf(number: number): number {
    return this.#bytes + this.#parts.values.lengthOf(this.attributesOf(number));
  }

  #add(view: ResourceView, hash: number, service: Uint8Array, now: number, most: number): number {
    const { values, bound } = this.#parts;
    this.#run.clear();
    for (const attribute = view.attributes(); attribute.next();)
      this.#run.add(attribute.fields.bytes, attribute.fields.pieceFrom(0), attribute.fields.pieceTo(0));
    const { bytes, length } = this.#run;
    const known = values.find(valueKind.text, service, 0, service.length);
    const held = known < 0 ? 0 : this.#chargedOf(known);
    if (!bound.fits(this.#bytes + length + service.length, held)) return noRoom;
    const number = this.#free.at(-1) ?? this.end;
    if (!this.#index.add(hash, number)) return noRoom;
    if (number === this.end) this.end++;
    else this.#free.pop();
    this.#rows.clear(number);
    this.#seen.clear(number);
    for (let i = 0; i < 4; i++) this.#rows.set(number, field.identity + i, this.#identity.readInt32LE(i * 4));
    this.#rows.set(number, field.index, hash);
    const serviceId = known < 0 ? values.add(valueKind.text, service, 0, service.length) : known;
    const found = values.find(valueKind.attributes, bytes, 0, length);
    const attributes = found < 0 ? values.add(valueKind.attributes, bytes, 0, length) : found;
    values.hold(serviceId);
    values.hold(attributes);
    this.#rows.set(number, field.service, serviceId);
    this.#rows.set(number, field.attributes, attributes);
    bound.count(this.#bytes);
    this.#chargedOf(serviceId);
    this.charge(number, this.#chargeOf(number));
    this.#link(number);
    this.#seen.set(number, 0, now);
    this.#makeRoom(most);
    return number;
  }

  /** Bytes of a service, which may be new. A number that was of another value has none by now. */
  #chargedOf(service: number): number {
    while (this.#charged < service) this.#charges.clear(++this.#charged);
    return this.#charges.get(service, 0);
  }

  #identify(view: ResourceView): void {
    const { keys } = this.#parts;
    mapHash(view, this.#identity, keys.length > 0 ? keys : undefined);
  }

  #isIt(number: number): boolean {
    for (let i = 0; i < 4; i++)
      if (this.#rows.get(number, field.identity + i) !== this.#identity.readInt32LE(i * 4)) return false;
    return true;
  }

  #use(number: number, now: number, most: number): void {
    this.#seen.set(number, 0, now);
    if (number === this.#newest) return;
    const wasLive = this.#rows.get(number, field.state) === state.live;
    if (wasLive) this.#unlink(number);
    this.#link(number);
    if (!wasLive) this.#makeRoom(most);
  }

  /** Evicts those that were not used for the longest time. */
  #makeRoom(most: number): void {
    while (this.live > most) this.evict(this.#oldest);
  }

  #link(number: number): void {
    const rows = this.#rows;
    rows.set(number, field.state, state.live);
    rows.set(number, field.previous, -1);
    rows.set(number, field.next, this.#newest);
    if (this.#newest >= 0) rows.set(this.#newest, field.previous, number);
    else this.#oldest = number;
    this.#newest = number;
    this.live++;
  }

  #unlink(number: number): void {
    const rows = this.#rows;
    const previous = rows.get(number, field.previous);
    const next = rows.get(number, field.next);
    if (previous >= 0) rows.set(previous, field.next, next);
    else this.#newest = next;
    if (next >= 0) rows.set(next, field.previous, previous);
    else this.#oldest = previous;
    this.live--;
  }

  #get(number: number, family: number, which: number): number {
    return this.#rows.get(number, field.families + family * familyFields + which);
  }

  #set(number: number, family: number, which: number, value: number): void {
    this.#rows.set(number, field.families + family * familyFields + which, value);
  }
}
