import { Batch } from '../batch.js';
import { MessageWriter } from '../build/message-writer.js';
import { tagOf } from '../fields.js';
import { Frames } from '../parts/frames.js';
import { RunLists } from '../parts/run-lists.js';
import { AddedBytes } from '../regroup/added-bytes.js';
import { MessageTree } from '../regroup/message-tree.js';
import { OuterFields } from '../regroup/outer-fields.js';
import { Backing } from '../view/backing.js';
import { key } from '../view/key.js';
import type { MetricView } from '../view/metric.js';
import type { InPieces } from '../work.js';
import { PointLabel } from './point-label.js';
import { ScopeDraft, type ResourceGroup, type ScopeEntry } from './scope-draft.js';

const resourceTag = tagOf('MetricsData', 'resource_metrics');
const scopeTag = tagOf('ResourceMetrics', 'scope_metrics');
const metricTag = tagOf('ScopeMetrics', 'metrics');
const attributesTag = tagOf('Resource', 'attributes');

/** Metrics whose names are looked at in one piece of work: some milliseconds. */
const metricsAtOnce = 1 << 13;

/** A change of metrics, scope by scope. */
export interface ScopeChange {
  /** Whether a metric may have to be changed: a scope without any such goes on as bytes. */
  concerns(metric: MetricView): boolean;
  /** Changes the list of a scope, in pieces of work. */
  change(scope: ScopeDraft): InPieces<void>;
}

/**
 * A batch of metrics after a change; the batch itself when nothing is another than it came, else a new one, which the
 * caller owns. Scopes and resources without metrics go. Throws `DraftTooLarge`.
 */
export function redrafting(batch: Batch, change: ScopeChange): InPieces<Batch> {
  return new Redrafting(batch, change).all();
}

class Redrafting {
  readonly #batch: Batch;
  readonly #change: ScopeChange;
  readonly #runs: RunLists = new RunLists();
  readonly #frames: Frames;
  readonly #added: AddedBytes;
  readonly #tree: MessageTree;
  readonly #backing: Backing = new Backing();
  readonly #writer: MessageWriter = new MessageWriter();
  /** The message for the current resource; -1 while it is not needed. */
  #resource = -1;
  /** The messages for the groups of the current resource. */
  readonly #groups: Map<number, number> = new Map();
  #isChanged = false;
  #items = 0;
  #seen = 0;

  constructor(batch: Batch, change: ScopeChange) {
    this.#batch = batch;
    this.#change = change;
    this.#frames = new Frames(batch, this.#runs);
    this.#added = new AddedBytes(this.#frames.source);
    this.#tree = new MessageTree(this.#added);
    this.#backing.bytes = batch.bytes;
  }

  *all(): InPieces<Batch> {
    const batch = this.#batch;
    const { index } = batch;
    const tree = this.#tree;
    for (let r = 0; r < index.resourceCount; r++) {
      const first = index.firstScope(r);
      let isChanged = false;
      this.#resource = -1;
      this.#groups.clear();
      for (let s = first; s < index.firstScope(r + 1); s++) {
        const draft = yield* this.#changed(s);
        if (draft && !isChanged) {
          isChanged = true;
          for (let before = first; before < s; before++) this.#passOn(r, before);
        }
        if (draft) yield* this.#put(r, s, draft);
        else {
          this.#items += batch.unitsIn(index.firstItem(s), index.firstItem(s + 1));
          if (isChanged) this.#passOn(r, s);
        }
      }
      if (!isChanged) tree.addRun(MessageTree.root, index.resourceTag(r), index.resourceTo(r));
    }
    const result = yield* this.#result();
    this.#backing.drop();
    return result;
  }

  *#result(): InPieces<Batch> {
    const batch = this.#batch;
    if (!this.#isChanged) return batch;
    this.#own(MessageTree.root, this.#frames.aroundResources);
    return new Batch(batch.signal, yield* this.#tree.encoding(), this.#items);
  }

  /** The list of a scope after the change; undefined when the scope is as it came. */
  *#changed(s: number): InPieces<ScopeDraft | undefined> {
    const { index } = this.#batch;
    const first = index.firstItem(s);
    const last = index.firstItem(s + 1);
    const view = new ScopeDraft(this.#batch, this.#frames.source, this.#backing, 0, 0);
    let isConcerned = false;
    for (let row = first; row < last && !isConcerned; row++) {
      isConcerned = this.#change.concerns(view.view(row));
      if (++this.#seen % metricsAtOnce === 0) yield;
    }
    if (++this.#seen % metricsAtOnce === 0) yield;
    if (!isConcerned) return undefined;
    const scope = new ScopeDraft(this.#batch, this.#frames.source, this.#backing, first, last);
    yield* this.#change.change(scope);
    this.#isChanged ||= scope.isChanged;
    return scope.isChanged ? scope : undefined;
  }

  /** Passes a scope on as it came, in the message for its resource. */
  #passOn(r: number, s: number): void {
    const { index } = this.#batch;
    this.#tree.addRun(this.#resourceFor(r), index.scopeTag(s), index.scopeTo(s));
  }

  *#put(r: number, s: number, { entries, groups }: ScopeDraft): InPieces<void> {
    if (entries.length > 0) yield* this.#putScope(this.#resourceFor(r), s, entries);
    for (const group of groups) yield* this.#putScope(this.#resourceOf(r, group), s, group.entries);
  }

  *#putScope(resource: number, s: number, entries: readonly ScopeEntry[]): InPieces<void> {
    const { index } = this.#batch;
    const tree = this.#tree;
    const added = this.#added;
    const scope = tree.add(resource, scopeTag);
    this.#own(scope, this.#frames.scope(s));
    for (const entry of entries) {
      const row = typeof entry === 'number' ? entry : entry.isChanged ? -1 : entry.row;
      this.#items += row >= 0 ? index.pointCount(row) : typeof entry === 'number' ? 0 : entry.pointCount;
      if (row >= 0) tree.addRun(scope, index.itemTag(row), index.itemTo(row));
      else if (typeof entry !== 'number') {
        const writer = this.#writer;
        writer.reset();
        yield* entry.writing(writer);
        const body = yield* writer.finishing((size) => Buffer.allocUnsafe(size));
        const from = added.end;
        added.header(metricTag, body.length);
        added.bytes(body);
        tree.addRun(scope, from, added.end);
      }
      if (++this.#seen % metricsAtOnce === 0) yield;
    }
  }

  #resourceFor(r: number): number {
    if (this.#resource < 0) {
      this.#resource = this.#tree.add(MessageTree.root, resourceTag);
      this.#own(this.#resource, this.#frames.resource(r));
    }
    return this.#resource;
  }

  /** The resource of a group. */
  #resourceOf(r: number, { number, attributes }: ResourceGroup): number {
    const known = this.#groups.get(number);
    if (known !== undefined) return known;
    const added = this.#added;
    const outer = new OuterFields('Resource', [...attributes.keys()].map(key));
    outer.read(this.#batch.bytes, this.#runs, this.#frames.resource(r));
    const from = added.end;
    const writer = this.#writer;
    writer.reset();
    for (const [name, text] of attributes) {
      writer.tag(attributesTag);
      writer.delimited(PointLabel.of(name, text).body);
    }
    outer.write(
      added,
      [],
      writer.finish((size) => Buffer.allocUnsafe(size)),
    );
    outer.close();
    const message = this.#tree.add(MessageTree.root, resourceTag);
    this.#tree.addRun(message, from, added.end);
    this.#groups.set(number, message);
    return message;
  }

  #own(message: number, list: number): void {
    const runs = this.#runs;
    for (let run = 0; run < runs.count(list); run++)
      this.#tree.addRun(message, runs.from(list, run), runs.to(list, run));
  }
}
