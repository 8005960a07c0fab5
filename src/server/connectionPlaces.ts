/**
 * The places for connections of a server that wants a token. Connections on which the token was shown have places of their
 * own. All others have little time, and the oldest of them makes room for the next one: programs without the
 * token, however many connections they open, keep nobody out.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface PlaceLimits {
  /** Places for connections on which the token was shown. */
  readonly proven: number;
  /** Places for all others. */
  readonly unproven: number;
  /** The token has to come within so many milliseconds from the beginning of a connection. */
  readonly proofMs: number;
}

export class ConnectionPlaces {
  /** The oldest first, each with the timer that closes it. */
  private readonly unproven = new Map<Socket, NodeJS.Timeout>();

  constructor(private readonly limits: PlaceLimits) {}

  /** Takes note of a server's connections; before it listens. */
  watch(server: Server): void {
    server.maxConnections = this.limits.proven + this.limits.unproven;
    server.on('connection', (socket: Socket) => this.add(socket));
  }

  /** The token was shown on this connection. */
  prove(socket: Socket): void {
    this.forget(socket);
  }

  private add(socket: Socket): void {
    const [oldest] = this.unproven.keys();
    if (oldest && this.unproven.size >= this.limits.unproven) this.cut(oldest);
    this.unproven.set(
      socket,
      setTimeout(() => this.cut(socket), this.limits.proofMs),
    );
    socket.once('close', () => this.forget(socket));
  }

  private cut(socket: Socket): void {
    this.forget(socket);
    socket.destroy();
  }

  private forget(socket: Socket): void {
    clearTimeout(this.unproven.get(socket));
    this.unproven.delete(socket);
  }
}
