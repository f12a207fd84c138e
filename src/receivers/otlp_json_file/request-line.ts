import type { Batch } from '../../otlp/batch.js';
import { BatchEditor } from '../../otlp/edit/batch-editor.js';
import { JsonDecoder } from '../../otlp/json/decode.js';
import type { Signal } from '../../otlp/signal.js';
import { key, type Key } from '../../otlp/view/key.js';
import { LogRecordView } from '../../otlp/view/log-record.js';
import type { MessageView } from '../../otlp/view/message.js';
import { MetricView } from '../../otlp/view/metric.js';
import { SpanView } from '../../otlp/view/span.js';
import { Validation } from '../../otlp/wire/validate.js';
import type { InPieces } from '../../otlp/work.js';

/** Items that are given attributes in one piece of work. */
const itemsAtOnce = 1 << 12;

/** Attributes of all items of a line. */
export type LineAttributes = readonly (readonly [Key, string | bigint])[];

export const recordNumberKey: Key = key('log.file.record_number');
export const recordOffsetKey: Key = key('log.file.record_offset');

/** Makes batches of lines, each a request of OTLP in JSON. */
export class RequestLines {
  readonly #signal: Signal;
  /** A worker of its own for each line: those of several files are worked off at the same time. */
  readonly #idle: BatchEditor<MessageView>[] = [];

  constructor(signal: Signal) {
    this.#signal = signal;
  }

  /**
   * The items of a line with the given attributes, in metrics as metadata of each metric; a line of another signal has
   * none. Throws `InvalidJson` or `InvalidOtlp`.
   */
  *batchOf(line: Uint8Array, attributes: LineAttributes): InPieces<Batch> {
    const decoder = new JsonDecoder(this.#signal, line);
    while (decoder.step()) yield;
    const validation = new Validation(this.#signal, decoder.finish());
    while (validation.step()) yield;
    const batch = validation.finish();
    return batch.itemCount === 0 || attributes.length === 0 ? batch : yield* this.#withAttributes(batch, attributes);
  }

  *#withAttributes(batch: Batch, attributes: LineAttributes): InPieces<Batch> {
    const editor = this.#idle.pop() ?? new BatchEditor<MessageView>(viewOf(this.#signal));
    let items = 0;
    for (editor.open(batch); editor.next();) {
      for (const [name, value] of attributes) editor.itemEditor.setAttribute(name, value);
      if (++items % itemsAtOnce === 0) yield;
    }
    const changed = yield* editor.finishing();
    this.#idle.push(editor);
    return changed;
  }
}

function viewOf(signal: Signal): MessageView {
  switch (signal) {
    case 'traces':
      return new SpanView();
    case 'logs':
      return new LogRecordView();
    case 'metrics':
      return new MetricView();
    case 'profiles':
      throw new Error('profiles are not read from files');
  }
}
