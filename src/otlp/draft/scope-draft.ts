import type { Batch } from '../batch.js';
import { Backing } from '../view/backing.js';
import { MetricView } from '../view/metric.js';
import type { InPieces } from '../work.js';
import { MetricDraft } from './metric-draft.js';

/** A metric of a scope: its row in the index while it is as it came. */
export type ScopeEntry = number | MetricDraft;

/** Points of one scope that are taken apart at the same time: each takes some hundred bytes of memory. */
const mostPoints = 1 << 19;
/** Bytes that labels with texts of a sender may add to the points of a scope. */
const mostAdded = 64 << 20;

/** A scope is more than can be changed at once. The message is for the sender. */
export class DraftTooLarge extends Error {
  override readonly name = 'DraftTooLarge';
}

/** Metrics that leave their resource for another one. */
export interface ResourceGroup {
  /** Which of the groups of a resource it is. */
  readonly number: number;
  /** Attributes of the new resource beside those of the old one, which they replace. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly entries: readonly ScopeEntry[];
}

/** The metrics of a scope in a list that may be changed. */
export class ScopeDraft {
  entries: ScopeEntry[];
  readonly groups: ResourceGroup[] = [];
  /** Whether anything is another than it came: otherwise the scope is passed on as bytes. */
  isChanged = false;
  readonly #batch: Batch;
  readonly #source: Buffer;
  readonly #backing: Backing;
  readonly #metric: MetricView = new MetricView();
  #points = 0;
  #added = 0;

  constructor(batch: Batch, source: Buffer, backing: Backing, first: number, last: number) {
    this.#batch = batch;
    this.#source = source;
    this.#backing = backing;
    this.entries = Array.from({ length: last - first }, (_entry, i) => first + i);
  }

  /** The metric in a row. */
  view(row: number): MetricView {
    const { index } = this.#batch;
    return this.#metric.move(this.#backing, index.itemFrom(row), index.itemTo(row));
  }

  nameOf(entry: ScopeEntry): string {
    return typeof entry === 'number' ? this.view(entry).name.toString() : entry.name;
  }

  /** Takes entry `i` apart, but for its points. */
  shallow(i: number): MetricDraft {
    const entry = this.entries[i];
    if (entry === undefined) throw new RangeError(`the scope has no metric ${i}`);
    if (typeof entry !== 'number') return entry;
    const { index } = this.#batch;
    const { name, type } = this.view(entry);
    const draft = MetricDraft.read(this.#source, index.itemFrom(entry), index.itemTo(entry), name.toString(), type);
    draft.row = entry;
    this.entries[i] = draft;
    return draft;
  }

  /** Takes entry `i` apart with its points. */
  *draft(i: number): InPieces<MetricDraft> {
    const draft = this.shallow(i);
    if (draft.pointCount > draft.points.length) this.reserve(draft.pointCount);
    return yield* draft.load();
  }

  /** Counts points that are taken apart or copied. Throws `DraftTooLarge`. */
  reserve(points: number): void {
    this.#points += points;
    if (this.#points > mostPoints)
      throw new DraftTooLarge(`more than ${mostPoints} data points of one scope would have to be changed at once`);
  }

  /** Counts bytes that a text of a sender adds. Throws `DraftTooLarge`. */
  reserveBytes(bytes: number): void {
    this.#added += bytes;
    if (this.#added > mostAdded)
      throw new DraftTooLarge(`labels would add more than ${mostAdded >> 20} MiB to the data points of one scope`);
  }
}
