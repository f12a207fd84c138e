/**
 * A page that a component contributes to those that show the service to people and programs (the `zpages` extension),
 * with `Host.addPage`. It is data, so that it can be shown as HTML and as JSON and come from another process.
 */
export interface Page {
  /**
   * Where it is below `/debug/`, such as `exporter/load_balancing/backends`: unlike any other of the service, so that a
   * component that can be configured several times, or runs once for each signal, names its ID and its signal.
   */
  readonly path: string;
  readonly title: string;
  /** Its content in a few words, for the list of pages. */
  readonly about: string;
  /**
   * Runs when somebody asks for the page, never for data that passes. `query` may be anything; a rejection is answered
   * with 500.
   */
  content(query: URLSearchParams): PageContent | Promise<PageContent>;
}

export interface PageContent {
  /** For people. Undefined: the page is JSON only. */
  readonly blocks?: readonly PageBlock[];
  /** For programs: anything that JSON can hold. Undefined: the blocks. */
  readonly json?: unknown;
}

/** All text is shown as it is: no markup. */
export type PageBlock =
  | { readonly kind: 'heading' | 'text'; readonly text: string }
  | { readonly kind: 'table'; readonly headings: readonly string[]; readonly rows: readonly (readonly PageCell[])[] };

export type PageCell = string | number | boolean | PageLink;

export interface PageLink {
  readonly text: string;
  /** Another page: the path below `/debug/` of one, or '' for the same. */
  readonly page: string;
  readonly query: Readonly<Record<string, string>>;
}

export const heading = (text: string): PageBlock => ({ kind: 'heading', text });

export const table = (headings: readonly string[], rows: readonly (readonly PageCell[])[]): PageBlock => ({
  kind: 'table',
  headings,
  rows,
});
