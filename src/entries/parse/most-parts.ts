/**
 * Values, fields or pairs that a parser makes of one text: each costs up to a microsecond, and the event loop waits for
 * all of them.
 */
export const mostParts = 20_000;
