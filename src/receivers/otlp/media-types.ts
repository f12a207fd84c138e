import type { GrpcStatus } from '../../component/delivery-error.js';
import type { Transcode } from '../../intake/decode.js';
import type { Answer } from '../../net/http/respond.js';
import { JsonDecoder } from '../../otlp/json/decode.js';
import type { Signal } from '../../otlp/signal.js';
import { encodePartialSuccess } from '../../otlp/status/partial-success.js';
import { encodeStatus } from '../../otlp/status/rpc-status.js';
import { statusJson } from './status-json.js';

/** The field of a partial success in OTLP/JSON. */
const rejectedName: Readonly<Record<Signal, string>> = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
  profiles: 'rejectedProfiles',
};

/** The format of a body and of its response. */
export interface MediaType {
  readonly name: string;
  readonly transcode: Transcode | undefined;
  /** The Collector's answer: `partial_success` is present and empty. */
  readonly success: Answer;
  /** The response body of a success of which `rejected` items were rejected. */
  partial(signal: Signal, rejected: number, message: string): Uint8Array;
  /** Encodes a google.rpc.Status. */
  status(status: GrpcStatus): Uint8Array;
}

function mediaType(
  name: string,
  success: Uint8Array,
  rest: Pick<MediaType, 'transcode' | 'status' | 'partial'>,
): MediaType {
  return { name, success: { http: 200, type: name, body: success }, ...rest };
}

export const protobuf: MediaType = mediaType('application/x-protobuf', Buffer.from([0x0a, 0x00]), {
  transcode: undefined,
  status: encodeStatus,
  partial: (_signal, rejected, message) => encodePartialSuccess(rejected, message),
});

export const json: MediaType = mediaType('application/json', Buffer.from('{"partialSuccess":{}}'), {
  transcode: (signal, bytes) => new JsonDecoder(signal, bytes),
  status: (status) => Buffer.from(statusJson(status)),
  partial: (signal, rejected, message) => {
    const partialSuccess = {
      // 64-bit numbers are text in protojson.
      ...(rejected > 0 ? { [rejectedName[signal]]: String(rejected) } : {}),
      ...(message === '' ? {} : { errorMessage: message }),
    };
    return Buffer.from(JSON.stringify({ partialSuccess }));
  },
});

const blank = /\s*/y;
const token = /[\w!#$%&'*+.^`|~-]+/y;
const quoted = /"[^"]*"/y;

/** A longer field is no media type: to read one takes time for each request. Characters. */
const longestField = 1024;

/** The media type of a `content-type` field; undefined when OTLP has no such type. */
export function mediaTypeOf(field: string | undefined): MediaType | undefined {
  const text = field ?? '';
  if (text.length > longestField) return undefined;
  const end = nameEnd(text);
  const name = nameOf(text, end);
  const known = [protobuf, json].find((type) => type.name === name);
  return known && hasParameters(text, end) ? known : undefined;
}

/** Whether a `content-type` field names JSON, however its parameters are written. */
export function saysJson(field: string | undefined): boolean {
  const text = (field ?? '').slice(0, longestField);
  return nameOf(text, nameEnd(text)) === json.name;
}

function nameEnd(text: string): number {
  const semicolon = text.indexOf(';');
  return semicolon < 0 ? text.length : semicolon;
}

function nameOf(text: string, end: number): string {
  return text.slice(0, end).trim().toLowerCase();
}

/** Whether `; name=value` stands from `from` on, any number of times, and nothing else. Reads each character once. */
function hasParameters(text: string, from: number): boolean {
  for (let at = from; at < text.length;) {
    if (text[at] !== ';') return false;
    at = behind(blank, text, at + 1);
    if (at === text.length) return true;
    at = behind(token, text, at);
    if (at < 0) return false;
    at = behind(blank, text, at);
    if (text[at] !== '=') return false;
    const value = behind(blank, text, at + 1);
    at = behind(text[value] === '"' ? quoted : token, text, value);
    if (at < 0) return false;
    at = behind(blank, text, at);
  }
  return true;
}

/** The offset behind what `pattern` matches at `at`; -1 when it does not. */
function behind(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}
