/** What stands in a command's arguments, every user of the computer can read: no token may. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { curlCommand } from '../../../src/presentation/export';

const token = 'commandLinesToken0123456789';

/** The arguments of all processes, as any user sees them. */
function commandLines(): string {
  const lines: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      lines.push(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
    } catch {
      // It has ended meanwhile.
    }
  }
  return lines.join('\n');
}

describe('A token in command lines', () => {
  it('is none while a copied curl command runs, which the server hears all the same', async () => {
    // Elsewhere there is nothing to look with.
    if (process.platform !== 'linux' || spawnSync('curl', ['--version']).error) return;
    const heard: (string | undefined)[] = [];
    let seen = '';
    const server = createServer((request, response) => {
      heard.push(request.headers.authorization);
      seen = commandLines();
      response.end('{}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const command = curlCommand(`http://127.0.0.1:${port}`, 'v26.0', {
        flowId: '12',
        metric: 'ENDPOINT_AVAILABILITY',
        granularity: 'DAY',
      });
      const shell = spawn('sh', ['-c', command], { env: { ...process.env, WHATSAPP_TOKEN: token } });
      const [code] = (await once(shell, 'close')) as [number];
      assert.equal(code, 0);
      assert.deepEqual(heard, [`Bearer ${token}`]);
      assert.match(seen, /curl/);
      assert.ok(!seen.includes(token));
    } finally {
      server.close();
    }
  });

  it('is in none that the documents show', () => {
    for (const file of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md']) {
      assert.doesNotMatch(readFileSync(file, 'utf8'), /curl[^|\n]*(-H|--header)[ =]*["']?Authorization/i, file);
    }
  });
});
