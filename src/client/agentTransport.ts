/** Requests over the connections of an agent that says itself where each of them leads and who is there. */
import { ClientRequest, type Agent, type IncomingMessage } from 'node:http';
import { MetricsError } from '../contract/errors';
import { formType, jsonType, readBodyText, type Transport, type TransportLimits } from './transport';
import { cancelledError, timedOut } from './clientErrors';

type AgentLimits = Pick<TransportLimits, 'maxBytes'>;

export function createAgentTransport(baseUrl: string, { maxBytes }: AgentLimits, agent: Agent): Transport {
  const { hostname, port } = new URL(baseUrl);
  return {
    async send({ path, form, json, token, deadlineMs }, signal) {
      const body = form ?? json;
      if (signal.aborted) throw cancelledError();
      const deadline = AbortSignal.timeout(deadlineMs);
      const headers = {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        'user-agent': 'flowmeter',
        ...(body === undefined ? {} : { 'content-type': form === undefined ? jsonType : formType }),
      };
      const options = { agent, host: hostname, port, path, headers, signal: AbortSignal.any([signal, deadline]) };
      try {
        const response = await exchange({ ...options, method: body === undefined ? 'GET' : 'POST' }, body);
        const text = await readBodyText(response, maxBytes);
        const header = (name: string): string | null => [response.headers[name.toLowerCase()] ?? []].flat()[0] ?? null;
        return { status: response.statusCode ?? 0, header, text };
      } catch (error) {
        if (signal.aborted) throw cancelledError();
        if (deadline.aborted) throw timedOut(deadlineMs);
        if (error instanceof MetricsError) throw error;
        throw new MetricsError('network', 'The server cannot be reached, or another program has its port.', {
          transient: true,
        });
      }
    },
    close: () => agent.destroy(),
  };
}

function exchange(
  options: ConstructorParameters<typeof ClientRequest>[0],
  body: string | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Inside an editor `request` is another function, which leaves the agent out.
    const request = new ClientRequest(options, resolve);
    request.on('error', reject);
    // An answer that is none (101) ends without an error.
    request.on('close', () => reject(new Error('There was no HTTP answer.')));
    request.end(body);
  });
}
