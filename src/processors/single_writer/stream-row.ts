/** Numbers of the key of a stream, which has as many bytes as that of a metric (`metricKeyBytes`). */
export const keyWords = 4;
/** The numbers of a row, of 32 bits each. A time or a value has two, the lower half first. */
export const streamField = {
  hash: 0,
  key: 1,
  start: 5,
  time: 7,
  value: 9,
  /** The point before the newest one: its time, and a hash of its value. */
  earlierTime: 11,
  earlierValue: 13,
  /** IDs of the writer that has the stream, and of the one that last disputed it. */
  owner: 14,
  rival: 15,
  /** Seconds since 1970 of the first point of the owner. */
  since: 16,
  /** Milliseconds since 1970, the lower 32 bits, of the first point of a rival that the owner has not answered. */
  disputed: 17,
  bits: 18,
  /** One more than the row of the service; 0 for a row that is not in use, of which `hash` is the next such row. */
  holder: 19,
  /** A hash of a start that is close to that of the owner; 0: there was none. */
  otherStart: 20,
} as const;
export const streamFields = 21;

/** A part of the field `bits`: where it is, and its greatest value. */
export interface Bits {
  readonly shift: number;
  readonly most: number;
}

const bits = (shift: number, width: number): Bits => ({ shift, most: (1 << width) - 1 });

type Mark =
  | 'isDouble'
  | 'isDisputed'
  | 'returns'
  | 'strikes'
  | 'falls'
  | 'quiet'
  | 'mayRepeat'
  | 'isRebased'
  | 'hasValue'
  | 'isRestarting'
  | 'stragglers'
  | 'isStartVague';

/** The small numbers of a stream. A counter stays at its greatest value. */
export const marks: Readonly<Record<Mark, Bits>> = {
  /** The value of the newest point is a double. */
  isDouble: bits(0, 1),
  /** A rival wrote a point, and the owner has written none with a later time. */
  isDisputed: bits(1, 1),
  /** How often the owner has written behind a point of a rival. */
  returns: bits(2, 3),
  /** Points of rivals since the last one of the owner. */
  strikes: bits(5, 3),
  /** How often the owner's counter fell without a new start. */
  falls: bits(8, 2),
  /** Points of the owner since a rival wrote. */
  quiet: bits(10, 8),
  /** The newest delta was not delivered, so that it may come again. */
  mayRepeat: bits(18, 1),
  /** The points of the owner count from the moment when it took the stream over. */
  isRebased: bits(19, 1),
  /** The newest point had a value. */
  hasValue: bits(20, 1),
  /** The process before and this one overlap, and it is not yet clear whether the one before goes on. */
  isRestarting: bits(21, 1),
  /** Points of a rival that were older than the newest one of the owner. */
  stragglers: bits(22, 3),
  /** The starts of the owner's points differ a little from each other. */
  isStartVague: bits(25, 1),
};

/** The bits of some marks. */
export function bitsOf(...of: readonly Bits[]): number {
  return of.reduce((all, { shift, most }) => all | (most << shift), 0);
}

/** What rivals did. */
export const marksOfRivals: number = bitsOf(
  ...[marks.isDisputed, marks.returns, marks.strikes, marks.falls, marks.isRestarting, marks.stragglers],
);
const changedByNext = bitsOf(marks.isDouble, marks.hasValue, marks.mayRepeat, marks.strikes, marks.quiet);

const bitsOfDouble = bitsOf(marks.isDouble);
const bitsOfValue = bitsOf(marks.hasValue);

/** The marks of a stream behind the next point of its owner. */
export function marksAfterNext(before: number, isDouble: boolean, hasValue: boolean): number {
  const { quiet } = marks;
  const more = Math.min(((before >>> quiet.shift) & quiet.most) + 1, quiet.most);
  const form = (isDouble ? bitsOfDouble : 0) | (hasValue ? bitsOfValue : 0);
  return (before & ~changedByNext) | (more << quiet.shift) | form;
}
