/**
 * The components whose state a reload must not end, by their place: one that is ended hands what it holds to the one
 * that stands in its place in the new configuration. The process has one, however often its configuration changes.
 */
export class Succession {
  /** In the order in which they entered. */
  readonly #places: Map<string, object[]> = new Map();
  readonly #left: Map<string, object> = new Map();

  /** `member` stands in a place from now on, in place of the one before. To be called in `start`. */
  enter(place: string, member: object): void {
    const members = this.#places.get(place) ?? [];
    this.#places.set(place, members);
    members.push(member);
  }

  /** The component that stands in a place now; undefined when none does. */
  standingAt<T extends object>(place: string): T | undefined {
    return this.#places.get(place)?.at(-1) as T | undefined;
  }

  /** `member` is ended. */
  leave(place: string, member: object): void {
    const members = this.#places.get(place);
    if (!members?.includes(member)) return;
    members.splice(members.indexOf(member), 1);
    if (members.length === 0) this.#places.delete(place);
  }

  /**
   * The component that stands in the place of `member` now; undefined while it stands there itself, or none does.
   * Members of a place are always of the same type.
   */
  successorOf<T extends object>(place: string, member: T): T | undefined {
    const last = this.#places.get(place)?.at(-1);
    return last === undefined || last === member ? undefined : (last as T);
  }

  /**
   * For a component that runs `once`, which starts only when the one before has stopped: keeps what that one held until
   * the next in its place takes it. Nobody does at the end of the program, or when the place is gone: the returned
   * function withdraws it, and is true when it was still there.
   */
  leaveBehind(place: string, held: object): () => boolean {
    this.#left.set(place, held);
    return () => this.#left.get(place) === held && this.#left.delete(place);
  }

  /** The object left behind in a place, always of the same type; undefined: none. */
  take<T extends object>(place: string): T | undefined {
    const held = this.#left.get(place);
    this.#left.delete(place);
    return held as T | undefined;
  }
}
