import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface ConnectionLimits {
  /** The most connections on which the token was shown. */
  readonly authenticated: number;
  /** The most others. */
  readonly unauthenticated: number;
  /** The token has to come within so many milliseconds from the beginning of a connection. */
  readonly authenticationMs: number;
}

/**
 * A limit for connections on which the token was not shown yet. They have little time, and the oldest makes room for the next
 * one: programs without the token, however many connections they open, keep nobody out who has it.
 */
export class UnauthenticatedConnections {
  /** The oldest first, each with the timer that closes it. */
  private readonly unauthenticated = new Map<Socket, NodeJS.Timeout>();

  constructor(private readonly limits: ConnectionLimits) {}

  /** Takes note of a server's connections; before it listens. */
  watch(server: Server): void {
    server.maxConnections = this.limits.authenticated + this.limits.unauthenticated;
    server.on('connection', (socket: Socket) => this.add(socket));
  }

  /** The token was shown on this connection. */
  authenticate(socket: Socket): void {
    this.forget(socket);
  }

  private add(socket: Socket): void {
    const [oldest] = this.unauthenticated.keys();
    if (oldest && this.unauthenticated.size >= this.limits.unauthenticated) this.cut(oldest);
    this.unauthenticated.set(
      socket,
      setTimeout(() => this.cut(socket), this.limits.authenticationMs),
    );
    socket.once('close', () => this.forget(socket));
  }

  private cut(socket: Socket): void {
    this.forget(socket);
    socket.destroy();
  }

  private forget(socket: Socket): void {
    clearTimeout(this.unauthenticated.get(socket));
    this.unauthenticated.delete(socket);
  }
}
