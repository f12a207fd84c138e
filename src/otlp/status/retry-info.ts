import { tagOf } from '../fields.js';
import { eachField } from '../wire/untrusted.js';
import { varintAt, writeVarint } from '../wire/varint.js';
import { fieldSize, writeField } from './write-field.js';

const urlTag = tagOf('Any', 'type_url');
const valueTag = tagOf('Any', 'value');
const delayTag = tagOf('RetryInfo', 'retry_delay');
const secondsTag = tagOf('Duration', 'seconds');
const nanosTag = tagOf('Duration', 'nanos');
const utf8 = new TextDecoder();
/** The longest delay that is read or written, milliseconds: that of google.protobuf.Duration, 10,000 years. */
export const longestRetryMs = 315_576_000_000_000;

/** The type URL of the google.rpc.RetryInfo that is written here. */
export const retryInfoUrl = 'type.googleapis.com/google.rpc.RetryInfo';

/** An encoded google.protobuf.Any with a RetryInfo of `ms` milliseconds, a detail of a status. */
export function encodeRetryInfo(ms: number): Uint8Array {
  const delay = Math.min(ms, longestRetryMs);
  const seconds = Math.trunc(delay / 1000);
  const nanos = Math.round((delay - seconds * 1000) * 1e6);
  const duration = new Uint8Array(22);
  let at = 0;
  if (seconds !== 0) {
    duration[at++] = secondsTag;
    at = writeVarint(duration, at, seconds);
  }
  if (nanos !== 0) {
    duration[at++] = nanosTag;
    at = writeVarint(duration, at, nanos);
  }
  const body = duration.subarray(0, at);
  const info = new Uint8Array(fieldSize(body));
  writeField(info, 0, delayTag, body);
  const url = Buffer.from(retryInfoUrl);
  const any = new Uint8Array(fieldSize(url) + fieldSize(info));
  writeField(any, writeField(any, 0, urlTag, url), valueTag, info);
  return any;
}

/** The delay of the first RetryInfo among a status's details, milliseconds; undefined when there is none. */
export function retryDelayMs(details: readonly Uint8Array[]): number | undefined {
  for (const detail of details) {
    let url = '';
    let value: Uint8Array = new Uint8Array();
    eachField(detail, (tag, start, end) => {
      if (tag === urlTag) url = utf8.decode(detail.subarray(start, end));
      else if (tag === valueTag) value = detail.subarray(start, end);
    });
    if (url === retryInfoUrl) return delayOf(value);
  }
  return undefined;
}

/** No delay when the RetryInfo has none. */
function delayOf(info: Uint8Array): number {
  let ms = 0;
  eachField(info, (tag, start, end) => {
    if (tag === delayTag) ms = durationMs(info.subarray(start, end));
  });
  return ms;
}

function durationMs(duration: Uint8Array): number {
  let seconds = 0;
  let nanos = 0;
  eachField(duration, (tag, start, end) => {
    // Negative numbers take ten bytes; their low 53 bits are no delay anyone means.
    if (tag === secondsTag) seconds = end - start > 8 ? -1 : varintAt(duration, start);
    else if (tag === nanosTag) nanos = end - start > 8 ? -1 : varintAt(duration, start);
  });
  return Math.min(seconds * 1000 + nanos / 1e6, longestRetryMs);
}
