/**
 * Ends an HTTP server so that no caller finds its request cut: answers that begin from then on say that they are the last
 * ones of their connections (`Connection: close`), and connections that idle are closed a moment later, since a caller may
 * just be sending a request into one of them.
 */
import { once } from 'node:events';
import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

interface DrainLimits {
  /** After so many milliseconds whatever is left is cut. */
  readonly graceMs: number;
  /** Idle connections are kept open for so long; a request that comes meanwhile is answered. */
  readonly idleMs: number;
}

/** Those that idle after the first look are looked for again in so many milliseconds. */
const pollMs = 50;
/** As many connections as may wait for a server; each turn of the event loop accepts one at least. */
const maxTurns = 512;

export class ServerDrain {
  /** For `createServer`. */
  readonly ServerResponse: typeof ServerResponse<IncomingMessage>;
  private readonly sockets = new Set<Socket>();
  private accepted = 0;
  private draining = false;

  constructor() {
    const isDraining = (): boolean => this.draining;
    this.ServerResponse = class extends ServerResponse<IncomingMessage> {
      // Every answer passes here, also one that never names its head.
      override writeHead(status: number, ...rest: readonly unknown[]): this {
        if (isDraining()) this.shouldKeepAlive = false;
        return super.writeHead(status, ...(rest as []));
      }
    } as typeof ServerResponse<IncomingMessage>;
  }

  /** Takes note of a server's connections; before it listens. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.accepted++;
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** Resolves when the last connection has ended. */
  async end(server: Server, { graceMs, idleMs }: DrainLimits): Promise<void> {
    this.draining = true;
    const ended = once(server, 'close');
    await this.acceptWaiting();
    // An HTTP server's own `close` cuts idle connections at once.
    NetServer.prototype.close.call(server);
    let poll: NodeJS.Timeout | undefined;
    const firstPoll = setTimeout(() => {
      this.closeIdle(server);
      poll = setInterval(() => this.closeIdle(server), pollMs);
    }, idleMs);
    const cut = setTimeout(() => this.sockets.forEach((socket) => socket.destroy()), graceMs);
    await ended;
    clearTimeout(firstPoll);
    clearInterval(poll);
    clearTimeout(cut);
    // Ends the server's own timer.
    server.close();
  }

  /** The system accepts connections before the server does: those that wait in between are cut with the port. */
  private async acceptWaiting(): Promise<void> {
    for (let turn = 0, before = -1; turn < maxTurns && before !== this.accepted; turn++) {
      before = this.accepted;
      // A whole turn of the event loop, whatever part of one this is called in.
      await nextTurn();
      if (turn === 0) await nextTurn();
    }
  }

  private closeIdle(server: Server): void {
    // Timers run before what has arrived is read: a request that is there already shall be seen first.
    setImmediate(() => {
      // Node also closes those whose answer is written whole and not yet read: what waits in them would be lost.
      const isRead = [...this.sockets].every(({ writableLength }) => writableLength === 0);
      if (isRead) server.closeIdleConnections();
      // Node takes a connection on which nothing was ever sent for a busy one.
      for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
    });
  }
}
