/** A meter that is killed at any moment while programs write to it: what it acknowledged is there, and there once. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { buildProgram } from '../../../fixtures/program';
import { formatEvent, type MeterEvent } from '../../../../src/contract/event';
import { rounds } from '../../../fixtures/soak';
import { cleanUp, newFolder } from './storeFixture';

const writers = 8;
const flows = ['1', '22', '333'];

interface Writer {
  /** Events by id that were answered with 200. */
  readonly acknowledged: Map<string, MeterEvent>;
  /** Sent, and never answered: whether they count is not known until they are sent again. */
  open: readonly MeterEvent[];
}

describe('meter that is killed', () => {
  let folder: string;
  const running = new Set<ChildProcess>();

  before(async () => {
    folder = newFolder();
    await buildProgram(folder);
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await cleanUp();
  });

  async function serve(file: string): Promise<{ child: ChildProcess; url: string }> {
    const args = [path.join(folder, 'flowmeter.js'), 'serve', '--port', '0', '--store', file];
    const env = { ...process.env, FLOWMETER_TOKEN: 'secret' };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    let out = '';
    for await (const chunk of child.stdout) {
      out += String(chunk);
      const url = /^listening on (http:\/\/\S+)$/m.exec(out)?.[1];
      if (url) return { child, url };
    }
    throw new Error(`ended early: ${out}`);
  }

  /** Undefined where no answer came. */
  async function send(url: string, events: readonly MeterEvent[]): Promise<{ accepted: number } | undefined> {
    try {
      const response = await fetch(`${url}/v26.0/events`, {
        method: 'POST',
        headers: { authorization: 'Bearer secret', 'content-type': 'application/x-ndjson' },
        body: events.map(formatEvent).join('\n'),
      });
      const answer = (await response.json()) as { accepted: number };
      assert.equal(response.status, 200, JSON.stringify(answer));
      return answer;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return undefined;
    }
  }

  async function requestsOf(url: string, flowId: string): Promise<number> {
    const address = `${url}/v26.0/${flowId}?fields=metric.name(ENDPOINT_REQUEST_COUNT).granularity(LIFETIME)`;
    const response = await fetch(address, { headers: { authorization: 'Bearer secret' } });
    const { metric } = (await response.json()) as {
      metric?: { data_points: readonly { data: readonly { value: number }[] }[] };
    };
    return metric?.data_points[0]?.data[0]?.value ?? 0;
  }

  for (const [servers, cycles] of [
    [1, rounds(10, 100)],
    [2, rounds(3, 30)],
  ] as const) {
    it(`loses nothing that it acknowledged and counts nothing twice: ${servers} on a file, ${cycles} times`, async () => {
      await killAgainAndAgain(servers, cycles);
    }).timeout(rounds(120_000, 900_000));
  }

  async function killAgainAndAgain(servers: number, cycles: number): Promise<void> {
    const file = path.join(folder, `meter-${servers}.db`);
    const all = Array.from({ length: writers }, (): Writer => ({ acknowledged: new Map(), open: [] }));
    let counter = 0;
    let acknowledgements = 0;
    const batch = (writer: number): MeterEvent[] =>
      Array.from({ length: 1 + (counter % 7) }, () => ({
        id: `w${writer}-${++counter}`,
        flowId: flows[counter % flows.length]!,
        time: Date.now(),
        outcome: 'success',
        milliseconds: counter % 3000,
      }));

    for (let cycle = 0; cycle < cycles; cycle++) {
      const running = await Promise.all(Array.from({ length: servers }, () => serve(file)));
      const exits = running.map(({ child }) => once(child, 'exit'));
      const killAt = running.map(() => acknowledgements + 1 + Math.floor(Math.random() * 150));
      await Promise.all(
        all.map(async (writer, i) => {
          const { url } = running[i % servers]!;
          for (;;) {
            // What was not acknowledged is sent again, as any client would.
            const events = writer.open.length > 0 ? writer.open : batch(i);
            writer.open = events;
            if (!(await send(url, events))) return;
            for (const event of events) writer.acknowledged.set(event.id, event);
            writer.open = [];
            acknowledgements++;
            killAt.forEach((at, j) => {
              // Some die in the middle of a commit, some just after an answer.
              if (at === acknowledgements) setTimeout(() => running[j]!.child.kill('SIGKILL'), Math.random() * 3);
            });
          }
        }),
      );
      await Promise.all(exits);
    }

    const { child, url } = await serve(file);
    const known = all.flatMap(({ acknowledged }) => [...acknowledged.values()]);
    const unsure = all.flatMap(({ open }) => open);
    const countOf = (events: readonly MeterEvent[], flowId: string): number =>
      events.filter((event) => event.flowId === flowId).length;
    for (const flowId of flows) {
      const least = countOf(known, flowId);
      const most = least + countOf(unsure, flowId);
      const counted = await requestsOf(url, flowId);
      assert.ok(counted >= least && counted <= most, `flow ${flowId}: ${least} ≤ ${counted} ≤ ${most}`);
    }
    // Sent again, those that were not sure count once, and the others not again.
    for (const { open } of all) if (open.length > 0) assert.ok(await send(url, open));
    for (let i = 0; i < known.length; i += 5000) {
      assert.equal((await send(url, known.slice(i, i + 5000)))!.accepted, 0);
    }
    for (const flowId of flows) assert.equal(await requestsOf(url, flowId), countOf([...known, ...unsure], flowId));
    child.kill('SIGTERM');
    await once(child, 'exit');
    console.log(
      `      ${cycles * servers} kills, ${known.length + unsure.length} events, ${unsure.length} sent at the last one`,
    );
  }
});
