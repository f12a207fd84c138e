import { cutText } from '../component/peer-text.js';
import { apiText, type ApiJson } from './json.js';
import { ruleFor, type ApiResource } from './resource.js';

/** The meaning of an answer of the API server for the request. */
export type ApiFailure =
  /** The resource version is older than what the server remembers: everything has to be listed again. */
  | 'gone'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  /** The object has changed since it was read, or is there already. */
  | 'conflict'
  /** It asks to come back later. */
  | 'busy'
  | 'other';

export class ApiError extends Error {
  readonly failure: ApiFailure;
  /** Milliseconds; undefined: it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, failure: ApiFailure, retryAfterMs?: number) {
    super(message);
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The words of errors about one question. */
export interface ApiSubject {
  /** `pods`: the begin of the message. */
  readonly name: string;
  /** Advice, a sentence without its end, for an account that may not do this. */
  readonly whenForbidden: string;
  /** The same for a server that does not know what is asked for. */
  readonly whenUnknown: string;
}

export function subjectOf(resource: ApiResource): ApiSubject {
  const { group, version, plural } = resource;
  return {
    name: plural,
    whenForbidden: `Add this rule to the Role or ClusterRole of the service account: ${ruleFor(resource)}`,
    whenUnknown: `It has no ${group === '' ? 'core' : group}/${version} ${plural}`,
  };
}

const failures: Readonly<Record<number, ApiFailure>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  410: 'gone',
  429: 'busy',
  503: 'busy',
};

/** The server's text for a path that it does not know; for a missing object it names the object. */
const unknownPath = 'the server could not find the requested resource';

/**
 * The error of an answer, or of an `ERROR` event: `status` is the HTTP status, or the `code` of the object, `body` a
 * `Status` of the API or anything else.
 */
export function apiError(status: number, body: ApiJson, subject: ApiSubject, retryAfterMs?: number): ApiError {
  const failure = failures[status] ?? 'other';
  const said = apiText(body, 'message');
  const what = `${subject.name}: the API server answers ${status}${said === undefined ? '' : `: ${cutText(said)}`}`;
  return new ApiError(`${what}${adviceFor(status, failure, said, subject)}`, failure, retryAfterMs);
}

/** The error of an answer that cannot be read. */
export function noJson({ name }: ApiSubject): Error {
  return new Error(`${name}: the API server's answer is no JSON. ${elsewhere}`);
}

const elsewhere =
  'It may be another program, or a proxy before the API server: look at `server` and `proxy-url` of the kubeconfig, ' +
  'and at HTTPS_PROXY';

function adviceFor(status: number, failure: ApiFailure, said: string | undefined, subject: ApiSubject): string {
  switch (failure) {
    case 'unauthorized':
      return '. It does not know the credentials: the token has ended, or is of another cluster';
    case 'forbidden':
      return `. ${subject.whenForbidden}`;
    case 'not_found':
      return said === undefined || said === unknownPath ? `. ${subject.whenUnknown}` : '';
    case 'busy':
      return status === 429
        ? '. It takes no more requests of this account now, and is asked again later: its FlowSchemas set the limit'
        : '. It is not ready, or what it stores its objects in is not, and is asked again: look at its `/readyz`';
    case 'other':
      if (status >= 300 && status < 400) return `. Redirects are not followed. ${elsewhere}`;
      return status >= 500 ? '. It is starting or has an error of its own, and is asked again: look at its log' : '';
    default:
      return '';
  }
}
