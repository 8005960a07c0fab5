/** A flow that the recorder stands in front of, and what its address may be. */
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isGraphId } from '../contract/flow';
import { httpUrlProblem } from './httpUrl';

export interface RecorderFlow {
  /** Digits, as Meta gives them out. Requests come to `/{id}`. */
  readonly id: string;
  readonly name?: string;
  /** The endpoint behind the recorder: an http or https URL without user name and password. */
  readonly upstream: string;
}

/** The fault of a flow, as a sentence that says what is allowed; undefined where there is none. */
export function flowProblem({ id, upstream }: RecorderFlow): string | undefined {
  if (!isGraphId(id)) return 'The id of a flow must be its digits, at most 20.';
  const problem = endpointUrlProblem(upstream);
  return problem === undefined ? undefined : `Flow ${id}: ${problem}`;
}

/** The fault of the URL of an endpoint, as a sentence; undefined where there is none. */
export function endpointUrlProblem(text: string): string | undefined {
  const problem = httpUrlProblem(text, 'one such as http://127.0.0.1:3000/flow or https://example.com/flow');
  return problem && `the URL of the endpoint ${problem}`;
}

/**
 * Whether an endpoint's URL, which has passed `endpointUrlProblem`, leads back to the recorder that listens on this
 * host and port of this computer: requests would go round in a loop. Names and tunnels that lead back are found by
 * the mark on what was passed on (`LoopDetector`).
 */
export function leadsToRecorder(upstream: string, recorderPort: number, recorderHost = '127.0.0.1'): boolean {
  const { protocol, hostname, port } = new URL(upstream);
  // A URL drops the port that belongs to its protocol.
  const usedPort = Number(port || (protocol === 'https:' ? 443 : 80));
  if (usedPort !== recorderPort) return false;
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost') || selfAddresses.check(host, familyOf(host))) return true;
  if (host === recorderHost) return true;
  // Elsewhere than on every address the recorder is not reached under those of the network.
  if (!['0.0.0.0', '::'].includes(recorderHost)) return false;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
}

/** Those that lead to this computer from itself; IPv4 addresses written as IPv6 ones are among them. */
const selfAddresses = new BlockList();
selfAddresses.addSubnet('127.0.0.0', 8, 'ipv4');
selfAddresses.addAddress('0.0.0.0', 'ipv4');
selfAddresses.addAddress('::1', 'ipv6');
selfAddresses.addAddress('::', 'ipv6');

function familyOf(host: string): 'ipv4' | 'ipv6' {
  return isIPv6(host) ? 'ipv6' : 'ipv4';
}
