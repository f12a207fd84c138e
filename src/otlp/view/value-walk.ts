import { tagOf } from '../fields.js';
import { at32 } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { Backing } from './backing.js';
import { Layout } from './layout.js';
import { MessageFields } from './message-fields.js';
import { Range } from './range.js';
import { KeyValueView, ValueView } from './value.js';

const layout = new Layout('AnyValue');
const array = layout.field('array_value');
const map = layout.field('kvlist_value');
// Lists and maps have what is in them in the same field.
const memberTag = tagOf('ArrayValue', 'values');
const list = new Layout('ArrayValue');
/** Numbers of a frame: where the next member is searched, where the list or map ends, whether it is a map. */
const frameSize = 3;

/**
 * Walks a value and all that is in it, in their order and without recursion: a sender may nest lists and maps as deep
 * as a request is long.
 * ```
 * for (walk.open(body); walk.next();)
 *   if (walk.step === 'value' && walk.value.type === 'string') check(walk.key, walk.value.string);
 * ```
 */
export class ValueWalk {
  /** `value`: a value that is neither list nor map; `enter` and `leave`: the beginning and the end of a list or map. */
  step: 'value' | 'enter' | 'leave' = 'value';
  readonly #root: ValueView = new ValueView();
  readonly #element: ValueView = new ValueView();
  readonly #entry: KeyValueView = new KeyValueView();
  readonly #members: MessageFields = new MessageFields(list);
  readonly #noKey: Range = new Range();
  #backing: Backing = new Backing();
  #frames: Int32Array = new Int32Array(frameSize * 16);
  #depth = 0;
  #state: 'before' | 'within' | 'behind' = 'behind';
  #at: 'root' | 'element' | 'entry' = 'root';

  /** Moves before a value. */
  open(value: ValueView): this {
    this.#backing = value.backing;
    this.#root.fields.copy(value.fields);
    this.#depth = 0;
    this.#state = 'before';
    return this;
  }

  /** Moves to the next step; false behind the last one. */
  next(): boolean {
    if (this.#state === 'before') {
      this.#at = 'root';
      this.#state = 'within';
      return this.#arrive();
    }
    if (this.#depth === 0) this.#state = 'behind';
    if (this.#state === 'behind') return false;
    const { bytes } = this.#backing;
    const frame = (this.#depth - 1) * frameSize;
    const to = Math.min(at32(this.#frames, frame + 1), bytes.length);
    for (let at = at32(this.#frames, frame); at < to;) {
      const tag = tagAt(bytes, at);
      at = varintEnd(bytes, at);
      const end = skipValue(bytes, at, tag % 8);
      if (tag === memberTag) {
        this.#frames[frame] = end;
        this.#at = at32(this.#frames, frame + 2) === 1 ? 'entry' : 'element';
        (this.#at === 'entry' ? this.#entry : this.#element).move(this.#backing, varintEnd(bytes, at), end);
        return this.#arrive();
      }
      at = end;
    }
    this.#depth--;
    this.step = 'leave';
    return true;
  }

  /** The value of this step; for a list or map that was left there is none. */
  get value(): ValueView {
    return this.#at === 'root' ? this.#root : this.#at === 'element' ? this.#element : this.#entry.value;
  }

  /** The key of an entry of a map; empty for everything else. */
  get key(): Range {
    return this.#at === 'entry' ? this.#entry.key : this.#noKey;
  }

  /** Lists and maps around the value, or around what was entered or left. */
  get depth(): number {
    return this.step === 'enter' ? this.#depth - 1 : this.#depth;
  }

  #arrive(): true {
    const { value } = this;
    const { type } = value;
    this.step = type === 'array' || type === 'map' ? 'enter' : 'value';
    if (this.step === 'value') return true;
    const frame = this.#depth++ * frameSize;
    this.#frames = withRoom(this.#frames, frame + frameSize);
    // A member of a oneof is replaced, never merged: a list or map is one piece.
    value.fields.message(type === 'map' ? map : array, this.#members);
    this.#frames[frame] = this.#members.pieceFrom(0);
    this.#frames[frame + 1] = this.#members.pieceTo(0);
    this.#frames[frame + 2] = type === 'map' ? 1 : 0;
    return true;
  }
}
