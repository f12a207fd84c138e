// Numbered lines of a log, and how a sink finds their numbers again.

/** Digits of a number, with which every line, or its message, begins. */
const digits = 10;

const filler = 'the quick brown fox jumps over the lazy dog while 0123456789 requests wait for /api/v1/items; ';
const padded = (text, bytes) => text + filler.repeat(Math.ceil(bytes / filler.length)).slice(0, bytes - text.length);

/** Forms of a line of so many bytes, without its end; `#` stands for the number. */
export const forms = {
  raw: (bytes) => padded('#'.repeat(digits) + ' ', bytes),
  regex: (bytes) => padded('#'.repeat(digits) + ' 2026-11-30T12:00:00.123Z INFO [worker-7] request served ', bytes),
  json: (bytes) => {
    const head = `{"n":"${'#'.repeat(digits)}","time":"2026-11-30T12:00:00.123Z","level":"info","status":200,"msg":"`;
    return `${padded(head, bytes - 2)}"}`;
  },
  container: (bytes) => padded(`2026-11-30T12:00:00.123456789Z stdout F ${'#'.repeat(digits)} `, bytes),
};

/** A block of lines that is numbered anew each time. */
export class LineBlock {
  constructor(form, lineBytes, lines) {
    const line = `${forms[form](lineBytes - 1)}\n`;
    this.lines = lines;
    this.lineBytes = lineBytes;
    this.bytes = Buffer.from(line.repeat(lines));
    this.at = line.indexOf('#');
  }

  /** The same bytes with the numbers from `first` on. */
  from(first) {
    for (let i = 0; i < this.lines; i++) {
      let rest = first + i;
      const start = i * this.lineBytes + this.at;
      for (let at = start + digits - 1; at >= start; at--) {
        this.bytes[at] = 48 + (rest % 10);
        rest = Math.floor(rest / 10);
      }
    }
    return this.bytes;
  }
}

/** Calls back with the number of each record of an export request: the first ten digits of its body. */
export function eachLine(bytes, visit) {
  let position = 0;
  const varint = () => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[position++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  // ResourceLogs, ScopeLogs, LogRecord, its body, the text.
  const path = [1, 2, 2, 5, 1];
  const walk = (end, level) => {
    while (position < end) {
      const tag = varint();
      const wire = tag % 8;
      if (wire === 2) {
        const length = varint();
        const close = position + length;
        if ((tag - wire) / 8 === path[level]) {
          if (level === path.length - 1) visit(numberIn(bytes, position, close));
          else walk(close, level + 1);
        }
        position = close;
      } else if (wire === 0) varint();
      else position += wire === 1 ? 8 : 4;
    }
  };
  walk(bytes.length, 0);
}

function numberIn(bytes, from, to) {
  let value = 0;
  let found = 0;
  for (let at = from; at < to && found < digits; at++) {
    const digit = bytes[at] - 48;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      found++;
    } else {
      value = 0;
      found = 0;
    }
  }
  return value;
}
