const n = (value, digits = 2) => (Number.isFinite(value) ? value.toFixed(digits) : '-');
const range = (s, digits = 2) => `${n(s.median, digits)} (${n(s.q1, digits)} to ${n(s.q3, digits)})`;

/**
 * The whole run as text: CPU-seconds per million spans, median (quartiles), and the ratio to the relay of the same
 * round.
 */
export function table({ machine, rounds, starts, rate, results }) {
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Linux ${machine.kernel}; ${rounds} interleaved ` +
      `rounds at ${rate} spans/s${starts > 1 ? `, in each of ${starts} starts` : ''}`,
    '',
  ];
  const rows = [
    [
      'workload',
      'payload',
      'program',
      'CPU-s/M spans',
      'user',
      'system',
      'times relay',
      'peak RSS MiB',
      'p50/p99/max ms',
      'lost',
      'dup',
      'refused',
    ],
  ];
  for (const r of results) {
    if (!r.subjects?.[0]?.parts) continue;
    for (const s of r.subjects) {
      rows.push([
        `${r.workload} ${r.encoding}`,
        r.shape,
        s.name,
        range(s.cpu),
        n(s.user.median),
        n(s.system.median),
        range(s.ratio),
        n(s.peakMiB, 0),
        `${n(s.latency.p50, 1)}/${n(s.latency.p99, 1)}/${n(s.latency.max, 1)}`,
        String(s.lost),
        String(s.duplicated),
        String(s.refused),
      ]);
      if (s.parts.length > 1)
        for (const part of s.parts)
          rows.push(['', '', `  ${part.name}`, range(part.cpu), '', '', '', n(part.peakMiB, 0), '', '', '', '']);
    }
  }
  if (rows.length > 1) {
    const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
    for (const row of rows)
      lines.push(
        row
          .map((cell, i) => cell.padEnd(widths[i]))
          .join('  ')
          .trimEnd(),
      );
  }
  for (const r of results)
    for (const s of r.subjects ?? [])
      if (s.ofBase && r.workload.startsWith('workers') && s.name !== 'relay')
        lines.push(`${r.workload}: ${s.name} ${range(s.spansPerSecond, 0)} spans/s`);
  for (const r of results)
    for (const s of r.subjects ?? [])
      if (s.ofBase && s.name !== 'relay' && s.name !== s.ofBase.name)
        lines.push(
          `${r.workload} ${r.encoding}: ${s.name} takes ${range(s.ofBase.ratio, 3)} times the CPU of ${s.ofBase.name}`,
        );
  for (const r of results) {
    if (!r.held) continue;
    lines.push(
      '',
      `${r.workload}: ${r.rate} spans/s of ${n(r.spanBytes, 0)} bytes, held for ${r.waitSeconds} s ` +
        `(${r.heldSpans} spans); ${r.rounds} rounds; relay ${range(r.relay)} CPU-s/M spans`,
    );
    for (const s of r.subjects)
      lines.push(
        `  ${s.name}: ${range(s.cpu)} CPU-s/M spans, ${range(s.ratio)} times the relay`,
        `    RSS ${n(s.residentMiB, 0)} MiB, ${n(s.bytesPerSpan, 0)} bytes per held span; ${n(s.kept * 100, 1)}% kept`,
        `    p50/p99/max ${n(s.latency.p50, 1)}/${n(s.latency.p99, 1)}/${n(s.latency.max, 1)} ms; refused ${s.refused}`,
      );
  }
  for (const r of results) {
    if (!r.counted) continue;
    lines.push(
      '',
      `${r.workload}: ${r.series} series, ${r.rate} spans/s of ${n(r.spanBytes, 0)} bytes; ${r.rounds} rounds; relay ` +
        `${range(r.relay)} CPU-s/M spans`,
    );
    for (const s of r.subjects) {
      const own = s.own ? `; ${n(s.own.series, 0)} series of ${n(s.own.bytesPerSeries, 0)} bytes` : '';
      lines.push(
        `  ${s.name}: ${range(s.cpu)} CPU-s/M spans, ${range(s.ratio)} times the relay`,
        `    RSS ${n(s.residentMiB, 0)} MiB, ${n(s.idleMiB, 0)} MiB idle${own}`,
        `    p50/p99/max ${n(s.latency.p50, 1)}/${n(s.latency.p99, 1)}/${n(s.latency.max, 1)} ms; refused ${s.refused}`,
      );
    }
  }
  for (const r of results) {
    if (!r.scraped) continue;
    lines.push('', `${r.workload}: ${r.processes} further processes; ${r.rounds} rounds of ${r.seconds} s`);
    for (const s of r.subjects) {
      const sent = s.bytes > 0 ? `; ${n(s.bytes / 1024, 0)} KiB per request` : '';
      lines.push(`  ${s.name}: ${range(s.share)} % of a CPU, RSS ${n(s.residentMiB, 0)} MiB${sent}`);
    }
    for (const name of r.absent) lines.push(`  ${name}: not measured, it is not installed`);
  }
  for (const r of results) {
    if (!r.listed) continue;
    lines.push(
      '',
      `${r.workload}: ${r.name} with ${r.objects} objects, memory limit ${r.limit} MiB`,
      `  RSS ${r.residentMiB.map((mib) => n(mib, 0)).join(' to ')} MiB: ${n(r.bytesPerObject, 0)} bytes per object, ` +
        `at the peak ${n(r.peakBytesPerObject, 0)}; ${n(r.changedBytesPerObject, 0)} after changes`,
      `  known after ${n(r.startSeconds)} s and ${n(r.startCpu)} CPU-s; ` +
        `${r.changes} changes/s take ${n(r.share, 1)} % of a CPU`,
    );
  }
  for (const r of results) {
    if (!r.paged) continue;
    lines.push(
      '',
      `${r.workload}: ${r.name}, ${r.series} series; RSS ${n(r.filledMiB, 0)} MiB before the first scrape (peak ` +
        `${n(r.filledPeakMiB, 0)}); ${r.rounds} scrapes of each format beside a first one`,
    );
    for (const row of r.rows)
      lines.push(
        `  ${row.format}: ${n(row.bytes / 1e6, 1)} MB in ${range(row.ms, 0)} ms (first ${n(row.firstMs, 0)}), ` +
          `${range(row.cpuMs, 0)} ms of CPU; peak RSS ${n(row.peakMiB, 0)} MiB`,
        `    another request waits ${n(row.waitMs, 1)} ms at most (${n(row.firstWaitMs, 1)} in the first)`,
      );
  }
  for (const r of results) {
    if (!r.backlog) continue;
    lines.push(
      '',
      `${r.workload}: ${r.requests} requests of together ${n(r.storedMiB, 0)} MiB; answers ` +
        Object.entries(r.outcomes)
          .map(([k, v]) => `${k} ${v}`)
          .join(', '),
      `  RSS ${n(r.idleMiB, 0)} MiB empty, ${n(r.fullMiB, 0)} full (peak ${n(r.peakMiB, 0)}); after a kill and a ` +
        `start ${n(r.openedMiB, 0)}, peak of the drain ${n(r.drainPeakMiB, 0)}`,
      `  start ${n(r.emptyStartMs, 0)} ms empty, ${n(r.fullStartMs, 0)} ms full; drained in ${n(r.drainSeconds, 1)} s`,
      `  accepted ${r.accepted} spans, arrived ${r.arrived}`,
    );
  }
  for (const r of results) {
    if (!r.lines) continue;
    lines.push('', `${r.workload}: ${r.what}; ${r.rounds} rounds`);
    for (const s of r.subjects)
      lines.push(
        r.idleFiles
          ? `  ${s.name}: ${range(s.share, 2)}% of a core, RSS ${n(s.residentMiB, 0)} MiB`
          : `  ${s.name}: ${range(s.cpu)} CPU-s/M lines, peak RSS ${n(s.peakMiB, 0)} MiB; ` +
              `${n(s.linesPerSecond, 0)} lines/s; lost ${s.lost}, duplicated ${s.duplicated}`,
      );
  }
  for (const r of results) {
    if (!r.overload) continue;
    lines.push(
      '',
      `overload: ${r.connections} connections, open loop at ${r.rate} spans/s against a sink of ${r.sinkRate} ` +
        `spans/s for ${r.seconds} s`,
    );
    lines.push(
      `  peak RSS ${n(r.peakMiB, 0)} MiB; answers ${Object.entries(r.outcomes)
        .map(([k, v]) => `${k} ${v}`)
        .join(', ')}`,
    );
    lines.push(`  accepted ${r.accepted} spans, arrived ${r.arrived}, lost ${r.lost}, duplicated ${r.duplicated}`);
    for (const row of r.ledger) lines.push(`  ${row}`);
  }
  return lines.join('\n');
}

/** Bars of the median ratio to the relay, as an SVG picture. */
export function chart({ machine, results }) {
  const bars = results
    .filter((r) => r.subjects?.[0]?.parts)
    .flatMap((r) =>
      r.subjects
        .filter((s) => s.name !== 'relay')
        .map((s) => ({ label: `${r.workload} ${r.encoding} ${s.name}`, ...s.ratio })),
    );
  const most = Math.max(1, ...bars.map((b) => b.q3));
  const scale = 420 / most;
  const body = bars.map((b, i) => {
    const y = 40 + i * 26;
    const [q1, q3, end] = [240 + b.q1 * scale, 240 + b.q3 * scale, 248 + b.q3 * scale].map((x) => x.toFixed(1));
    return (
      `<text x="230" y="${y + 13}" text-anchor="end">${b.label}</text>` +
      `<rect x="240" y="${y}" width="${(b.median * scale).toFixed(1)}" height="18" fill="#3b6ea5"/>` +
      `<line x1="${q1}" x2="${q3}" y1="${y + 9}" y2="${y + 9}" stroke="#111" stroke-width="2"/>` +
      `<text x="${end}" y="${y + 13}">${b.median.toFixed(2)}</text>`
    );
  });
  const relay = (240 + scale).toFixed(1);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="760" height="${60 + bars.length * 26}" ` +
    `font-family="sans-serif" font-size="12"><text x="10" y="20">CPU per span, times a bare TCP relay (median, ` +
    `quartiles); ${machine.cores} cores, Node ${machine.node}</text>${body.join('')}` +
    `<line x1="${relay}" x2="${relay}" y1="34" y2="${44 + bars.length * 26}" stroke="#b03030" ` +
    `stroke-dasharray="4 3"/></svg>\n`
  );
}
