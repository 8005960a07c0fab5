import assert from 'node:assert/strict';
import { EventSender } from '../../../src/middleware/eventSender';
import { freePort } from '../../fixtures/freePort';

describe('The sender of events', () => {
  it('outlives a function for troubles that throws, and a token that no header can hold', async () => {
    for (const token of ['right-token', 'two\nlines']) {
      const told: string[] = [];
      const sender = new EventSender({
        url: `http://127.0.0.1:${await freePort()}`,
        token,
        onTrouble: (message) => {
          told.push(message);
          throw new Error('odd');
        },
      });
      sender.push({ id: 'a', flowId: '1', time: 0, outcome: 'success', milliseconds: 1 });
      await sender.flush();
      assert.match(told.join(), /^The meter cannot be reached: (ECONNREFUSED|ERR_INVALID_CHAR)/);
      assert.equal(sender.waiting, 1);
      await sender.close();
      assert.equal(sender.losses, 1);
    }
  });
});
