import { ServerResponse } from 'node:http';
import type { HttpRequest, HttpResponse } from './server.js';

/** Requests whose senders wait for a `100 Continue` before they send the body. */
const waiting: WeakSet<HttpRequest> = new WeakSet();

/** A request with `Expect: 100-continue` is here. The connection ends with the response unless its body is let come. */
export function bodyIsHeldBack(request: HttpRequest, response: HttpResponse): void {
  waiting.add(request);
  if (response instanceof ServerResponse) response.shouldKeepAlive = false;
}

/** Asks for the body where the sender waits for that. To be called when the request is accepted but for its body. */
export function letBodyCome(request: HttpRequest, response: HttpResponse): void {
  if (!waiting.delete(request)) return;
  if (response instanceof ServerResponse) response.shouldKeepAlive = true;
  response.writeContinue();
}
