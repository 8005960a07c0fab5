/** Refreshes of many flows over a network: in batches, in the fallback, and as a script would do it. */
import { fetchOnce, latencyServerFile, queriesOf, sequentially } from './fetching';
import { startLatencyServer } from './latencyProcess';
import { atLeast, atMost, type BenchRun, type Row } from './row';
import { figure, inTurns, samplesOf, spread } from './samples';

/** Daily points of 90 days. */
const shape = { granularity: 'DAY' } as const;
const latency = [50, 100] as const;
const metrics = 5;

export async function refreshRows(run: BenchRun): Promise<readonly Row[]> {
  return [...(await batchRows(run)), ...(await fallbackRows(run))];
}

async function batchRows({ quick }: BenchRun): Promise<readonly Row[]> {
  const server = await startLatencyServer(latencyServerFile, { flows: 1000, latency, batch: true });
  try {
    const hundred = queriesOf(100, shape);
    const thousand = queriesOf(1000, shape);
    // Warms up both sides: code is compiled, answers are made.
    await fetchOnce(server.url, hundred, 'untried');
    await server.report();
    const rounds = quick ? 2 : 5;
    const partOf = quick ? 30 : hundred.length / rounds;
    let part = 0;
    const firsts: number[] = [];
    const sides = await inTurns(rounds, {
      perGet: async () => {
        const queries = hundred.slice((part * partOf) % hundred.length, ((part++ * partOf) % hundred.length) + partOf);
        return (await sequentially(server.url, queries)) / queries.length;
      },
      hundred: async () => (await fetchOnce(server.url, hundred, 'untried')).ms,
      thousand: async () => {
        const { ms, firstFlowMs } = await fetchOnce(server.url, thousand, 'untried');
        firsts.push(firstFlowMs);
        return ms;
      },
    });
    const { sockets, mostAtOnce } = await server.report();
    const { perGet } = sides;
    const sample = `${rounds} × ${partOf} GETs one after another, ${spread(perGet)} each`;
    const { firstFlow } = await inTurns(firsts.length, { firstFlow: () => firsts.pop()! });
    const row = (flows: number, limit: number, side: typeof perGet): Row => ({
      area: 'refresh',
      measured: `${flows} flows × 5 metrics, 50–100 ms latency`,
      against: 'one GET after another',
      ...atLeast((perGet.median * flows * metrics) / side.median, limit),
      detail: `${spread(side)}; ${sample}, ${figure((perGet.median * flows * metrics) / 1000)} s for all; at most ${sockets} sockets, ${mostAtOnce} requests at once`,
    });
    return [
      row(100, 34, sides.hundred),
      row(1000, 120, sides.thousand),
      {
        area: 'first rows',
        measured: 'first flow complete, of 1000',
        against: 'one bare GET',
        ...atMost(firstFlow.median / perGet.median, 2),
        detail: `${spread(firstFlow)} after the fetch began, with batches still to be tried; ${spread(perGet)} for a GET`,
      },
      {
        area: 'sockets',
        measured: 'connections at once',
        against: '16',
        ...atMost(sockets / 16, 1),
        detail: `${sockets} connections, ${mostAtOnce} requests at once`,
      },
    ];
  } finally {
    await server.stop();
  }
}

async function fallbackRows({ quick }: BenchRun): Promise<readonly Row[]> {
  const server = await startLatencyServer(latencyServerFile, { flows: 1000, latency, batch: false });
  const rowOf = async (flows: number, rounds: number): Promise<Row> => {
    const queries = queriesOf(flows, shape);
    const ideals: number[] = [];
    let most = 0;
    const { known, learning } = await inTurns(rounds, {
      known: async () => {
        await server.report();
        const { ms } = await fetchOnce(server.url, queries, 'refused');
        const { meanMs, mostAtOnce } = await server.report();
        ideals.push((queries.length * meanMs) / 16);
        most = Math.max(most, mostAtOnce);
        return ms;
      },
      learning: async () => (flows > 100 ? 0 : (await fetchOnce(server.url, queries, 'untried')).ms),
    });
    const { ideal } = await inTurns(ideals.length, { ideal: () => ideals.pop()! });
    const { ratio, mark, reached } = atLeast(ideal.median / known.median, 0.95);
    return {
      area: 'fallback',
      measured: `${flows} flows × 5 metrics as plain GETs`,
      against: 'requests × latency / 16',
      ...{ ratio, mark, reached: reached && most <= 16 },
      detail: `${spread(known)}, ideal ${spread(ideal)}; never more than ${most} in flight, after the server was asked for its zone; with no time lost in between, the last answers alone would leave ${figure(withLastAnswers(queries.length))}×${flows > 100 ? '' : `; where batches are still to be refused ${spread(learning)}`}`,
    };
  };
  try {
    await fetchOnce(server.url, queriesOf(20, shape), 'refused');
    return [await rowOf(100, quick ? 1 : 5), ...(quick ? [] : [await rowOf(1000, 1)])];
  } finally {
    await server.stop();
  }
}

/** The ratio that is left where all places are always taken, but in the end not all by the last requests: by trying it out. */
function withLastAnswers(requests: number): number {
  const ratios = Array.from({ length: 200 }, () => {
    const freeAt = new Array<number>(16).fill(0);
    let sum = 0;
    for (let i = 0; i < requests; i++) {
      const took = latency[0] + Math.random() * (latency[1] - latency[0]);
      const first = freeAt.indexOf(Math.min(...freeAt));
      freeAt[first]! += took;
      sum += took;
    }
    return sum / 16 / Math.max(...freeAt);
  });
  return samplesOf(ratios).median;
}
