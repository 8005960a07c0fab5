/** The connections to one endpoint, and which of them the next request may take. */
import { Agent as HttpAgent, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';

/**
 * An endpoint closes a connection that idles when it sees fit, often without a word before. A request that is sent at
 * that moment fails through no fault of the endpoint. So a connection is kept only once the endpoint was seen to leave
 * one open for twice as long as any is kept: until then every request has a connection of its own, and one of these is
 * left idle for the proof.
 */
const reuseWithinMs = 250;
const proofMs = 2 * reuseWithinMs;
/** An endpoint that closes earlier than the proof lets expect gets a new connection for each request for so long. */
const reusePauseMs = 60_000;
/** Connecting that took longer met a lost packet, and tells nothing of the way. */
const maxRoundTripMs = 500;

interface PooledSocket extends Socket {
  /** Since when it idles, by `performance.now()`; 0 while it serves a request. Undefined: it never idled. */
  idleSince?: number;
}

/** A request on a kept connection. */
interface ReusingRequest extends ClientRequest {
  /** Bytes that the connection had brought before this request. */
  bytesReadBefore?: number;
}

export class KeepAlivePool {
  private readonly singleUseAgent: HttpAgent;
  private readonly keepAliveAgent: HttpAgent;
  /** Looks at idle connections while there are any. */
  private timer: NodeJS.Timeout | undefined;
  private proven = false;
  private proving = false;
  private reuseSuspendedUntil = 0;
  private connectingMs = 0;

  constructor(secure: boolean) {
    const Agent = secure ? HttpsAgent : HttpAgent;
    const certified = { rejectUnauthorized: true };
    this.singleUseAgent = new Agent({ keepAlive: false, ...certified });
    // An agent's own `timeout` is set anew at every read and write: an eighth of what a request costs the recorder.
    this.keepAliveAgent = new Agent({ keepAlive: true, scheduling: 'lifo', ...certified });
    this.keepAliveAgent.keepSocketAlive = (socket): boolean => this.keep(socket as Socket);
    const reuse = this.keepAliveAgent.reuseSocket.bind(this.keepAliveAgent);
    this.keepAliveAgent.reuseSocket = (socket, request): void => {
      reuse(socket, request);
      this.reuse(socket as Socket, request);
    };
    for (const agent of [this.singleUseAgent, this.keepAliveAgent])
      this.timeConnecting(agent, secure ? 'secureConnect' : 'connect');
  }

  /** At least what a byte takes to the endpoint and back, since making a connection takes that. */
  get roundTripMs(): number {
    return Math.min(this.connectingMs, maxRoundTripMs);
  }

  /** Where the next request finds its connection. */
  agent(): HttpAgent {
    if (this.proven) {
      if (!this.timer) this.scheduleCheck();
      this.dropStale();
      return this.keepAliveAgent;
    }
    if (this.proving || performance.now() < this.reuseSuspendedUntil) return this.singleUseAgent;
    this.proving = true;
    this.scheduleCheck();
    return this.keepAliveAgent;
  }

  /** Where a request finds a connection that has served none before. */
  freshAgent(): HttpAgent {
    return this.singleUseAgent;
  }

  /** The endpoint has closed a connection earlier than it was seen to. */
  suspendReuse(): void {
    this.proven = false;
    this.reuseSuspendedUntil = performance.now() + reusePauseMs;
    for (const socket of [...this.idleSockets()]) this.drop(socket);
  }

  close(): void {
    clearTimeout(this.timer);
    for (const socket of [...this.idleSockets()]) this.drop(socket);
    this.singleUseAgent.destroy();
    this.keepAliveAgent.destroy();
  }

  private keep(socket: PooledSocket): boolean {
    if (!isReusable(socket)) return false;
    if (socket.idleSince === undefined) socket.once('close', () => this.closed(socket));
    socket.idleSince = performance.now();
    return true;
  }

  private reuse(socket: PooledSocket, request: ReusingRequest): void {
    socket.idleSince = 0;
    request.bytesReadBefore = socket.bytesRead;
  }

  private closed({ idleSince = 0 }: PooledSocket): void {
    if (idleSince > 0 && performance.now() - idleSince < proofMs) this.suspendReuse();
  }

  /** The agent's own list, in the order in which they began to idle; it takes the last one. */
  private idleSockets(): readonly PooledSocket[] {
    // All go to one server, so that there is one list.
    for (const name in this.keepAliveAgent.freeSockets) return this.keepAliveAgent.freeSockets[name] ?? [];
    return [];
  }

  /** Leaves nothing to be found but connections that may be taken. */
  private dropStale(): void {
    const now = performance.now();
    for (let oldest = this.idleSockets()[0]; oldest; oldest = this.idleSockets()[0]) {
      if (now - (oldest.idleSince ?? 0) <= reuseWithinMs) break;
      this.drop(oldest);
    }
    for (let next = this.idleSockets().at(-1); next && !isReusable(next); next = this.idleSockets().at(-1))
      this.drop(next);
  }

  private drop(socket: PooledSocket): void {
    socket.idleSince = 0;
    // A closed connection is told of later, and the agent would give it to a request that comes before.
    socket.destroy().emit('agentRemove');
  }

  private check(): void {
    const now = performance.now();
    for (const socket of [...this.idleSockets()]) {
      if (now - (socket.idleSince ?? now) < proofMs) break;
      this.proven = true;
      this.drop(socket);
    }
    const { sockets, freeSockets, requests } = this.keepAliveAgent;
    const isUsed = [sockets, freeSockets, requests].some((lists) => Object.keys(lists).length > 0);
    if (isUsed) return this.scheduleCheck();
    this.timer = undefined;
    this.proving = false;
  }

  private scheduleCheck(): void {
    this.timer = setTimeout(() => this.check(), proofMs / 2).unref();
  }

  private timeConnecting(agent: HttpAgent, event: 'connect' | 'secureConnect'): void {
    const create = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback) => {
      const began = performance.now();
      const stream = create(options, callback);
      stream?.once(event, () => {
        this.connectingMs = performance.now() - began;
      });
      return stream;
    };
  }
}

/** Its end is not there yet, and nothing came that would be taken for the next answer. */
function isReusable(socket: Socket): boolean {
  return socket.readable && socket.writable && socket.readableLength === 0;
}
