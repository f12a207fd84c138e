import { FseTable } from './fse.js';
import { HuffmanTable } from './huffman.js';

/** The largest tables of the three codes, bits (RFC 8878, 3.1.1.3.2.1.1). */
const literalLengthLog = 9;
const offsetLog = 8;
const matchLengthLog = 9;

const predefinedLiteralLengths = FseTable.of(
  6,
  [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
);
const predefinedOffsets = FseTable.of(
  5,
  [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
);
const predefinedMatchLengths = FseTable.of(6, [
  1,
  4,
  3,
  2,
  2,
  2,
  2,
  2,
  2,
  ...Array<number>(37).fill(1),
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
  -1,
]);

/** A code of a sequence: its tables, and which of them is in use. */
export class Code {
  readonly mostLog: number;
  readonly symbols: number;
  readonly predefined: FseTable;
  readonly own: FseTable;
  /** The table that the last block used; undefined at the begin of a frame. */
  current: FseTable | undefined;

  constructor(mostLog: number, symbols: number, predefined: FseTable) {
    this.mostLog = mostLog;
    this.symbols = symbols;
    this.predefined = predefined;
    this.own = new FseTable(mostLog);
  }
}

/** The tables that one block of a frame leaves to the next. About 10 KiB. */
export class Tables {
  readonly huffman: HuffmanTable = new HuffmanTable();
  readonly literalLengths: Code = new Code(literalLengthLog, 36, predefinedLiteralLengths);
  readonly offsets: Code = new Code(offsetLog, 32, predefinedOffsets);
  readonly matchLengths: Code = new Code(matchLengthLog, 53, predefinedMatchLengths);
  /** The last three offsets, the last one first. */
  readonly repeated: Int32Array = new Int32Array(3);

  /** At the begin of a frame. */
  reset(): void {
    this.huffman.log = 0;
    this.literalLengths.current = this.offsets.current = this.matchLengths.current = undefined;
    this.repeated[0] = 1;
    this.repeated[1] = 4;
    this.repeated[2] = 8;
  }
}
