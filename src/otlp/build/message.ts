import type { MessageView } from '../view/message.js';
import type { MessageWriter } from './message-writer.js';

/** Writes the body of the message that a view is at, all its pieces, as it is encoded. */
export function writeMessage(writer: MessageWriter, { fields }: MessageView): void {
  for (let piece = 0; piece < fields.pieceCount; piece++)
    writer.rawRun(fields.bytes, fields.pieceFrom(piece), fields.pieceTo(piece));
}
