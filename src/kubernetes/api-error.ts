import { cutText } from '../component/peer-text.js';
import { apiText, type ApiJson } from './json.js';
import { ruleFor, type ApiResource } from './resource.js';

/** What an answer of the API server means for the question. */
export type ApiFailure =
  /** The resource version is older than what the server remembers: everything has to be listed again. */
  | 'gone'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
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

const failures: Readonly<Record<number, ApiFailure>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  410: 'gone',
  429: 'busy',
  503: 'busy',
};

/**
 * The error of an answer, or of an `ERROR` event: `status` is the HTTP status, or the `code` of the object, `body` a
 * `Status` of the API or anything else.
 */
export function apiError(status: number, body: ApiJson, resource: ApiResource, retryAfterMs?: number): ApiError {
  const failure = failures[status] ?? 'other';
  const said = apiText(body, 'message');
  const what = `${resource.plural}: the API server answers ${status}${said === undefined ? '' : `: ${cutText(said)}`}`;
  return new ApiError(`${what}${adviceFor(failure, resource)}`, failure, retryAfterMs);
}

function adviceFor(failure: ApiFailure, resource: ApiResource): string {
  switch (failure) {
    case 'unauthorized':
      return '. It does not know the credentials: the token has ended, or is of another cluster';
    case 'forbidden':
      return `. Add this rule to the Role or ClusterRole of the service account: ${ruleFor(resource)}`;
    case 'not_found':
      return `. It has no ${resource.group === '' ? 'core' : resource.group}/${resource.version} ${resource.plural}`;
    default:
      return '';
  }
}
