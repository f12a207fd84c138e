import { text, type Docs, type Report, type Schema } from '../../../component/schema/schema.js';
import { byteSize, promDuration } from './units.js';

/** Where an option stands below the section that is checked. */
export type OptionPath = readonly (string | number)[];

/** A duration as Prometheus writes it; '' where it is taken from elsewhere. */
export function promDurationOption(fallback: string, docs: Docs): Schema<string> {
  return text(fallback, docs, (value) =>
    value === '' || promDuration(value) !== undefined
      ? undefined
      : `not a valid duration string: ${JSON.stringify(value)}; use units y, w, d, h, m, s, ms without fractions`,
  );
}

/** A size as Prometheus writes it; '' where it is taken from elsewhere. */
export function byteSizeOption(docs: Docs): Schema<string> {
  return text('', docs, (value) =>
    value === '' || byteSize(value) !== undefined ? undefined : `not a size in bytes: ${JSON.stringify(value)}`,
  );
}

/** Names an option that is set but cannot be had, and what to do. */
export function refuseOption(report: Report, path: OptionPath, why: string, hint: string): void {
  report(`${String(path.at(-1))} is not supported: ${why}`, path, undefined, hint);
}

/** A check of a part of a section: it reports below `path`. */
export function below(report: Report, path: OptionPath): Report {
  return (message, inner, at, hint) => report(message, [...path, ...(inner ?? [])], at, hint);
}
