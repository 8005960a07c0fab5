import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { bareContext, offerEditor, setAccounts } from '../../fixtures/bareEditor';

interface Context {
  readonly subscriptions: { dispose(): unknown }[];
}

type Functions = Record<string, unknown>;

/** Hears every call of the object's functions, and lets each do its work. */
function overhear(what: string, functions: Functions, heard: string[]): () => void {
  const isOwn = (name: string): boolean => Object.getOwnPropertyDescriptor(functions, name)?.writable === true;
  const originals = Object.keys(functions)
    .filter(isOwn)
    .map((name) => [name, functions[name]] as const)
    .filter(([, one]) => typeof one === 'function');
  for (const [name, original] of originals) {
    functions[name] = function (this: unknown, ...args: unknown[]): unknown {
      heard.push(`${what}.${name}(${String(args[0])})`);
      return Reflect.apply(original as () => unknown, this, args);
    };
  }
  return () => void Object.assign(functions, Object.fromEntries(originals));
}

describe('activate()', () => {
  it('loads no other file, reads nothing from disk, and sends nothing', () => {
    const requests: string[] = [];
    offerEditor((request) => requests.push(request));
    const load = createRequire(__filename);
    const extension = load(path.resolve('dist/extension.js')) as { activate(context: unknown): unknown };
    const others = requests.filter((request) => !isBuiltin(request) && !request.endsWith('extension.js'));
    assert.deepEqual(others, []);
    const heard: string[] = [];
    const restore = [
      overhear('fs', fs as unknown as Functions, heard),
      overhear('fs.promises', fs.promises as unknown as Functions, heard),
      overhear('http', http as unknown as Functions, heard),
      overhear('net', net as unknown as Functions, heard),
    ];
    const context = bareContext() as Context;
    try {
      requests.length = 0;
      extension.activate(context);
      fs.statSync('.');
      assert.deepEqual(heard.splice(0), ['fs.statSync(.)'], 'only what this test itself does is heard');
      assert.deepEqual(requests, []);
      assert.ok(context.subscriptions.length > 0);
    } finally {
      for (const undo of restore) undo();
      for (const part of context.subscriptions) part.dispose();
    }
  });

  it('builds the parts for an account, but not after its end', async () => {
    offerEditor();
    const load = createRequire(__filename);
    const extension = load(path.resolve('dist/extension.js')) as { activate(context: unknown): unknown };
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    setAccounts([{ name: 'Demo', source: 'demo' }]);
    try {
      const living = bareContext() as Context;
      extension.activate(living);
      const begun = living.subscriptions.length;
      await turn();
      assert.ok(living.subscriptions.length > begun);
      for (const part of living.subscriptions) part.dispose();
      const ended = bareContext() as Context;
      extension.activate(ended);
      for (const part of ended.subscriptions) part.dispose();
      await turn();
      assert.equal(ended.subscriptions.length, begun);
    } finally {
      setAccounts(undefined);
    }
  });
});
