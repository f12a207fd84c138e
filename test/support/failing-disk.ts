import { nodeDisk, type Disk } from '../../src/extensions/file_storage/disk.js';

/** A disk whose writes fail while it has less room than they need, as a full file system does: after a part of them. */
export class FailingDisk implements Disk {
  /** Bytes that may still be written; nothing is given back by what is removed. */
  room: number = Number.POSITIVE_INFINITY;
  /** The code with which writes fail that find no room. */
  code = 'ENOSPC';
  readonly open: Disk['open'] = nodeDisk.open;
  readonly close: Disk['close'] = nodeDisk.close;
  readonly size: Disk['size'] = nodeDisk.size;
  readonly read: Disk['read'] = nodeDisk.read;
  readonly truncate: Disk['truncate'] = nodeDisk.truncate;
  readonly rename: Disk['rename'] = nodeDisk.rename;
  readonly copy: Disk['copy'] = nodeDisk.copy;
  readonly remove: Disk['remove'] = nodeDisk.remove;
  readonly list: Disk['list'] = nodeDisk.list;
  readonly sync: Disk['sync'] = nodeDisk.sync;

  readonly write: Disk['write'] = async (file, pieces, at) => {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    // A flag is written over bytes that are there.
    if (length > 1) {
      if (length > this.room) {
        await nodeDisk.write(file, [Buffer.concat(pieces).subarray(0, Math.max(0, this.room))], at);
        throw Object.assign(new Error(`${this.code}: no space left on device, write`), { code: this.code });
      }
      this.room -= length;
    }
    await nodeDisk.write(file, pieces, at);
  };
}
