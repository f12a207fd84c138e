/**
 * Asked before a codec takes memory: `bytes` is all that inflating one body then holds (output, window and tables).
 * False when there is no room for it.
 */
export type Admit = (bytes: number) => boolean;

/** A body that was not inflated, because memory for it was not admitted. */
export class NoMemory extends Error {
  constructor() {
    super('no memory for the inflated body');
    this.name = 'NoMemory';
  }
}
