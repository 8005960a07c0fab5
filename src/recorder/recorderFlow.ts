/** A flow that the recorder stands in front of, and what its address may be. */
import { isGraphId } from '../contract/flow';

export interface RecorderFlow {
  /** Digits, as Meta gives them out. Requests come to `/{id}`. */
  readonly id: string;
  readonly name?: string;
  /** The endpoint behind the recorder: an http or https URL without user name and password. */
  readonly upstream: string;
}

/** What is wrong with a flow, as a sentence that says what is allowed; undefined where nothing is. */
export function flowProblem({ id, upstream }: RecorderFlow): string | undefined {
  if (!isGraphId(id)) return `"${id}" is not a flow id: write its digits, at most 20.`;
  const problem = endpointUrlProblem(upstream);
  return problem === undefined ? undefined : `Flow ${id}: ${problem}`;
}

/** What is wrong with the URL of an endpoint, as a sentence; undefined where nothing is. The URL itself is not repeated:
 *  where it holds a password, that must not get into a log. */
export function endpointUrlProblem(text: string): string | undefined {
  if (!/^https?:\/\/[^/?#]/i.test(text) || !URL.canParse(text)) {
    return 'the URL of the endpoint must be one such as http://127.0.0.1:3000/flow or https://example.com/flow.';
  }
  const { username, password, hash } = new URL(text);
  if (username !== '' || password !== '') return 'the URL of the endpoint must not hold a user name or password ("@").';
  if (hash !== '') return 'the URL of the endpoint must not hold a fragment ("#").';
  return undefined;
}

/**
 * Whether an endpoint's URL, which has passed `endpointUrlProblem`, leads back to the recorder on this port of this
 * computer: requests would go round in a circle.
 */
export function leadsToRecorder(upstream: string, recorderPort: number): boolean {
  const { protocol, hostname, port } = new URL(upstream);
  // A URL drops the port that belongs to its protocol.
  const usedPort = Number(port || (protocol === 'https:' ? 443 : 80));
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname) && usedPort === recorderPort;
}
