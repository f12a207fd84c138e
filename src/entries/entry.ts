import { EntryMap } from './entry-map.js';
import { copyOfValue, type EntryValue } from './entry-value.js';

const noId: Uint8Array = new Uint8Array(0);
const noBytes: Buffer = Buffer.alloc(0);
const noResource: ReadonlyMap<string, EntryValue> = new EntryMap();

/**
 * A log record on its way through operators (docs/spec/agent.md#stanza-expressions). One entry serves for all lines:
 * `startLine` or `start` begins the next one and forgets the last.
 *
 * @example
 * const entry = new LogEntry();
 * entry.startLine(bytes, from, to);
 * entry.observedMs = clock.unixMs();
 * entry.attributes.set('log.file.name', name);
 * chain.process(entry, out);
 */
export class LogEntry {
  /** When it happened: seconds since 1970, and nanoseconds from 0 to 999999999; not known while `hasTime` is false. */
  hasTime = false;
  seconds = 0;
  nanos = 0;
  /** When it was read, milliseconds since the epoch. */
  observedMs = 0;
  /** From 1 (trace) to 24 (fatal4), 0 unspecified. */
  severity = 0;
  severityText = '';
  attributes: EntryMap = new EntryMap();
  scopeName = '';
  /** 16 bytes, or none. */
  traceId: Uint8Array = noId;
  /** 8 bytes, or none. */
  spanId: Uint8Array = noId;
  flags = 0;
  /**
   * The receiver's own: whatever the line came from, compared by identity, and a number that grows with its lines, such
   * as an offset. `OperatorChain.oldestHeld` answers in these terms.
   */
  source: object | undefined = undefined;
  position = 0;

  #body: EntryValue = null;
  /** The body while it is the text of these bytes; a string is made of them when it is asked for. */
  #line: Buffer = noBytes;
  #from = 0;
  #to = -1;
  #text: string | undefined = undefined;
  #resource: ReadonlyMap<string, EntryValue> = noResource;
  /** The resource when it is this entry's own. */
  #own: EntryMap | undefined = undefined;

  /** Begins an entry whose body is the text `line[from, to)`, valid UTF-8. The bytes are read as long as it lasts. */
  startLine(line: Buffer, from: number, to: number): void {
    this.#clear();
    this.#line = line;
    this.#from = from;
    this.#to = to;
  }

  /** Begins an entry with a body of any type. */
  start(body: EntryValue): void {
    this.#clear();
    this.#body = body;
  }

  /** Begins an entry that is the same as another; nothing of it is shared that an operator could change. */
  startCopy(of: LogEntry): void {
    this.start(of.#text ?? (of.#to < 0 ? copyOfValue(of.#body) : null));
    if (of.#to >= 0 && of.#text === undefined) {
      this.#line = Buffer.from(of.#line.subarray(of.#from, of.#to));
      this.#from = 0;
      this.#to = this.#line.length;
    }
    this.hasTime = of.hasTime;
    this.seconds = of.seconds;
    this.nanos = of.nanos;
    this.observedMs = of.observedMs;
    this.severity = of.severity;
    this.severityText = of.severityText;
    const { attributes } = of;
    for (let i = 0; i < attributes.size; i++)
      this.attributes.set(attributes.keyAt(i), copyOfValue(attributes.valueAt(i)));
    this.scopeName = of.scopeName;
    this.traceId = of.traceId;
    this.spanId = of.spanId;
    this.flags = of.flags;
    this.source = of.source;
    this.position = of.position;
    if (of.#own === undefined) this.#resource = of.#resource;
    else for (const [key, value] of of.#own) this.ownResource().set(key, copyOfValue(value));
  }

  get body(): EntryValue {
    if (this.#to < 0) return this.#body;
    return (this.#text ??= this.#line.toString('utf8', this.#from, this.#to));
  }

  set body(value: EntryValue) {
    this.#body = value;
    this.#line = noBytes;
    this.#to = -1;
    this.#text = undefined;
  }

  /** Whether the body is still `line[lineStart, lineEnd)`. */
  get isLine(): boolean {
    return this.#to >= 0;
  }

  get line(): Buffer {
    return this.#line;
  }

  get lineStart(): number {
    return this.#from;
  }

  get lineEnd(): number {
    return this.#to;
  }

  /** Makes a part of the line the body; it begins and ends between characters. */
  narrowLine(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
    this.#text = undefined;
  }

  /** The resource, which other entries may share. */
  get resource(): ReadonlyMap<string, EntryValue> {
    return this.#resource;
  }

  /** The same object for all entries of a resource makes them cheap to group; it must not change any more. */
  set resource(shared: ReadonlyMap<string, EntryValue>) {
    this.#resource = shared;
    this.#own = undefined;
  }

  /** Whether the resource is this entry's own. */
  get hasOwnResource(): boolean {
    return this.#own !== undefined;
  }

  /** The resource to change: a copy of a shared one, made once. */
  ownResource(): EntryMap {
    if (this.#own === undefined) {
      this.#own = new EntryMap();
      for (const [key, value] of this.#resource) this.#own.set(key, copyOfValue(value));
      this.#resource = this.#own;
    }
    return this.#own;
  }

  setTime(seconds: number, nanos: number): void {
    this.hasTime = true;
    this.seconds = seconds;
    this.nanos = nanos;
  }

  #clear(): void {
    this.#body = null;
    this.#line = noBytes;
    this.#from = 0;
    this.#to = -1;
    this.#text = undefined;
    this.hasTime = false;
    this.seconds = this.nanos = 0;
    this.observedMs = 0;
    this.severity = 0;
    this.severityText = '';
    if (this.attributes.size > 0) this.attributes.clear();
    this.scopeName = '';
    this.traceId = this.spanId = noId;
    this.flags = 0;
    this.source = undefined;
    this.position = 0;
    this.#resource = noResource;
    this.#own = undefined;
  }
}
