import type { Setting } from '../setting.js';

/** A value somewhere below another one. */
export interface Below {
  /** Its key, or for an item of a list that of the list. */
  readonly key: string;
  readonly at: Setting;
  /** The setting that holds it. */
  readonly parent: Setting;
}

/** Every value below a setting, in the order of the text. The loader bounds how many there are. */
export function* settingsIn(root: Setting, key = ''): Generator<Below> {
  const below: (readonly [key: string, at: Setting])[] =
    root.node?.kind === 'list' ? root.items().map((item) => [key, item] as const) : [...root.entries()];
  for (const [name, at] of below) {
    yield { key: name, at, parent: root };
    yield* settingsIn(at, name);
  }
}
