import { changingAttributes, type AttributeChanges } from '../../attributes/changing-attributes.js';
import { Selection } from '../../attributes/match/selection.js';
import type { Consumer } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import type { Batch } from '../../otlp/batch.js';
import { AttributePatcher } from '../../otlp/edit/attribute-patcher.js';
import { GrowthError } from '../../otlp/edit/extended-bytes.js';
import { ItemPatcher } from '../../otlp/edit/item-patcher.js';
import { fieldOf } from '../../otlp/fields.js';
import { Backing } from '../../otlp/view/backing.js';
import { ItemSearch } from '../../otlp/view/item-search.js';
import { key, type Key } from '../../otlp/view/key.js';
import { Range } from '../../otlp/view/range.js';
import { ResourceLevelView, ScopeLevelView } from '../../otlp/view/resource.js';
import { SpanView } from '../../otlp/view/span.js';
import type { Index } from '../../otlp/wire/item-index.js';
import type { InPieces } from '../../otlp/work.js';
import type { Config } from './config.js';
import { JoinedName } from './joined-name.js';
import { NewStatus } from './new-status.js';
import { SpanNameRules } from './span-name-rules.js';

const nameField = fieldOf('Span', 'name');
const statusField = fieldOf('Span', 'status');

/** Spans that are changed in one piece of work: some milliseconds. */
const spansAtOnce = 1 << 12;
/** Bytes by which the changes may make any batch larger, and how often its own size beside them. */
const freeGrowth = 64 << 20;
const growthShare = 4;
/** About the bytes around a text that is set. */
const aroundText = 12;
/** A buffer that grew beyond this for one text is not kept, bytes. */
const mostKept = 1 << 20;

/** Changes names and statuses of spans. */
export function createSpanProcessor(config: Config, context: PipelineContext, next: Consumer): Processor {
  return changingAttributes(context, next, () => new SpanChanges(config));
}

class SpanChanges implements AttributeChanges {
  readonly #joined: JoinedName | undefined;
  readonly #rules: SpanNameRules | undefined;
  readonly #status: NewStatus | undefined;
  readonly #selection: Selection;
  /** Attributes that names are made of or that are made of names. */
  readonly #keys: Key[] = [];
  /** By key: the text that a rule has made of the name of the current span. */
  readonly #texts: (string | undefined)[];
  readonly #search: ItemSearch;
  readonly #statusSearch: ItemSearch = new ItemSearch('Span', statusField, []);
  readonly #patcher: ItemPatcher = new ItemPatcher();
  /** Reads the attributes that spans are selected by. */
  readonly #reader: AttributePatcher = new AttributePatcher();
  readonly #backing: Backing = new Backing();
  readonly #resource: ResourceLevelView = new ResourceLevelView();
  readonly #scope: ScopeLevelView = new ScopeLevelView();
  readonly #span: SpanView = new SpanView();
  readonly #name: Range = new Range();
  readonly #noteText = (name: Key, text: string): void => {
    this.#texts[this.#keys.indexOf(name)] = text;
  };
  #text: Buffer = Buffer.allocUnsafe(1024);
  #growth = 0;
  #seen = 0;

  constructor({ name, status, include, exclude }: Config) {
    const { from_attributes: from, separator, to_attributes: to } = name;
    this.#joined =
      from.length > 0
        ? new JoinedName(
            from.map((one) => this.#keys.indexOf(this.#keyOf(one))),
            separator,
          )
        : undefined;
    this.#rules = to && new SpanNameRules(to, (one) => this.#keyOf(one));
    this.#status = status && new NewStatus(status);
    this.#selection = new Selection(include, exclude, 'traces');
    this.#texts = this.#keys.map(() => undefined);
    this.#search = new ItemSearch('Span', nameField, this.#keys);
  }

  *changing(batch: Batch): InPieces<Batch> {
    const { index } = batch;
    this.#patcher.open(batch);
    // Those of a span at which another batch was given up.
    this.#texts.fill(undefined);
    this.#search.open(batch);
    this.#statusSearch.open(batch);
    this.#backing.bytes = batch.bytes;
    this.#growth = freeGrowth + growthShare * batch.bytes.length;
    if (this.#selection.ofItems) this.#reader.open(batch);
    if (this.#selection.isAll) yield* this.#spans(index, 0, index.itemCount);
    else
      for (let r = 0; r < index.resourceCount; r++) {
        this.#resource.move(this.#backing, index.resourceFrom(r), index.resourceTo(r));
        if (this.#selection.hasResource(this.#resource.resource)) yield* this.#scopes(index, r);
        if (++this.#seen % spansAtOnce === 0) yield;
      }
    this.#reader.close();
    this.#search.close();
    this.#statusSearch.close();
    this.#backing.drop();
    return yield* this.#patcher.finishing();
  }

  *#scopes(index: Index, r: number): InPieces<void> {
    for (let s = index.firstScope(r); s < index.firstScope(r + 1); s++) {
      this.#scope.move(this.#backing, index.scopeFrom(s), index.scopeTo(s));
      if (this.#selection.hasScope(this.#scope.scope))
        yield* this.#spans(index, index.firstItem(s), index.firstItem(s + 1));
      if (++this.#seen % spansAtOnce === 0) yield;
    }
  }

  /** Changes the spans in rows `[first, last)`. */
  *#spans(index: Index, first: number, last: number): InPieces<void> {
    for (let row = first; row < last; row++) {
      if (this.#isSelected(index, row)) {
        if (this.#joined || this.#rules) this.#changeName(row);
        if (this.#status) this.#changeStatus(row, this.#status);
      }
      if (++this.#seen % spansAtOnce === 0) yield;
    }
  }

  #isSelected(index: Index, row: number): boolean {
    if (!this.#selection.ofItems) return true;
    this.#reader.openItem(row);
    this.#span.move(this.#backing, index.itemFrom(row), index.itemTo(row));
    return this.#selection.hasItem(this.#span, this.#reader.attributes);
  }

  #changeName(row: number): void {
    const search = this.#search;
    search.move(row);
    const { isThere, from, to } = search.field;
    const name = this.#name.move(this.#backing, isThere ? from : 0, isThere ? to : 0);
    const joined = this.#joined?.of(search);
    const ruled = this.#rules?.apply(name, joined, this.#noteText);
    if (ruled !== undefined) this.#setAttributes(row);
    const renamed = ruled ?? joined;
    if (renamed === undefined || (renamed === '' && !isThere)) return;
    this.#patcher.setText(row, search.field, nameField, this.#text, this.#write(renamed));
  }

  /** Sets the attributes that rules have made; of one that several made, the last. */
  #setAttributes(row: number): void {
    for (let i = 0; i < this.#keys.length; i++) {
      const text = this.#texts[i];
      const name = this.#keys[i];
      if (text === undefined || name === undefined) continue;
      this.#texts[i] = undefined;
      const length = this.#write(text);
      this.#grow(name.bytes.length);
      this.#patcher.setTextAttribute(row, this.#search.attribute(i), name, this.#text, length);
    }
  }

  #changeStatus(row: number, status: NewStatus): void {
    const search = this.#statusSearch;
    search.move(row);
    const { field, fieldCount } = search;
    if (!field.isThere && status.isUnset) return;
    if (fieldCount === 1 && status.isSame(this.#backing, field.from, field.to)) return;
    const body = fieldCount > 1 ? status.full : status.short;
    this.#grow(body.length);
    this.#patcher.setText(row, field, statusField, body, body.length);
  }

  /** Writes a text as UTF-8 and returns its length. */
  #write(text: string): number {
    const most = text.length * 3;
    if (most > this.#text.length || this.#text.length > mostKept) this.#text = Buffer.allocUnsafe(Math.max(1024, most));
    const length = this.#text.write(text);
    this.#grow(length);
    return length;
  }

  #grow(bytes: number): void {
    this.#growth -= bytes + aroundText;
    if (this.#growth < 0) throw new GrowthError('the changes would make the batch too large');
  }

  #keyOf(name: string): Key {
    const known = this.#keys.find(({ text }) => text === name);
    if (known) return known;
    const made = key(name);
    this.#keys.push(made);
    return made;
  }
}
