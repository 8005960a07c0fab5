/** A recorder in front of the sample endpoint, with a clock that is moved by hand and a sink that keeps what it gets. */
import { once } from 'node:events';
import { request as httpRequest, Agent, type IncomingMessage, type RequestOptions } from 'node:http';
import type { EventOutcome, MeterEvent, EventSink } from '../../../src/contract/event';
import { startRecorder, type Recorder, type RecorderOptions } from '../../../src/recorder/recorder';

export class KeepingSink implements EventSink {
  readonly events: MeterEvent[] = [];
  losses = 0;
  private watchers: (() => void)[] = [];

  push(event: MeterEvent): void {
    this.events.push(event);
    for (const watcher of this.watchers) watcher();
  }

  /** Resolves when there are so many events. */
  async count(wanted: number): Promise<void> {
    while (this.events.length < wanted) await new Promise<void>((resolve) => this.watchers.push(resolve));
  }

  outcomes(): Partial<Record<EventOutcome, number>> {
    const sums: Partial<Record<EventOutcome, number>> = {};
    for (const { outcome } of this.events) sums[outcome] = (sums[outcome] ?? 0) + 1;
    return sums;
  }
}

export interface Stage extends Recorder {
  readonly sink: KeepingSink;
  /** Moves the recorder's clock. */
  advance(milliseconds: number): void;
}

/** `ways` names the path of the endpoint behind each flow id. */
export async function startStage(
  endpointUrl: string,
  ways: Readonly<Record<string, string>>,
  more: Partial<RecorderOptions> = {},
): Promise<Stage> {
  const sink = new KeepingSink();
  let time = 1000;
  const recorder = await startRecorder({
    flows: Object.entries(ways).map(([id, path]) => ({ id, upstream: endpointUrl + path })),
    port: 0,
    sink,
    monotonic: () => time,
    ...more,
  });
  return { ...recorder, sink, advance: (milliseconds) => void (time += milliseconds) };
}

export interface Received {
  readonly status: number;
  readonly statusMessage: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** A request with every header as written. Rejects where the connection breaks. */
export async function send(
  url: string,
  options: RequestOptions & { body?: string | Buffer | Iterable<Buffer> } = {},
): Promise<Received> {
  const { body, ...rest } = options;
  const request = httpRequest(url, { method: 'POST', agent: false, maxHeaderSize: 100_000, ...rest });
  request.maxHeadersCount = 0;
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) request.end(body);
  else {
    for (const chunk of body) {
      if (!request.write(chunk)) await new Promise((resolve) => request.once('drain', resolve));
    }
    request.end();
  }
  const [answer] = await answered;
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return {
    status: answer.statusCode!,
    statusMessage: answer.statusMessage!,
    headers: answer.headers,
    rawHeaders: answer.rawHeaders,
    body: Buffer.concat(chunks),
  };
}

/**
 * Asks until the recorder keeps the endpoint's connections: it does so once it has seen one stay open unused.
 * `connections` tells how many the endpoint has met.
 */
export async function untilKept({ url }: Recorder, flowId: string, connections: () => number): Promise<void> {
  for (let before = -1; before !== connections();) {
    before = connections();
    await send(`${url}/${flowId}`, { body: '{}' });
  }
}

export { Agent };
