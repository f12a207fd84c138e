import { firstField } from '../../net/http/fields.js';
import type { HttpRequest, HttpResponse } from '../../net/http/server.js';
import type { RequestStart, WatchedRequest } from '../../net/http/watch-requests.js';

/** A request under observation. `route` and `requestBytes` are set as they become known. */
export interface Observed {
  readonly request: WatchedRequest;
  route: string | undefined;
  /** Size on the wire. */
  requestBytes: number;
}

/** Observes a request until its response is sent, or its sender leaves. */
export function observe(
  begin: (start: RequestStart) => WatchedRequest,
  request: HttpRequest,
  response: HttpResponse,
): Observed {
  const { headers, socket } = request;
  const observed: Observed = {
    request: begin({
      method: request.method ?? '',
      path: (request.url ?? '').split('?')[0] ?? '',
      host: headers.host ?? (typeof headers[':authority'] === 'string' ? headers[':authority'] : ''),
      scheme: 'encrypted' in socket ? 'https' : 'http',
      version: request.httpVersionMajor === 1 ? request.httpVersion : '2',
      peerAddress: socket.remoteAddress,
      peerPort: socket.remotePort,
      field: (name) => firstField(request, name),
    }),
    route: undefined,
    requestBytes: 0,
  };
  response.once('close', () => {
    const { route, requestBytes } = observed;
    const responseBytes = Number(response.getHeader('content-length') ?? 0);
    if (response.writableEnded)
      observed.request.ended({ status: response.statusCode, requestBytes, responseBytes, route });
    else observed.request.failed('the sender has gone');
  });
  return observed;
}
