import type { CorsConfig } from '../options/http-server.js';

/** Header fields to set on a response. */
type Fields = Readonly<Record<string, string | readonly string[]>>;

/** The request as CORS sees it; names are lower case. */
export interface CorsRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface CorsResponse {
  readonly fields: Fields;
  /** A preflight is answered at once, with 204. */
  readonly preflight: boolean;
}

const methods = ['GET', 'POST', 'HEAD'];
const defaultHeaders = ['accept', 'content-type', 'x-requested-with'];

/** The CORS response fields for browsers (docs/spec/core.md#http-server); credentials are always allowed. */
export class Cors {
  readonly #any: boolean;
  /** The parts before, between and behind the wildcards of each origin, in lower case. */
  readonly #origins: readonly (readonly string[])[];
  readonly #headers: readonly string[];
  readonly #exposed: readonly string[];
  readonly #maxAge: number;

  constructor(config: CorsConfig) {
    this.#any = config.allowed_origins.includes('*');
    this.#origins = config.allowed_origins.map((origin) => origin.toLowerCase().split('*'));
    this.#headers =
      config.allowed_headers.length > 0 ? config.allowed_headers.map((name) => name.toLowerCase()) : defaultHeaders;
    this.#exposed = config.exposed_headers;
    this.#maxAge = config.max_age;
  }

  respond({ method, headers }: CorsRequest): CorsResponse {
    const origin = first(headers['origin']);
    const asked = first(headers['access-control-request-method']);
    if (method === 'OPTIONS' && asked !== undefined)
      return {
        fields: this.#preflight(origin, asked, first(headers['access-control-request-headers'])),
        preflight: true,
      };
    const fields: Record<string, string> = { vary: 'Origin' };
    if (origin === undefined || !this.#allows(origin) || !(methods.includes(method) || method === 'OPTIONS'))
      return { fields, preflight: false };
    fields['access-control-allow-origin'] = this.#any ? '*' : origin;
    if (this.#exposed.length > 0) fields['access-control-expose-headers'] = this.#exposed.join(', ');
    fields['access-control-allow-credentials'] = 'true';
    return { fields, preflight: false };
  }

  #preflight(origin: string | undefined, method: string, asked: string | undefined): Fields {
    const fields: Record<string, string> = {
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    };
    if (origin === undefined || !this.#allows(origin) || !methods.includes(method.toUpperCase())) return fields;
    const names =
      asked === undefined
        ? []
        : asked
            .split(',')
            .map((name) => name.trim().toLowerCase())
            .filter((name) => name !== '');
    if (!this.#headers.includes('*') && !names.every((name) => this.#headers.includes(name))) return fields;
    fields['access-control-allow-origin'] = this.#any ? '*' : origin;
    fields['access-control-allow-methods'] = method.toUpperCase();
    if (asked !== undefined && names.length > 0) fields['access-control-allow-headers'] = asked;
    fields['access-control-allow-credentials'] = 'true';
    if (this.#maxAge > 0) fields['access-control-max-age'] = String(this.#maxAge);
    return fields;
  }

  #allows(origin: string): boolean {
    if (this.#any) return true;
    const lower = origin.toLowerCase();
    return this.#origins.some((parts) => fits(parts, lower));
  }
}

/** Whether `text` is `parts` with anything between them. Each part is taken where it comes first: no way back. */
function fits(parts: readonly string[], text: string): boolean {
  const begin = parts[0] ?? '';
  if (parts.length === 1) return text === begin;
  const end = parts.at(-1) ?? '';
  const last = text.length - end.length;
  if (last < begin.length || !text.startsWith(begin) || !text.endsWith(end)) return false;
  let at = begin.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= last;
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value[0];
}
