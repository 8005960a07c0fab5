/**
 * Limits the connections of callers. Behind a tunnel anybody may open some and keep them: at the limit the connection that
 * has idled for longest is closed for the next one, else the one whose request has been coming for longest. Those that wait
 * for an endpoint stay.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const maxConnections = 1024;
/** As many may be accepted in one turn of the event loop, before those that were cut are gone. */
const acceptMargin = 512;
/** Requests that are sent on one connection before the first of them is answered. WhatsApp and tunnels send one. */
const maxPipelined = 8;

interface BusyConnection {
  count: number;
  newest: IncomingMessage;
}

export class ConnectionLimit {
  /** The one that has idled for longest first. */
  private readonly idle = new Set<Socket>();
  private readonly busy = new Map<Socket, BusyConnection>();

  /** Takes note of a server's connections; before it listens. */
  watch(server: Server): void {
    server.maxConnections = maxConnections + acceptMargin;
    server.on('connection', (socket: Socket) => {
      this.idle.add(socket);
      socket.once('close', () => {
        this.idle.delete(socket);
        this.busy.delete(socket);
      });
      if (this.idle.size + this.busy.size > maxConnections) this.evict();
    });
  }

  /** Refuses a request where too many are pipelined, which ends their connection, or where the connection has ended already. */
  accept(request: IncomingMessage, response: ServerResponse): 'accepted' | 'tooManyPipelined' | 'closed' {
    const { socket } = request;
    // Node goes on to parse requests that came together with those before.
    if (socket.destroyed) return 'closed';
    const { count } = this.busy.get(socket) ?? { count: 0 };
    if (count >= maxPipelined) {
      socket.destroy();
      return 'tooManyPipelined';
    }
    this.idle.delete(socket);
    this.busy.set(socket, { count: count + 1, newest: request });
    response.on('close', () => this.end(socket));
    return 'accepted';
  }

  private end(socket: Socket): void {
    const connection = this.busy.get(socket);
    if (!connection || --connection.count > 0) return;
    this.busy.delete(socket);
    this.idle.add(socket);
  }

  private evict(): void {
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
