/** Bytes of the longest line, and of the longest part of a metric in protobuf, so that one cannot hold up the rest. */
export const longestLine: number = 1 << 20;
/** Bytes of a body, or of keys that are made of it, between two pauses. */
export const bytesAtOnce: number = 64 << 10;
