import { goLayout } from '../../src/formats/time/go-layout.js';
import { strptimeLayout } from '../../src/formats/time/layout-step.js';
import { MomentReader } from '../../src/formats/time/moment-reader.js';
import { formatFault, readingSteps } from '../../src/formats/time/strptime.js';
import { TimeText } from '../../src/formats/time/time-text.js';
import { law } from './law.js';
import type { Target } from './targets.js';

const now = Date.UTC(2026, 10, 30);
const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns'];

/** A layout and a text, with a NUL between. The first byte says which kind of layout, and which zone texts are of. */
export const times: Target = {
  name: 'times',
  share: 0.3,
  seeds: [
    '\0%Y-%m-%dT%H:%M:%S.%L%z\x002024-05-06T07:08:09.123+02:00',
    '\0%a %b %e %I:%M:%S %p %y %j\0Tue Feb 29 11:59:59 PM 24 +05:30',
    '\x02%d/%b/%Y:%H:%M:%S %z\x0010/Oct/2000:13:55:36 -0700',
    '\x04%b %d %H:%M:%S\0Dec 31 23:59:59',
    '\0%c\0Mon Jan  2 15:04:05 2006',
    '\x012006-01-02T15:04:05.999999999Z07:00\x002024-06-22T10:27:25.813799277Z',
    '\x032006-01-02 15:04:05,000\x002024-02-29 23:59:59,999',
    '\x01Mon Jan _2 15:04:05.000 MST 2006\0Mon May  6 07:08:09.123 EST 2024',
    '\x01002 06 3PM Z070000\x00366 24 12AM -010203',
    '\x052006-01-02 15:04 MST\x002024-03-31 02:30 CEST',
  ].map((text) => Buffer.from(text)),
  run(input) {
    const flags = input[0] ?? 0;
    const nul = input.indexOf(0, 1);
    const end = nul < 0 ? input.length : nul;
    const layout = input.toString('utf8', 1, end);
    const isGo = (flags & 1) === 1;
    const fault = isGo ? undefined : formatFault(layout);
    if (fault !== undefined) return fault.replaceAll(/"[^"]*"|%\S/g, '').slice(0, 40);
    const reader = new TimeText(isGo ? goLayout(layout) : strptimeLayout(readingSteps(layout)), layout);
    const bytes = Buffer.from(input.subarray(Math.min(input.length, end + 1)));
    const text = bytes.toString('utf8');
    const isRead = reader.read(text);
    const parts = JSON.stringify([reader.local(), reader.nanos, reader.offset, reader.zoneName]);
    const { fault: why } = reader;
    // In the middle of other bytes, that must not be read.
    const inside = Buffer.concat([Buffer.from('12'), bytes, Buffer.from('.5Z')]);
    law(reader.readBytes(inside, 2, 2 + bytes.length) === isRead, 'bytes are read otherwise than text');
    if (!isRead) {
      law(reader.fault === why && why.startsWith('parsing time '), `another fault: ${why}`);
      return `${flags & 1} ${why.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').slice(0, 50)}`;
    }
    law(JSON.stringify([reader.local(), reader.nanos, reader.offset, reader.zoneName]) === parts, 'another time');
    law(Number.isSafeInteger(reader.local()) && reader.nanos >= 0 && reader.nanos < 1e9, `no time: ${parts}`);
    const moment = new MomentReader(reader, zones[(flags >> 1) % zones.length] ?? 'UTC');
    const isMoment = moment.read(text, now);
    law(isMoment === !Number.isNaN(moment.seconds), 'a moment that is none');
    law(!isMoment || (Number.isInteger(moment.seconds) && Math.abs(moment.seconds) < 1e12), 'a moment far away');
    return `${flags & 1} ${isMoment} ${reader.nanos > 0} ${Number.isNaN(reader.offset)} ${reader.zoneName.length}`;
  },
};
