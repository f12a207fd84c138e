import type { CancelSignal } from '../../../component/cancellation.js';
import type { Clock, Random } from '../../../component/clock.js';
import type { Schema } from '../../../component/schema/schema.js';
import type { Logger } from '../../../component/telemetry.js';
import type { AttributeValue } from '../../../otlp/build/any-value.js';
import type { Clients } from '../../../metadata/clients.js';

export type DetectedAttributes = ReadonlyMap<string, AttributeValue>;

/** The result of a detector's attempt; it throws where it should know and does not. */
export type Detected =
  | {
      readonly kind: 'found';
      readonly attributes: DetectedAttributes;
      readonly schemaUrl: string;
      /** Why some of the attributes are missing that should be there; they are looked for again. */
      readonly incomplete?: Error | undefined;
    }
  | {
      /** This machine is none of those that the detector knows. */
      readonly kind: 'absent';
      readonly why: string;
      /** Some detectors give theirs all the same; '' for none. */
      readonly schemaUrl: string;
    };

export interface Detector {
  /** One attempt. Rejects soon after `signal` is cancelled, or answers with what it has. */
  detect(signal: CancelSignal): Promise<Detected>;
}

/** The things that every detector is made with. */
export interface DetectorServices {
  readonly clients: Clients;
  /** The environment of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly gates: ReadonlySet<string>;
  /** The folder that stands for `/`, under which files of the system are read; usually ''. */
  readonly root: string;
  /** A metadata service that cannot be reached is a failure, which is tried again. */
  readonly failOnMissing: boolean;
}

/** One kind of detector: its options, and how one is made of them. */
export interface DetectorKind<O> {
  readonly config: Schema<O>;
  create(options: O, services: DetectorServices): Detector;
}

/** The schema URL of nearly all detectors. */
export const schema140 = 'https://opentelemetry.io/schemas/1.40.0';
export const schema143 = 'https://opentelemetry.io/schemas/1.43.0';

export const notHere = (why: string, schemaUrl = ''): Detected => ({ kind: 'absent', why, schemaUrl });

/**
 * The meaning of a metadata service that gives no answer: another machine than those that have one, or, with
 * `fail_on_missing_metadata`, a failure.
 */
export function unavailable(what: string, error: unknown, fails: boolean): Detected {
  const cause = error instanceof Error ? error : new Error(String(error));
  if (fails) throw new Error(`${what} unavailable: ${cause.message}`, { cause });
  return notHere(`${what} unavailable: ${cause.message}`);
}
