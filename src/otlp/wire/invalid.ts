/** Bytes that are no OTLP of the expected signal: where, and in which field. */
export class InvalidOtlp extends Error {
  /** Byte offset in the message. */
  readonly offset: number;
  /** `resource_spans[3].scope_spans[0].spans[7].trace_id`; empty at the top. */
  readonly path: string;

  constructor(what: string, offset: number, path: string) {
    super(`${what} at byte ${offset}${path === '' ? '' : ` in ${path}`}`);
    this.name = 'InvalidOtlp';
    this.offset = offset;
    this.path = path;
  }
}
