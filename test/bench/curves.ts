/** How time and memory grow with the number of flows. */
import { fetchOnce, latencyServerFile, queriesOf } from './fetching';
import { startLatencyServer } from './latencyProcess';
import { atMost, type BenchRun, type Row } from './row';
import { figure, samplesOf } from './samples';

interface Point {
  readonly flows: number;
  readonly ms: number;
  readonly cpuMs: number;
  /** Held by the answers, in bytes. */
  readonly bytes: number;
}

export async function curveRows({ quick, note }: BenchRun): Promise<readonly Row[]> {
  const sizes = quick ? [10, 100, 1000] : [10, 100, 1000, 5000];
  const server = await startLatencyServer(latencyServerFile, { flows: sizes.at(-1)!, latency: [50, 100], batch: true });
  try {
    await fetchOnce(server.url, queriesOf(100, { granularity: 'DAY' }), 'untried');
    const points: Point[] = [];
    note('refresh of N flows × 5 metrics × 90 days in batches, 50–100 ms latency:');
    note('      N   time ms   CPU ms   CPU ms a flow   kept kB a flow');
    for (const flows of sizes) {
      const runs: Point[] = [];
      for (let round = 0; round < (quick || flows > 1000 ? 2 : 3); round++) runs.push(await measure(server.url, flows));
      const median = (of: (point: Point) => number): number => samplesOf(runs.map(of)).median;
      const point = {
        flows,
        ms: median(({ ms }) => ms),
        cpuMs: median(({ cpuMs }) => cpuMs),
        bytes: median(({ bytes }) => bytes),
      };
      points.push(point);
      const cells = [flows, point.ms, point.cpuMs, point.cpuMs / flows, point.bytes / flows / 1000].map(figure);
      const widths = [7, 10, 9, 16, 17];
      note(cells.map((cell, i) => cell.padStart(widths[i]!)).join(''));
    }
    const small = points.find(({ flows }) => flows === 100)!;
    const large = points.at(-1)!;
    const row = (measured: string, of: (point: Point) => number, unit: string): Row => ({
      area: 'cost curve',
      measured: `${measured} a flow at ${large.flows} flows`,
      against: `at ${small.flows} flows`,
      ...atMost(of(large) / large.flows / (of(small) / small.flows), 1.25),
      detail: points.map((point) => `${point.flows}: ${figure(of(point) / point.flows)} ${unit}`).join(', '),
    });
    return [
      row('time', ({ ms }) => ms, 'ms'),
      row('CPU', ({ cpuMs }) => cpuMs, 'ms'),
      row('memory', ({ bytes }) => bytes / 1000, 'kB'),
    ];
  } finally {
    await server.stop();
  }
}

async function measure(url: string, flows: number): Promise<Point> {
  const queries = queriesOf(flows, { granularity: 'DAY' });
  globalThis.gc!();
  const before = held();
  const { ms, cpuMs, answers } = await fetchOnce(url, queries, 'untried');
  globalThis.gc!();
  const bytes = held() - before;
  return { flows: answers.length / 5, ms, cpuMs, bytes };
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
