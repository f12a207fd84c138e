import { ConnectionError, errorCode, firstWindow, largestMaxFrame, largestWindow, leastMaxFrame } from './frames.js';

/** Identifiers (RFC 9113 6.5.2). */
const id = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** The SETTINGS that one side of a connection sends to the other. Sizes in bytes. */
export interface Settings {
  headerTableSize: number;
  maxConcurrentStreams: number;
  initialWindowSize: number;
  maxFrameSize: number;
  maxHeaderListSize: number;
}

/** Before a peer has said anything. */
export function defaultSettings(): Settings {
  return {
    headerTableSize: 4096,
    maxConcurrentStreams: Number.POSITIVE_INFINITY,
    initialWindowSize: firstWindow,
    maxFrameSize: leastMaxFrame,
    maxHeaderListSize: Number.POSITIVE_INFINITY,
  };
}

/** The payload of a SETTINGS frame that says what differs from the defaults. */
export function encodeSettings(settings: Partial<Settings>, enablePush: false | undefined): Uint8Array {
  const pairs: [number, number | undefined][] = [
    [id.enablePush, enablePush === false ? 0 : undefined],
    [id.maxConcurrentStreams, settings.maxConcurrentStreams],
    [id.initialWindowSize, settings.initialWindowSize],
    [id.maxFrameSize, settings.maxFrameSize],
    [id.maxHeaderListSize, settings.maxHeaderListSize],
  ];
  const said = pairs.filter((pair): pair is [number, number] => pair[1] !== undefined);
  const payload = Buffer.alloc(6 * said.length);
  for (const [i, [key, value]] of said.entries()) {
    payload.writeUInt16BE(key, 6 * i);
    payload.writeUInt32BE(value, 6 * i + 2);
  }
  return payload;
}

/** Takes over what a SETTINGS frame says, in its order; what is unknown is passed over. Throws `ConnectionError`. */
export function applySettings(settings: Settings, bytes: Uint8Array, from: number, to: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, to - from);
  for (let at = 0; at < view.byteLength; at += 6) {
    const value = view.getUint32(at + 2);
    switch (view.getUint16(at)) {
      case id.headerTableSize:
        settings.headerTableSize = value;
        break;
      case id.enablePush:
        if (value > 1) throw new ConnectionError(errorCode.protocolError, `ENABLE_PUSH is ${value}`);
        break;
      case id.maxConcurrentStreams:
        settings.maxConcurrentStreams = value;
        break;
      case id.initialWindowSize:
        if (value > largestWindow)
          throw new ConnectionError(errorCode.flowControlError, `INITIAL_WINDOW_SIZE is ${value}`);
        settings.initialWindowSize = value;
        break;
      case id.maxFrameSize:
        if (value < leastMaxFrame || value > largestMaxFrame)
          throw new ConnectionError(errorCode.protocolError, `MAX_FRAME_SIZE is ${value}`);
        settings.maxFrameSize = value;
        break;
      case id.maxHeaderListSize:
        settings.maxHeaderListSize = value;
        break;
      default:
        break;
    }
  }
}
