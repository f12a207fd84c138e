import type { GrpcStatus } from '../../component/delivery-error.js';
import type { Transcode } from '../../intake/decode.js';
import type { Answer } from '../../net/http/respond.js';
import { JsonDecoder } from '../../otlp/json/decode.js';
import { encodeStatus } from '../../otlp/status/rpc-status.js';
import { statusJson } from './status-json.js';

/** The format of a body and of its response. */
export interface MediaType {
  readonly name: string;
  readonly transcode: Transcode | undefined;
  /** The Collector's answer: `partial_success` is present and empty. */
  readonly success: Answer;
  /** Encodes a google.rpc.Status. */
  status(status: GrpcStatus): Uint8Array;
}

function mediaType(name: string, success: Uint8Array, rest: Pick<MediaType, 'transcode' | 'status'>): MediaType {
  return { name, success: { http: 200, type: name, body: success }, ...rest };
}

export const protobuf: MediaType = mediaType('application/x-protobuf', Buffer.from([0x0a, 0x00]), {
  transcode: undefined,
  status: encodeStatus,
});

export const json: MediaType = mediaType('application/json', Buffer.from('{"partialSuccess":{}}'), {
  transcode: (signal, bytes) => new JsonDecoder(signal, bytes),
  status: (status) => Buffer.from(statusJson(status)),
});

const wellFormed = /^\s*[^\s;]+\s*(;\s*[\w!#$%&'*+.^`|~-]+\s*=\s*("[^"]*"|[\w!#$%&'*+.^`|~-]+)\s*)*;?\s*$/;

/** The media type of a `content-type` field; undefined when OTLP has no such type. */
export function mediaTypeOf(field: string | undefined): MediaType | undefined {
  const text = field ?? '';
  if (!wellFormed.test(text)) return undefined;
  const name = text.split(';')[0]?.trim().toLowerCase();
  return [protobuf, json].find((known) => known.name === name);
}
