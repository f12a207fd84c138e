import { group, type Schema, type Shape } from '../../component/schema/schema.js';
import type { LogEntry } from '../entry.js';
import { goTypeOf, entryText, type EntryValue } from '../entry-value.js';
import { compileField, fieldOption, type EntryField } from '../field.js';
import { EntryFailure } from '../operator.js';
import type { EntryStage } from './stage.js';

interface FieldOption {
  readonly parse_from: string;
}

/** docs/spec/agent.md#stanza-operators, the trace block. */
export interface TraceOptions {
  readonly trace_id: FieldOption;
  readonly span_id: FieldOption;
  readonly trace_flags: FieldOption;
}

function idOption(fallback: string, about: string): Schema<FieldOption> {
  return group<FieldOption>({ parse_from: fieldOption(fallback, { about }) });
}

export const traceShape: Shape<TraceOptions> = {
  trace_id: idOption('body.trace_id', 'Field with the trace ID, in hexadecimal digits.'),
  span_id: idOption('body.span_id', 'Field with the span ID, in hexadecimal digits.'),
  trace_flags: idOption('body.trace_flags', 'Field with the trace flags, in hexadecimal digits.'),
};

export const traceBlock: Schema<TraceOptions> = group<TraceOptions>(traceShape);

/** Makes the stage; the options were checked. */
export function traceStage(options: TraceOptions): EntryStage {
  const of = ({ parse_from }: FieldOption, fallback: string): EntryField => compileField(parse_from || fallback);
  const [id, span, flags] = [
    of(options.trace_id, 'body.trace_id'),
    of(options.span_id, 'body.span_id'),
    of(options.trace_flags, 'body.trace_flags'),
  ];
  return { apply: (entry) => readTrace(entry, id, span, flags) };
}

/** Sets the fields that can be read; a failure names those that cannot. */
function readTrace(entry: LogEntry, id: EntryField, span: EntryField, flags: EntryField): EntryFailure | undefined {
  const traceId = hexOf(id.get(entry));
  const spanId = hexOf(span.get(entry));
  const flagBytes = hexOf(flags.get(entry));
  entry.traceId = typeof traceId === 'string' ? none : sized(traceId, 16);
  entry.spanId = typeof spanId === 'string' ? none : sized(spanId, 8);
  entry.flags = typeof flagBytes === 'string' ? 0 : (flagBytes[0] ?? 0);
  if (typeof traceId !== 'string' && typeof spanId !== 'string' && typeof flagBytes !== 'string') return undefined;
  const faults = Object.entries({ trace_id: traceId, span_id: spanId, trace_flags: flagBytes }).filter(
    ([, read]) => typeof read === 'string',
  );
  return new EntryFailure(`Error decoding traces for logs: ${JSON.stringify(Object.fromEntries(faults))}`);
}

const none: Uint8Array = new Uint8Array(0);

/** The bytes that hexadecimal digits stand for; a text says what is wrong with them. */
function hexOf(value: EntryValue | undefined): Uint8Array | string {
  if (value === undefined) return none;
  const text = entryText(value) ?? (typeof value === 'object' ? goTypeOf(value) : String(value));
  const wrong = /[^0-9a-fA-F]/u.exec(text)?.[0];
  if (wrong !== undefined) {
    const code = (wrong.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `encoding/hex: invalid byte: U+${code} '${wrong}'`;
  }
  return text.length % 2 === 1 ? 'encoding/hex: odd length hex string' : Buffer.from(text.slice(0, 64), 'hex');
}

/** An ID of `size` bytes: cut, or with zeros behind it; none when all of it is zero. */
function sized(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length === 0) return none;
  const id = new Uint8Array(size);
  id.set(bytes.subarray(0, size));
  return id.every((byte) => byte === 0) ? none : id;
}
