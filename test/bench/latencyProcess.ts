/** The latency server, seen from the process that measures. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { LatencyOptions, LatencyReport } from './latencyServer';

export interface LatencyProcess {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** What came in since the last report. */
  report(): Promise<LatencyReport>;
  stop(): Promise<void>;
}

/** `file`: the bundle of latencyServer.ts. */
export async function startLatencyServer(file: string, options: LatencyOptions): Promise<LatencyProcess> {
  const child = fork(file, [JSON.stringify(options)], { execArgv: [] });
  const next = async (): Promise<LatencyReport> => (await once(child, 'message'))[0] as LatencyReport;
  const { port } = await next();
  return {
    url: `http://127.0.0.1:${port}`,
    report: () => {
      const answer = next();
      child.send('report');
      return answer;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
