import type { GrpcStatus } from '../../component/delivery-error.js';
import type { FieldList } from '../http2/fields.js';
import type { Answer } from '../http/respond.js';
import type { Http2Request } from '../http2/server.js';
import type { RequestFault } from './request-fault.js';
import { encodeStatus } from '../../otlp/status/rpc-status.js';
import { encodeMessage } from './status.js';

/**
 * Characters of a message, and bytes of details, that become header fields. They may come from a backend or from the
 * sender, and clients answer more than about 8 KiB of fields by refusing the reply, or with the end of the connection.
 */
const mostMessage = 1024;
const mostDetails = 4096;

const okFields: FieldList = [':status', '200', 'content-type', 'application/grpc'];
const okTrailers: FieldList = ['grpc-status', '0'];

/** Replies to a unary call with one framed message. `encoding` names its compression; undefined: none. */
export function respondMessage(request: Http2Request, frame: Uint8Array, encoding: string | undefined): void {
  request.respond(encoding === undefined ? okFields : [...okFields, 'grpc-encoding', encoding], frame, okTrailers);
}

/** Replies to a call with a status and no message. */
export function respondStatus(request: Http2Request, status: GrpcStatus): void {
  const fields = statusFields(200, status.code, status.message);
  let left = mostDetails;
  const details = status.details.filter(({ length }) => length <= left && (left -= length) >= 0);
  if (details.length > 0) {
    const bounded = { code: status.code, message: status.message.slice(0, mostMessage), details };
    fields.push(
      'grpc-status-details-bin',
      Buffer.from(encodeStatus(bounded))
        .toString('base64')
        .replace(/(?<!=)=+$/, ''),
    );
  }
  request.respondOnly(fields);
}

/** A status without a message as an HTTP response, for a server of other requests. */
export function statusOnlyAnswer({ code, message }: GrpcStatus): Answer {
  const trailers = { 'grpc-status': String(code), 'grpc-message': encodeMessage(message.slice(0, mostMessage)) };
  return { http: 200, type: 'application/grpc', body: new Uint8Array(), trailers };
}

/** Replies to a request that is not gRPC; the text is for clients of other protocols. */
export function respondFault(request: Http2Request, { http, code, message }: RequestFault): void {
  request.respond(statusFields(http, code, message), Buffer.from(`${message}\n`), undefined);
}

function statusFields(http: number, number: number, message: string): string[] {
  return [
    ...[':status', String(http), 'content-type', 'application/grpc'],
    // RFC 9110 15.5.6 wants it.
    ...(http === 405 ? ['allow', 'POST'] : []),
    ...['grpc-status', String(number), 'grpc-message', encodeMessage(message.slice(0, mostMessage))],
  ];
}
