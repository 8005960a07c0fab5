import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readStartStamp } from '../../../src/process/startStamp';

describe('The start stamp of a process', () => {
  it('is the same whenever it is read, and another one for each process', async () => {
    const own = await readStartStamp(process.pid);
    assert.ok(own);
    assert.equal(await readStartStamp(process.pid), own);
    assert.notEqual(await readStartStamp(1), own);
  });

  it('is read where the program’s name looks like the fields behind it', async () => {
    const child = spawn(process.execPath, [
      '-e',
      "process.title = 'a) S 1 2 3 (b'; console.log(); setInterval(() => 0, 1e6)",
    ]);
    try {
      await once(child.stdout, 'data');
      const stamp = await readStartStamp(child.pid!);
      assert.match(stamp ?? '', process.platform === 'linux' ? /^[0-9a-f-]{36} \d+$/ : /./);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is unknown once it has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    assert.equal(await readStartStamp(child.pid!), undefined);
  });
});
