import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const folder = path.resolve(import.meta.dirname, '../docs');
const pictures = fs.readdirSync(folder).filter((file) => file.endsWith('.svg'));
const read = (file: string): string => fs.readFileSync(path.join(folder, file), 'utf8');

interface Box {
  readonly kind: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Span = readonly [from: number, to: number];

interface Segment {
  readonly path: number;
  readonly x: Span;
  readonly y: Span;
}

/** Between two lines beside each other, and between a text and the edge of its box, pixels. */
const gap = 6;
/** The width of a character in parts of the size of the text, in the widest of the usual fonts. */
const widths = { name: 0.6, other: 0.5 };

/** The value of an attribute in the text of an element; empty without it. */
const valueOf = (element: string, key: string): string => new RegExp(` ${key}="([^"]*)"`).exec(element)?.[1] ?? '';
const numberOf = (element: string, key: string): number => Number(valueOf(element, key));

function boxesOf(svg: string): Box[] {
  return [...svg.matchAll(/<rect class="[^>]*>/g)].map(([element]) => ({
    kind: valueOf(element, 'class'),
    x: numberOf(element, 'x'),
    y: numberOf(element, 'y'),
    width: numberOf(element, 'width'),
    height: numberOf(element, 'height'),
  }));
}

/** The lines of the arrows, whose paths go along the axes alone. */
function segmentsOf(svg: string): Segment[] {
  return [...svg.matchAll(/<path class="flow" d="M(\d+) (\d+) ([HV\d ]+)"/g)].flatMap(([, x0, y0, rest = ''], i) => {
    let [x, y] = [Number(x0), Number(y0)];
    return rest.split(' ').map((step): Segment => {
      const to = Number(step.slice(1));
      const from = { x, y };
      if (step.startsWith('H')) x = to;
      else y = to;
      return { path: i, x: [Math.min(from.x, x), Math.max(from.x, x)], y: [Math.min(from.y, y), Math.max(from.y, y)] };
    });
  });
}

/** The innermost box around a point. */
function boxAt(boxes: readonly Box[], x: number, y: number): Box | undefined {
  return boxes.findLast((box) => x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height);
}

/** The length that two spans have in common; below 0: they are that far apart. */
const common = (a: Span, b: Span): number => Math.min(a[1], b[1]) - Math.max(a[0], b[0]);

function colorOf(svg: string, kind: string, property: string): string {
  const rule = new RegExp(`^ *(?:\\.${kind}|${kind}) \\{[^}]*\\b${property}: (#[0-9a-f]{6})`, 'm').exec(svg);
  return rule?.[1] ?? '';
}

/** The contrast of two colors as WCAG defines it. */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [a, b].map(luminance).toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test.each(pictures.filter((file) => file.endsWith('-light.svg')))('%s and the dark one show the same', (file) => {
  const plain = (name: string): string => read(name).replaceAll(/#[0-9a-f]{6}/g, '');
  expect(plain(file.replace('-light', '-dark'))).toBe(plain(file));
});

test.each(pictures)('%s: arrows lie beside each other and cross no box', (file) => {
  const svg = read(file);
  const segments = segmentsOf(svg);
  const boxes = boxesOf(svg).filter(({ kind }) => kind !== 'host');
  expect(segments.length).toBeGreaterThan(0);
  const faults: string[] = [];
  for (const [i, a] of segments.entries()) {
    const [along, across] = a.y[0] === a.y[1] ? (['x', 'y'] as const) : (['y', 'x'] as const);
    for (const b of segments.slice(i + 1))
      if (a.path !== b.path && b[across][0] === b[across][1])
        if (common(a[along], b[along]) > 0 && common(a[across], b[across]) > -gap)
          faults.push(`${JSON.stringify(a)} on ${JSON.stringify(b)}`);
    for (const { kind, x, y, width, height } of boxes)
      if (common(a.x, [x, x + width]) >= 0 && common(a.y, [y, y + height]) >= 0 && !touches(a, { kind, x, width }))
        faults.push(`${JSON.stringify(a)} in ${kind} at ${x} ${y}`);
  }
  expect(faults).toEqual([]);
});

/** Whether an arrow only begins at the right edge of a box. */
const touches = (arrow: Segment, box: Pick<Box, 'kind' | 'x' | 'width'>): boolean => arrow.x[0] === box.x + box.width;

test.each(pictures)('%s: texts are within their boxes, and can be read', (file) => {
  const svg = read(file);
  const boxes = boxesOf(svg);
  const texts = [...svg.matchAll(/(<text [^>]*>)([^<]*)<\/text>/g)];
  expect(texts.length).toBeGreaterThan(0);
  const page = /<rect width="[^>]* fill="(#[0-9a-f]{6})"/.exec(svg)?.[1] ?? '';
  const faults: string[] = [];
  for (const [, element = '', text = ''] of texts) {
    const kind = valueOf(element, 'class');
    const box = boxAt(boxes, numberOf(element, 'x'), numberOf(element, 'y'));
    const width = text.length * (kind === 'name' ? 13 * widths.name : (kind === 'soft' ? 12 : 13) * widths.other);
    if (box && box.kind !== 'host' && width + 2 * gap > box.width) faults.push(`${text}: ${width} px in ${box.width}`);
    const ratio = contrast(
      colorOf(svg, kind === 'soft' ? 'soft' : 'text', 'fill'),
      box ? colorOf(svg, box.kind, 'fill') : page,
    );
    if (!(ratio >= 4.5)) faults.push(`${text}: contrast ${ratio}`);
  }
  expect(faults).toEqual([]);
});
