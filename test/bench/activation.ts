/** A process of its own: loads and activates an extension, with `parts` what comes with an account too, and tells how long it took. */
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bareContext, offerEditor } from '../fixtures/bareEditor';

const load = createRequire(__filename);
const folder = mkdtempSync(join(tmpdir(), 'flowmeter-activation-'));
const empty = join(folder, 'empty.js');
writeFileSync(empty, '"use strict";const vscode=require("vscode");module.exports={activate(){return vscode}};');

if (process.send) {
  offerEditor();
  const file = process.argv[2] === 'empty' ? empty : resolve('dist/extension.js');
  const context = bareContext() as { readonly subscriptions: { dispose(): unknown }[] };
  const cpuBegun = process.cpuUsage();
  const begun = performance.now();
  const extension = load(file) as { activate(context: unknown): unknown };
  extension.activate(context);
  if (process.argv[2] === 'parts') {
    const { buildParts } = load(resolve('dist/parts.js')) as { buildParts(context: unknown, frame: unknown): unknown };
    buildParts(context, (load('vscode') as { readonly window: unknown }).window);
  }
  const wall = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpuBegun);
  for (const part of context.subscriptions) part.dispose();
  rmSync(folder, { recursive: true, force: true });
  process.send({ cpu: (user + system) / 1000, wall }, () => process.exit());
}
