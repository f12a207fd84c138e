import { Batch } from '../batch.js';
import { tagOf } from '../fields.js';
import { ByteTable, type ByteEntry } from '../keys/byte-table.js';
import { HashRows } from '../keys/hash-rows.js';
import { KeyBytes } from '../keys/key-bytes.js';
import { Frames } from '../parts/frames.js';
import { MetricPoints } from '../parts/metric-points.js';
import { RunLists } from '../parts/run-lists.js';
import { AttributeSearch } from '../view/attribute-search.js';
import type { AttributedView } from '../view/attributes.js';
import { Backing } from '../view/backing.js';
import type { FieldPlace } from '../view/item-search.js';
import type { Key } from '../view/key.js';
import { LogRecordView } from '../view/log-record.js';
import {
  ExponentialHistogramPointView,
  HistogramPointView,
  NumberPointView,
  SummaryPointView,
} from '../view/points.js';
import { SpanView } from '../view/span.js';
import type { InPieces } from '../work.js';
import { at32 } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';
import { varintEnd } from '../wire/varint.js';
import { AddedBytes } from './added-bytes.js';
import { OuterFields } from './outer-fields.js';
import { MessageTree } from './message-tree.js';
import { MovedAttributes } from './moved-attributes.js';

// The signals number these fields alike.
const resourceTag = tagOf('TracesData', 'resource_spans');
const scopeTag = tagOf('ResourceSpans', 'scope_spans');
const itemTag = tagOf('ScopeSpans', 'spans');
const pointTag = tagOf('Gauge', 'data_points');

/** Items that are looked at in one piece of work: some milliseconds. */
const itemsAtOnce = 1 << 14;
/** Resources, scopes and metrics may be repeated for that many bytes, beside those of the batch. */
export const mostRepeated: number = 64 << 20;

/** Kinds of keys in the table of groups: of a resource without the attributes that move, of one with them, ... */
const resourceKey = 0;
const groupKey = 1;
const scopeKey = 2;
const metricKey = 3;

/** Columns of what is noted of a message of the tree. */
const noteWidth = 4;
/** The row that came last to it, and the message in it for that row. */
const lastRow = 0;
const lastMessage = 1;
/** Of a scope or the data of a metric: in which resource or scope, and the number of what it is. */
const aroundColumn = 2;
const numberColumn = 3;

interface Group extends ByteEntry {
  readonly number: number;
}

/** The groups of a batch would take many times its memory. */
export class GroupsTooLarge extends Error {
  override readonly name = 'GroupsTooLarge';
}

export interface Regrouped {
  /** The batch itself when nothing was moved or joined, else a new one, which the caller owns. */
  readonly batch: Batch;
  /** Items that had one of the attributes. */
  readonly moved: number;
  /** Resources that have items. */
  readonly resources: number;
}

/**
 * Moves attributes of items with some keys to their resources: an item that has some of them goes to a resource with
 * these attributes beside those of its own. Resources that are alike become one, and within them scopes that are, and
 * within these the points of metrics that are. Throws `GroupsTooLarge`.
 */
export function regrouping(batch: Batch, keys: readonly Key[]): InPieces<Regrouped> {
  return new Regrouping(batch, keys).all();
}

class Regrouping {
  readonly #batch: Batch;
  readonly #bytes: Uint8Array;
  readonly #runs: RunLists = new RunLists();
  readonly #frames: Frames;
  readonly #added: AddedBytes;
  readonly #tree: MessageTree;
  #notes: Int32Array = new Int32Array(noteWidth * 64);
  readonly #groups: ByteTable<Group> = new ByteTable();
  readonly #key: KeyBytes = new KeyBytes();
  readonly #resourceFrame: OuterFields;
  readonly #scopeFrame: OuterFields = new OuterFields('InstrumentationScope', []);
  /** The resource and the scope that were read last, the metric likewise, and the numbers of what they are. */
  #framed = -1;
  #framedNumber = 0;
  #scoped = -1;
  #scopedNumber = 0;
  #measured = -1;
  #measuredNumber = 0;
  #numbers = 0;
  readonly #attributes: MovedAttributes;
  readonly #search: AttributeSearch;
  readonly #backing: Backing = new Backing();
  /** Scopes and data of metrics, by what they are and where. */
  readonly #children: HashRows = new HashRows();
  readonly #metric: MetricPoints = new MetricPoints();
  /** Lists of the metric that is being read, made when they are needed. */
  readonly #read: RunLists = new RunLists();
  readonly #item: AttributedView;
  /** The resource for items of the current resource that stay, and the scope for those of the current scope. */
  #base = -1;
  #home = -1;
  #resources = 0;
  #moved = 0;
  #joined = false;
  #repeated = 0;
  #seen = 0;

  constructor(batch: Batch, keys: readonly Key[]) {
    this.#batch = batch;
    this.#bytes = this.#backing.bytes = batch.bytes;
    this.#frames = new Frames(batch, this.#runs);
    this.#added = new AddedBytes(this.#frames.source);
    this.#tree = new MessageTree(this.#added);
    this.#attributes = new MovedAttributes(keys);
    this.#resourceFrame = new OuterFields('Resource', keys);
    this.#search = new AttributeSearch(keys);
    this.#item = batch.signal === 'traces' ? new SpanView() : new LogRecordView();
  }

  *all(): InPieces<Regrouped> {
    const batch = this.#batch;
    const { index } = batch;
    for (let r = 0; r < index.resourceCount; r++) {
      this.#base = -1;
      for (let s = index.firstScope(r); s < index.firstScope(r + 1); s++) {
        const last = index.firstItem(s + 1);
        this.#home = -1;
        for (let from = index.firstItem(s); from < last; from += itemsAtOnce) {
          const to = Math.min(last, from + itemsAtOnce);
          if (batch.signal === 'metrics') yield* this.#metrics(from, to, r, s);
          else this.#items(from, to, r, s);
          this.#seen += to - from;
          if (this.#seen < itemsAtOnce) continue;
          this.#seen = 0;
          yield;
        }
        if (++this.#seen % itemsAtOnce === 0) yield;
      }
    }
    const result = yield* this.#result();
    this.#backing.drop();
    return result;
  }

  *#result(): InPieces<Regrouped> {
    const batch = this.#batch;
    const counts = { moved: this.#moved, resources: this.#resources };
    if (this.#moved === 0 && !this.#joined) return { batch, ...counts };
    this.#own(MessageTree.root, this.#frames.aroundResources);
    return { batch: new Batch(batch.signal, yield* this.#tree.encoding(), batch.itemCount), ...counts };
  }

  /** The scope for items of scope `s` that stay. */
  #stay(r: number, s: number): number {
    if (this.#base < 0) this.#base = this.#resourceOf(r, undefined);
    if (this.#home < 0) this.#home = this.#scopeOf(this.#base, s);
    return this.#home;
  }

  /** Spans or log records. */
  #items(from: number, to: number, r: number, s: number): void {
    const { index } = this.#batch;
    const tree = this.#tree;
    const view = this.#item;
    const looks = this.#attributes.keys.length > 0;
    for (let row = from; row < to; row++) {
      const end = index.itemTo(row);
      if (looks && this.#isFound(view, index.itemFrom(row), end))
        this.#moveTo(this.#scopeOf(this.#resourceWith(r, index.itemFrom(row), end, view), s), itemTag);
      else tree.addRun(this.#home < 0 ? this.#stay(r, s) : this.#home, index.itemTag(row), end);
    }
  }

  *#metrics(from: number, to: number, r: number, s: number): InPieces<void> {
    const { index } = this.#batch;
    const looks = this.#attributes.keys.length > 0;
    const bytes = this.#bytes;
    const metric = this.#metric;
    const tree = this.#tree;
    for (let row = from; row < to; row++) {
      this.#read.clear();
      metric.read(bytes, index.itemFrom(row), index.itemTo(row), this.#read);
      if (metric.data === 0 || index.pointCount(row) === 0) {
        tree.addRun(this.#stay(r, s), index.itemTag(row), index.itemTo(row));
        continue;
      }
      const view = pointViews.get(metric.data);
      let home = -1;
      while (metric.nextPoint(bytes)) {
        const body = varintEnd(bytes, varintEnd(bytes, metric.pointFrom));
        if (looks && view && this.#isFound(view, body, metric.pointTo)) {
          const scope = this.#scopeOf(this.#resourceWith(r, body, metric.pointTo, view), s);
          this.#moveTo(this.#dataOf(scope, row), pointTag);
        } else {
          if (home < 0) home = this.#dataOf(this.#stay(r, s), row);
          tree.addRun(home, metric.pointFrom, metric.pointTo);
        }
        if (++this.#seen < itemsAtOnce) continue;
        this.#seen = 0;
        yield;
      }
    }
  }

  /** Whether the message `[from, to)` has one of the attributes. */
  #isFound(view: AttributedView, from: number, to: number): boolean {
    const search = this.#search;
    search.open(view.move(this.#backing, from, to));
    for (let i = 0; i < this.#attributes.keys.length; i++) if (search.has(i)) return true;
    return false;
  }

  /** Adds what is left of the item that `#resourceWith` has read to its group. */
  #moveTo(message: number, tag: number): void {
    const { rest, restPlace } = this.#attributes;
    const added = this.#added;
    const from = added.end;
    added.header(tag, rest.length(restPlace));
    for (let run = 0; run < rest.count(restPlace); run++)
      added.copyOf(rest.from(restPlace, run), rest.to(restPlace, run));
    this.#tree.addRun(message, from, added.end);
    this.#moved++;
  }

  /** The resource for an item of resource `r`, which has some of the attributes. */
  #resourceWith(r: number, from: number, to: number, view: AttributedView): number {
    this.#attributes.read(this.#bytes, from, to, view.fields.attributesField * 8 + 2);
    return this.#resourceOf(r, this.#attributes.places);
  }

  /** The resource that is alike resource `r`; attributes that were `found` take the place of its own. */
  #resourceOf(r: number, found: readonly FieldPlace[] | undefined): number {
    const bytes = this.#bytes;
    const frame = this.#resourceFrame;
    if (this.#framed !== r) {
      frame.read(bytes, this.#runs, this.#frames.resource(r));
      frame.writeKey(this.#key.reset().byte(resourceKey));
      this.#framed = r;
      this.#framedNumber = this.#numberOf();
    }
    const key = this.#key.reset().byte(groupKey).number(this.#framedNumber);
    const apart: FieldPlace[] = [];
    for (let i = 0; i < frame.places.length; i++) {
      const place = found?.[i]?.isThere === true ? found[i] : frame.places[i];
      if (place?.isThere !== true) key.byte(0);
      else {
        key.byte(1).part(bytes, place.from, place.to);
        apart.push(place);
      }
    }
    const { hash } = key;
    const known = this.#groups.find(key.bytes, 0, key.length, hash);
    if (known) {
      this.#joined = true;
      return known.number;
    }
    const message = this.#add(MessageTree.root, resourceTag);
    this.#groups.add({ hash, key: key.copy(), chained: undefined, number: message });
    this.#resources++;
    if (found === undefined) this.#own(message, this.#frames.resource(r));
    else {
      const from = this.#added.end;
      frame.write(this.#added, apart);
      this.#tree.addRun(message, from, this.#added.end);
      this.#repeat(this.#added.end - from);
    }
    return message;
  }

  /** The scope of a resource that is alike scope `s`. */
  #scopeOf(resource: number, s: number): number {
    const note = resource * noteWidth;
    if (at32(this.#notes, note + lastRow) === s) return at32(this.#notes, note + lastMessage);
    const place = this.#frames.scope(s);
    if (this.#scoped !== s) {
      this.#scopeFrame.read(this.#bytes, this.#runs, place);
      this.#scopeFrame.writeKey(this.#key.reset().byte(scopeKey));
      this.#scoped = s;
      this.#scopedNumber = this.#numberOf();
    }
    let message = this.#inside(resource, this.#scopedNumber);
    if (message < 0) {
      message = this.#add(resource, scopeTag, this.#scopedNumber);
      this.#own(message, place);
    }
    this.#notes[note + lastRow] = s;
    this.#notes[note + lastMessage] = message;
    return message;
  }

  /** The data of the metric in a scope that is alike the one that is being read, in a row. */
  #dataOf(scope: number, row: number): number {
    const note = scope * noteWidth;
    if (at32(this.#notes, note + lastRow) === row) return at32(this.#notes, note + lastMessage);
    const { rest, dataRest, data } = this.#metric;
    const read = this.#read;
    if (this.#measured !== row) {
      // Tags tell fields apart, so that the bytes of all runs without the points tell metrics apart.
      const key = this.#key.reset().byte(metricKey).byte(data).number(read.length(rest));
      for (const list of [rest, dataRest])
        for (let run = 0; run < read.count(list); run++) key.raw(this.#bytes, read.from(list, run), read.to(list, run));
      this.#measured = row;
      this.#measuredNumber = this.#numberOf();
    }
    let message = this.#inside(scope, this.#measuredNumber);
    if (message < 0) {
      const metric = this.#add(scope, itemTag);
      this.#ownRead(metric, rest);
      // Found by its scope: the metric around it has this child only.
      message = this.#add(metric, data, this.#measuredNumber, scope);
      this.#ownRead(message, dataRest);
    }
    this.#notes[note + lastRow] = row;
    this.#notes[note + lastMessage] = message;
    return message;
  }

  /** A number for what the key stands for: the same each time. */
  #numberOf(): number {
    const key = this.#key;
    const { hash } = key;
    const known = this.#groups.find(key.bytes, 0, key.length, hash);
    if (known) return known.number;
    const number = this.#numbers++;
    this.#groups.add({ hash, key: key.copy(), chained: undefined, number });
    return number;
  }

  /** The message with a number in another one; -1 when there is none. */
  #inside(around: number, number: number): number {
    const notes = this.#notes;
    let message = this.#children.first(hashOfPair(around, number));
    for (; message >= 0; message = this.#children.next()) {
      const note = message * noteWidth;
      if (at32(notes, note + aroundColumn) !== around || at32(notes, note + numberColumn) !== number) continue;
      this.#joined = true;
      break;
    }
    return message;
  }

  /** Gives a message the runs of a list of the metric that is being read as its own fields. */
  #ownRead(message: number, list: number): void {
    const read = this.#read;
    for (let run = 0; run < read.count(list); run++)
      this.#tree.addRun(message, read.from(list, run), read.to(list, run));
    this.#repeat(read.length(list));
  }

  /** Gives a message the runs of a list as its own fields. */
  #own(message: number, list: number): void {
    const runs = this.#runs;
    for (let run = 0; run < runs.count(list); run++)
      this.#tree.addRun(message, runs.from(list, run), runs.to(list, run));
    this.#repeat(runs.length(list));
  }

  #repeat(bytes: number): void {
    this.#repeated += bytes;
    if (this.#repeated > this.#bytes.length + mostRepeated)
      throw new GroupsTooLarge(
        `the groups of ${this.#batch.itemCount} items would repeat more than ${mostRepeated >> 20} MiB of resources, ` +
          `scopes and metrics`,
      );
  }

  /** Adds a message to the tree. `number`: `#inside` finds it by that, in `around`. */
  #add(parent: number, tag: number, number = -1, around: number = parent): number {
    const message = this.#tree.add(parent, tag);
    const note = message * noteWidth;
    this.#notes = withRoom(this.#notes, note + noteWidth);
    this.#notes.fill(-1, note, note + noteWidth);
    if (number < 0) return message;
    this.#notes[note + aroundColumn] = around;
    this.#notes[note + numberColumn] = number;
    this.#children.add(hashOfPair(around, number), message);
    return message;
  }
}

/** Numbers are given by turn, so that no sender chooses them. */
function hashOfPair(a: number, b: number): number {
  const mixed = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** By the tag of a metric's data. */
const pointViews: ReadonlyMap<number, AttributedView> = new Map<number, AttributedView>([
  [tagOf('Metric', 'gauge'), new NumberPointView()],
  [tagOf('Metric', 'sum'), new NumberPointView()],
  [tagOf('Metric', 'histogram'), new HistogramPointView()],
  [tagOf('Metric', 'exponential_histogram'), new ExponentialHistogramPointView()],
  [tagOf('Metric', 'summary'), new SummaryPointView()],
]);
