import type { Backing } from './backing.js';
import type { Layout } from './layout.js';
import { MessageFields } from './message-fields.js';

/**
 * Reads one message of a batch by the names of its fields. A view is made once and moved over many messages; it makes
 * no object when it moves, and reads a field when it is asked for. A field that was not sent has its default: 0, false,
 * empty. A value that a view returns for a field moves with the view.
 */
export class MessageView {
  /** The fields by number, for views that have this one. */
  readonly fields: MessageFields;

  constructor(layout: Layout) {
    this.fields = new MessageFields(layout);
  }

  /** Moves to the message whose body is `[from, to)` of some bytes, which must be valid. */
  move(backing: Backing, from: number, to: number): this {
    this.fields.move(backing, from, to);
    return this;
  }

  /** Where the message begins in `backing`, or its first piece when it came in several; 0 when it is not there. */
  get start(): number {
    return this.fields.pieceCount === 0 ? 0 : this.fields.pieceFrom(0);
  }

  /** Where it ends: `view.move(backing, start, end)` comes back to an entry of a list. */
  get end(): number {
    return this.fields.pieceCount === 0 ? 0 : this.fields.pieceTo(0);
  }

  /** The bytes of the whole batch, which this view and all that it returns stand on. */
  get backing(): Backing {
    return this.fields.backing;
  }
}
