import type { MessageWriter } from '../otlp/build/message-writer.js';

/** Tags of the messages of Prometheus, by the number of the field. */
export const varintTag = (field: number): number => field * 8;
export const doubleTag = (field: number): number => field * 8 + 1;
export const bytesTag = (field: number): number => field * 8 + 2;

const word = 2 ** 32;

/** A whole number, exact between -2^52 and 2^52, as a sint64. */
export function writeSint64(writer: MessageWriter, value: number): void {
  const zigzag = value < 0 ? -2 * value - 1 : 2 * value;
  writer.varint64(zigzag % word, Math.floor(zigzag / word));
}
