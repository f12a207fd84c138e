import type { EntryMap } from '../../entry-map.js';

/** A part of a message's bytes; absent while `to` is below 0. */
export class TextPart {
  from = 0;
  to = -1;

  set(from: number, to: number): void {
    this.from = from;
    this.to = to;
  }

  clear(): void {
    this.to = -1;
  }

  get isPresent(): boolean {
    return this.to >= 0;
  }
}

/** The parts that are texts, each an attribute of its name. */
export const textParts = ['hostname', 'appname', 'proc_id', 'msg_id', 'message'] as const;

const noBytes: Buffer = Buffer.alloc(0);

/**
 * The parts that the parsers of RFC 3164 and RFC 5424 find in a message, as places in its bytes. One object serves for
 * one message after the other: `begin` forgets the last one.
 */
export class SyslogMessage {
  bytes: Buffer = noBytes;
  start = 0;
  end = 0;
  /** 0 to 191; below 0: the message has none. */
  priority = -1;
  /** Of RFC 5424, 1 to 999; 0: none. */
  version = 0;
  /** The time as it stands on the sender's clock, unless `hasTime` is false. The year is 0 where none is written. */
  hasTime = false;
  year = 0;
  /** From 1. */
  month = 0;
  day = 0;
  hour = 0;
  minute = 0;
  second = 0;
  nanos = 0;
  /** Seconds by which the sender's clock is before UTC; 0 where that is not written. */
  offset = 0;
  readonly hostname: TextPart = new TextPart();
  readonly appname: TextPart = new TextPart();
  readonly proc_id: TextPart = new TextPart();
  readonly msg_id: TextPart = new TextPart();
  readonly message: TextPart = new TextPart();
  /** The parameters of each element of RFC 5424 by its ID; undefined: none. */
  structuredData: EntryMap | undefined = undefined;
  #fault = '';
  #faultAt = 0;

  /** The next message is `bytes[start, end)`; the bytes are read as long as it is in use. */
  begin(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.priority = -1;
    this.version = 0;
    this.hasTime = false;
    this.year = this.nanos = this.offset = 0;
    for (const name of textParts) this[name].clear();
    this.structuredData = undefined;
  }

  /** Notes what is wrong at an offset of the bytes; always -1, the place that no parser goes on from. */
  fail(what: string, at: number): -1 {
    this.#fault = what;
    this.#faultAt = at;
    return -1;
  }

  /** The reason why the last message was not parsed, with the column in it. */
  get fault(): string {
    return `${this.#fault} [col ${this.#faultAt - this.start}]`;
  }

  /** The byte at `at`, or -1 behind the end of the message. */
  at(at: number): number {
    return at < this.end ? (this.bytes[at] ?? -1) : -1;
  }

  setDate(year: number, month: number, day: number): void {
    this.year = year;
    this.month = month;
    this.day = day;
  }
}
