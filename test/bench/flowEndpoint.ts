/** An endpoint that does what each request of WhatsApp Flows asks of it: signature, decryption, answer, encryption. */
import { createPrivateKey } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { signatureHeader } from '../../src/contract/endpoint';
import { signBody } from '../../src/recorder/bodySignature';
import { sealEnvelope } from '../../src/recorder/ping/envelope';
import { isSigned, newKeys, openRequest } from '../fixtures/sampleEndpoint';

const appSecret = 'bench';

export interface FlowTraffic {
  readonly privatePem: string;
  /** What is sent, again and again. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An exchange of data of about 1 KB, encrypted and signed. */
export function flowTraffic(): FlowTraffic {
  const { publicKey, privateKey } = newKeys();
  const message = { version: '3.0', action: 'data_exchange', screen: 'FORM', data: { text: 'a'.repeat(400) } };
  const { body } = sealEnvelope(JSON.stringify(message), publicKey);
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    body,
    headers: { [signatureHeader]: signBody(body, appSecret) },
  };
}

export function flowEndpoint(privatePem: string): RequestListener {
  const privateKey = createPrivateKey(privatePem);
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      if (!isSigned(body, request.headers[signatureHeader], appSecret)) return void response.writeHead(432).end();
      const { message, seal } = openRequest(body, privateKey);
      const answer = seal(JSON.stringify({ screen: 'DONE', data: { echo: message.data } }));
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': answer.length }).end(answer);
    });
  };
}
