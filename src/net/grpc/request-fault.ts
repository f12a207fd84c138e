import { headerField, type FieldList } from '../http2/fields.js';
import { code } from './status.js';
import { timeoutMs } from './timeout.js';

/** A fault of a request by the rules of gRPC, with the HTTP status and the gRPC code of the refusal. */
export interface RequestFault {
  readonly http: number;
  readonly code: number;
  readonly message: string;
}

/** The first fault of a request's header fields, in grpc-go's words; undefined when there is none. */
export function grpcRequestFault(headers: FieldList): RequestFault | undefined {
  const method = headerField(headers, ':method');
  if (method !== 'POST') {
    const message = `Received a HEADERS frame with :method ${JSON.stringify(method)} which should be POST`;
    return { http: 405, code: code.Internal, message };
  }
  const type = headerField(headers, 'content-type') ?? '';
  if (!/^application\/grpc(?:[+;].*)?$/.test(type)) {
    const message = `invalid gRPC request content-type ${JSON.stringify(type)}`;
    return { http: 415, code: code.InvalidArgument, message };
  }
  const timeout = headerField(headers, 'grpc-timeout');
  if (timeout !== undefined && timeoutMs(timeout) === undefined)
    return { http: 400, code: code.Internal, message: `malformed grpc-timeout: ${timeout}` };
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (name.endsWith('-bin') && !isBase64(headers[i + 1] ?? ''))
      return { http: 400, code: code.Internal, message: `malformed binary metadata in header ${name}` };
  }
  return undefined;
}

function isBase64(text: string): boolean {
  return text
    .split(',')
    .every(
      (part) => /^[A-Za-z0-9+/]*={0,2}$/.test(part.trim()) && part.trim().replace(/(?<!=)=+$/, '').length % 4 !== 1,
    );
}
