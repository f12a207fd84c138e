import type { Clock } from '../../../component/clock.js';
import { zoneNamed, type Zone } from '../../../formats/time/time-zone.js';
import type { LogEntry } from '../../entry.js';
import type { EntryMap } from '../../entry-map.js';
import { goTypeOf, entryText } from '../../entry-value.js';
import { compileField, type EntryField } from '../../field.js';
import { EntryFailure, type Operator, type OperatorVerdict } from '../../operator.js';
import { EmbeddedStages } from '../../parse/embedded.js';
import type { EntryStage } from '../../parse/stage.js';
import { parseBare } from './bare.js';
import { defaultOctets, type SyslogParserOptions } from './config.js';
import { parseFramed, type SyslogFraming } from './framing.js';
import { secondsOfMessage, writtenTime } from './message-time.js';
import { facilities, levels } from './priority.js';
import { parseRfc3164 } from './rfc3164.js';
import { parseRfc5424 } from './rfc5424.js';
import { SyslogMessage, type TextPart } from './syslog-message.js';

/** Whole numbers as values, made once: priorities and versions go up to 999. */
const ints: readonly bigint[] = Array.from({ length: 1000 }, (_, i) => BigInt(i));
const int = (value: number): bigint => ints[value] ?? BigInt(value);

const noTime =
  'time parser: log entry does not have the expected parse_from field: {"parse_from":"attributes.timestamp"}';

/** Parses the text of a field as a message of syslog. A body that is a line is parsed where its bytes lie. */
export class SyslogOperator implements Operator {
  readonly #clock: Clock;
  readonly #from: EntryField;
  readonly #to: EntryField;
  readonly #stages: EntryStage;
  readonly #hasOwnTime: boolean;
  readonly #isBare: boolean;
  readonly #zone: Zone;
  readonly #framing: SyslogFraming;
  readonly #parse: (message: SyslogMessage) => boolean;
  readonly #message: SyslogMessage = new SyslogMessage();

  constructor(options: SyslogParserOptions, clock: Clock) {
    this.#clock = clock;
    this.#from = compileField(options.parse_from || 'body');
    this.#to = compileField(options.parse_to || 'attributes');
    this.#stages = new EmbeddedStages(options, clock);
    this.#hasOwnTime = options.timestamp !== undefined;
    this.#zone = zoneNamed(options.location);
    this.#framing = framingOf(options);
    const rule = options.allow_skip_pri_header ? 'optional' : 'required';
    const protocol = options.protocol.toLowerCase();
    this.#isBare = protocol === 'none';
    if (this.#isBare) this.#parse = parseBare;
    else if (protocol === 'rfc3164') this.#parse = (message) => parseRfc3164(message, rule);
    else this.#parse = (message) => parseRfc5424(message, rule);
  }

  process(entry: LogEntry): OperatorVerdict {
    const failure = this.#read(entry);
    if (failure !== undefined) return failure;
    const isRoot = this.#to.section === 'attributes' && this.#to.keys.length === 0;
    const message = this.#message;
    const map = this.#to.map(entry);
    addParts(map, message);
    if (isRoot && !this.#hasOwnTime) {
      if (message.hasTime) entry.setTime(secondsOfMessage(message, this.#zone, this.#clock.unixMs()), message.nanos);
      else if (!this.#isBare) return this.#withoutTime(map);
    } else {
      if (message.hasTime) map.set('timestamp', writtenTime(message));
      if (message.priority >= 0) map.set('severity', int(message.priority & 7));
    }
    const staged = this.#stages.apply(entry);
    if (staged !== undefined) return staged;
    if (!isRoot && !this.#hasOwnTime && !this.#isBare) return new EntryFailure(noTime);
    return this.#setSeverity(entry, isRoot);
  }

  /** As the Collector leaves it: the severity is a number among the attributes. */
  #withoutTime(map: EntryMap): EntryFailure {
    const { priority } = this.#message;
    if (priority >= 0) map.set('severity', int(priority & 7));
    return new EntryFailure(noTime);
  }

  #setSeverity(entry: LogEntry, isRoot: boolean): EntryFailure | undefined {
    const { priority } = this.#message;
    if (isRoot) {
      entry.attributes.delete('timestamp');
      entry.attributes.delete('severity');
    }
    const level = priority < 0 ? undefined : levels[priority & 7];
    if (level === undefined) return undefined;
    if (!isRoot) return new EntryFailure('severity field does not exist');
    entry.severity = level.severity;
    entry.severityText = level.text;
    return undefined;
  }

  /** Moves the message to the text of the field. */
  #read(entry: LogEntry): EntryFailure | undefined {
    const { section, keys } = this.#from;
    if (section === 'body' && keys.length === 0 && entry.isLine)
      return this.#readBytes(entry.line, entry.lineStart, entry.lineEnd);
    const value = this.#from.get(entry);
    if (value === undefined)
      return new EntryFailure(`Entry is missing the expected parse_from field.: {"parse_from":"${this.#from.text}"}`);
    const text = entryText(value);
    if (text === undefined) return new EntryFailure(`unable to convert type '${goTypeOf(value)}' to bytes`);
    const bytes = Buffer.from(text);
    return this.#readBytes(bytes, 0, bytes.length);
  }

  #readBytes(bytes: Buffer, from: number, to: number): EntryFailure | undefined {
    const message = this.#message;
    if (parseFramed(this.#framing, message, bytes, from, to, this.#parse)) return undefined;
    if (!this.#isBare) return new EntryFailure(message.fault);
    // A text without a length in front of it is a message as it is.
    message.begin(bytes, from, to);
    parseBare(message);
    return undefined;
  }
}

function framingOf(options: SyslogParserOptions): SyslogFraming {
  const { enable_octet_counting, max_octets, allow_skip_pri_header, protocol } = options;
  const bare = allow_skip_pri_header || protocol.toLowerCase() === 'none';
  if (enable_octet_counting) return { kind: 'octets', most: max_octets || defaultOctets, bare };
  const { non_transparent_framing_trailer: trailer } = options;
  return trailer === '' ? { kind: 'none' } : { kind: 'trailer', byte: trailer === 'NUL' ? 0 : 10 };
}

/** Adds everything that the message has but its time and its severity. Absent parts are no attributes. */
function addParts(map: EntryMap, message: SyslogMessage): void {
  const { bytes, priority, version, hostname, appname, proc_id: process, msg_id: id, message: text } = message;
  if (priority >= 0) {
    map.set('priority', int(priority));
    map.set('facility', int(priority >> 3));
    map.set('facility_text', facilities[priority >> 3] ?? '');
  }
  if (version > 0) map.set('version', int(version));
  addText(map, 'hostname', bytes, hostname);
  addText(map, 'appname', bytes, appname);
  addText(map, 'proc_id', bytes, process);
  addText(map, 'msg_id', bytes, id);
  if (message.structuredData) map.set('structured_data', message.structuredData);
  addText(map, 'message', bytes, text);
}

function addText(map: EntryMap, key: string, bytes: Buffer, { isPresent, from, to }: TextPart): void {
  if (isPresent) map.setText(key, bytes, from, to);
}
