/** The bytes of a view that stands on nothing: every field has its default. */
const nothing = new Uint8Array(0);

/**
 * The bytes under a view, shared with the views and ranges that were made from it: to let go of the bytes, or to move
 * all of them to other bytes, is one assignment.
 */
export class Backing {
  bytes: Uint8Array = nothing;

  /** From now on all that stands on these bytes reads nothing, and they can be collected. */
  drop(): void {
    this.bytes = nothing;
  }
}
