/**
 * The places for callers' connections. Anybody may open some where the recorder stands behind a tunnel, and keep them: once
 * all places are taken, the connection that has idled for longest makes room for the next one, else the one whose request has
 * been coming for longest. Those that wait for an endpoint stay.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const places = 1024;
/** As many may be accepted in one turn of the event loop, before those that were cut are gone. */
const spare = 512;
/** Requests that are sent on one connection before the first of them is answered. WhatsApp and tunnels send one. */
const maxAhead = 8;

interface UnderWay {
  count: number;
  newest: IncomingMessage;
}

export class CallerPlaces {
  /** The one that has idled for longest first. */
  private readonly idle = new Set<Socket>();
  private readonly busy = new Map<Socket, UnderWay>();

  /** Takes note of a server's connections; before it listens. */
  watch(server: Server): void {
    server.maxConnections = places + spare;
    server.on('connection', (socket: Socket) => {
      this.idle.add(socket);
      socket.once('close', () => {
        this.idle.delete(socket);
        this.busy.delete(socket);
      });
      if (this.idle.size + this.busy.size > places) this.makeRoom();
    });
  }

  /** `cut`: too many are sent ahead, so that their connection ends; `gone`: it has ended already. */
  take(request: IncomingMessage, response: ServerResponse): 'taken' | 'cut' | 'gone' {
    const { socket } = request;
    // What had come together with the requests before is read to its end all the same.
    if (socket.destroyed) return 'gone';
    const { count } = this.busy.get(socket) ?? { count: 0 };
    if (count >= maxAhead) {
      socket.destroy();
      return 'cut';
    }
    this.idle.delete(socket);
    this.busy.set(socket, { count: count + 1, newest: request });
    response.on('close', () => this.end(socket));
    return 'taken';
  }

  private end(socket: Socket): void {
    const underWay = this.busy.get(socket);
    if (!underWay || --underWay.count > 0) return;
    this.busy.delete(socket);
    this.idle.add(socket);
  }

  private makeRoom(): void {
    const [idlest] = this.idle;
    if (this.idle.size > 1 && idlest) return void this.cut(idlest);
    for (const [socket, { newest }] of this.busy) if (!newest.complete) return this.cut(socket);
  }

  private cut(socket: Socket): void {
    this.idle.delete(socket);
    this.busy.delete(socket);
    socket.destroy();
  }
}
