/** Text that is no OTLP/JSON of the expected signal: where, and in which field. */
export class InvalidJson extends Error {
  /** Byte offset in the body. */
  readonly offset: number;
  /** `resourceSpans[0].scopeSpans[0].spans[7].traceId`; empty at the top. */
  readonly path: string;

  constructor(what: string, offset: number, path: string) {
    super(`${what} at byte ${offset}${path === '' ? '' : ` in ${path}`}`);
    this.name = 'InvalidJson';
    this.offset = offset;
    this.path = path;
  }
}
