import { flag, group, type Schema } from '../../../component/schema/schema.js';
import type { AttributeValue } from '../../../otlp/build/any-value.js';
import { schema140, type Detected } from './detector.js';

/** Characters of one value. A longer one is no metadata, and would be written to every resource. */
const mostCharacters = 4096;
/** Attributes of one detector: tags and labels have no other bound. */
const mostAttributes = 1024;

/** Which attributes of a detector are wanted, by name. */
export type AttributeSwitches<N extends string = string> = Readonly<Record<N, { readonly enabled: boolean }>>;

export interface Switched<N extends string = string> {
  readonly resource_attributes: AttributeSwitches<N>;
}

/** One switch, which is on or off by default; all detectors share these two. */
const usuallyOn = group({ enabled: flag(true, { about: 'Sets this attribute.' }) });
const usuallyOff = group({ enabled: flag(false, { about: 'Sets this attribute.' }) });

/** The switches of a detector: those of `on` are wanted unless a configuration says otherwise. */
export function switches<On extends string, Off extends string = never>(
  on: readonly On[],
  off: readonly Off[] = [],
): Schema<AttributeSwitches<On | Off>> {
  const shape = Object.fromEntries([
    ...on.map((name) => [name, usuallyOn] as const),
    ...off.map((name) => [name, usuallyOff] as const),
  ]);
  // The names of the record are exactly those of the two lists.
  return group(shape, undefined, {
    about: 'Which attributes are set, as `NAME: { enabled: BOOL }`; the table of the detectors has the names.',
    folded: true,
  }) as unknown as Schema<AttributeSwitches<On | Off>>;
}

/** Collects what a detector finds, as far as it is wanted. */
export class FoundAttributes<N extends string> {
  readonly #switches: AttributeSwitches<N>;
  readonly #found: Map<string, AttributeValue> = new Map();

  constructor({ resource_attributes }: Switched<N>) {
    this.#switches = resource_attributes;
  }

  wants(...names: readonly N[]): boolean {
    return names.some((name) => this.#switches[name].enabled);
  }

  /** Sets an attribute if it is wanted and has a value. */
  set(name: N, value: string | number | readonly string[] | undefined): this {
    if (value !== undefined && this.wants(name)) this.add(name, value);
    return this;
  }

  /** Sets an attribute that has no switch, such as one made of a tag. */
  add(name: string, value: string | number | readonly string[]): this {
    const texts = typeof value === 'number' ? [] : typeof value === 'string' ? [value] : value;
    const longest = Math.max(name.length, ...texts.map((text) => text.length));
    if (longest > mostCharacters || texts.length > mostAttributes)
      throw new Error(`the value of ${name.slice(0, 256)} is longer than any metadata`);
    if (this.#found.size >= mostAttributes) throw new Error(`more than ${mostAttributes} attributes`);
    this.#found.set(name, value);
    return this;
  }

  found(schemaUrl: string = schema140, incomplete?: Error): Detected {
    return { kind: 'found', attributes: this.#found, schemaUrl, incomplete };
  }
}
