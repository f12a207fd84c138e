/** The form of lines, as data, for `LineRecords`. */
export type LineForm =
  /** Text that is the body alone. */
  | { readonly kind: 'text' }
  /** Lines of container runtimes: those whose times end with a Z, and those whose times have an offset. */
  | { readonly kind: 'container'; readonly utc: boolean; readonly offsets: boolean }
  /** Objects; their members become attributes. `ints`: whole numbers are int64, else all are doubles. */
  | { readonly kind: 'json'; readonly ints: boolean; readonly fields: LineFields }
  /** Steps one after another that are all of the line (`isWhole`) or its beginning. */
  | {
      readonly kind: 'sequence';
      readonly steps: readonly LineStep[];
      readonly isWhole: boolean;
      readonly fields: LineFields;
    };

/** The attributes of which fields of the record are made. */
export interface LineFields {
  /** Five separators, and a number for the end of the time: 0 nothing, 1 Z, 2 Z or an offset, 3 an offset. */
  readonly time?: { readonly name: string; readonly form: Uint8Array } | undefined;
  readonly severity?: { readonly name: string; readonly words: ReadonlyMap<string, number> } | undefined;
}

/** Runs over bytes of a set as far as they go. */
export interface LineStep {
  /** Bytes that there must be, and those that there may be. */
  readonly least: number;
  readonly most: number;
  /** By byte 1 for one of the set, and 0 for any other. */
  readonly bytes: Uint8Array;
  /** Whether a group begins before the step. */
  readonly opens: boolean;
  /** The name of the group that ends behind it; '' for none. */
  readonly closes: string;
}
