/** A thousand flows on a distant server: the rows fill in while somebody types in a file. */
import assert from 'node:assert/strict';
import path from 'node:path';
import {
  editorTabs,
  openView,
  quickInput,
  quickPick,
  runCommand,
  treeRows,
  waitForQuickInput,
} from '../../scripts/editor/workbench';
import { demoBusinessAccountId } from '../../src/domain/account';
import { startLatencyServer, type LatencyProcess } from '../bench/latencyProcess';
import { answerDialog, flowRow, labels, runRowMenu, treeMessage } from './editorParts';
import { eventually, eventuallyEqual, openLab, pictureOfFailure, type Lab } from './lab';
import { answer, wizardClosed } from './wizard';

const flows = 1000;
const typed = 'Typing goes on while a thousand flows are read, and each letter appears.';

describe('A thousand flows', () => {
  let lab: Lab;
  let server: LatencyProcess;

  before(async () => {
    const file = path.join('out', 'test', 'bench', 'latencyServer.js');
    server = await startLatencyServer(file, { flows, latency: [50, 100], batch: true });
    lab = await openLab();
  });

  afterEach(async function () {
    await pictureOfFailure(lab, this.currentTest);
  });

  after(async () => {
    await lab?.close();
    await server?.stop();
  });

  it('fill in while somebody types', async () => {
    const { page } = lab;
    await runCommand(page, 'File: New Untitled Text File');
    const editor = page.locator('.part.editor .monaco-editor .view-lines').first();
    await editor.waitFor();
    await openView(page, 'Flowmeter');
    await answer(page, {
      url: server.url,
      businessAccountId: demoBusinessAccountId,
      name: 'Many',
      token: 'any-token-will-do-here',
    });
    await wizardClosed(page);
    // The new account's view takes the focus once; somebody goes back to the file while it is read.
    await eventually('the flows are listed', async () => (await treeRows(page)).length > 5);
    await editor.click();
    let text = '';
    for (const letter of typed) {
      text += letter;
      await page.keyboard.type(letter);
      await eventually(`"${text}" stands in the editor`, async () => (await editorText()) === text);
      if (text.length === 16) await lab.shoot('many-flows-filling-in');
    }
    const read = async (): Promise<boolean> =>
      (await treeRows(page)).every(({ description }) => description.includes('errors'));
    await eventually('every row in sight has its figures', read, 60_000);
    const worst = (await treeRows(page))[0]!;
    assert.match((await flowRow(page, worst.label)).ariaLabel, /critical/);
    await lab.shoot('many-flows-read');

    async function editorText(): Promise<string> {
      return (await editor.innerText()).replaceAll('\u00a0', ' ').trimStart().replace(/\n+$/, '');
    }
  });

  it('were asked for in batches, over few connections', async () => {
    const ended = /refresh \([^)]*\), \d{4} answers in \d+ ms/;
    await eventually('the read has ended', async () => ended.test(await lab.log()), 60_000);
    const { requests, sockets, mostAtOnce } = await server.report();
    // Pages of a hundred flows, then batches of fifty reads.
    assert.ok(requests <= 2 + 10 + 130, `${requests} requests`);
    assert.ok(sockets <= 16 && mostAtOnce <= 16, `${sockets} sockets, ${mostAtOnce} at once`);
  });

  it('are grouped, filtered, pinned and hidden', async () => {
    const { page } = lab;
    await runCommand(page, 'Flowmeter: Group By…');
    await waitForQuickInput(page, 'Group flows by');
    await quickPick(page, 'Level');
    await eventually('the worst level comes first', async () => (await labels(page))[0] === 'Critical');
    assert.match((await flowRow(page, 'Critical')).description, /^\d+ flows$/);
    await lab.shoot('many-flows-by-level');
    await runCommand(page, 'Flowmeter: Filter…');
    await waitForQuickInput(page, 'Words of a name');
    await lab.shoot('many-flows-filter');
    await quickInput(page, 'critical slot 9');
    await eventually('a few are left', async () =>
      /^Filter “critical slot 9”: \d+ of 1,000 flows\.$/.test(await treeMessage(page)),
    );
    const [group, first = '', second = ''] = await labels(page);
    assert.ok(group === 'Critical' && first.startsWith('Delivery slot 9') && second !== '');
    await runRowMenu(page, second, 'Pin');
    await eventuallyEqual(async () => (await labels(page)).slice(0, 3), ['Critical', second, first]);
    assert.match((await flowRow(page, second)).ariaLabel, /, pinned$/);
    await runRowMenu(page, first, 'Hide');
    await eventually('it is said that one is hidden', async () => /1 flow is hidden\.$/.test(await treeMessage(page)));
    assert.ok(!(await labels(page)).includes(first));
    await lab.shoot('many-flows-filtered');
    await runCommand(page, 'Flowmeter: Show Hidden Flows');
    await eventually('it is shown', async () => (await labels(page)).includes(first));
    await runRowMenu(page, first, 'Unhide');
    await runCommand(page, 'Flowmeter: Clear Filter');
    await eventuallyEqual(() => treeMessage(page), '');
  });

  it('are opened by links from elsewhere, and flows that are not known only after a question', async () => {
    const { page } = lab;
    const open = async (flowId: string): Promise<void> => {
      await runCommand(page, 'Developer: Open URL');
      await quickInput(page, `vscode://flowmeter.flowmeter/flow/${flowId}`, { prompt: 'URL to open' });
      await answerDialog(page, 'to open this URI?', 'Open');
    };
    await open('2000000000000002');
    await eventually('its dashboard is open', async () => (await editorTabs(page)).includes('Delivery slot 3'));
    await open('77');
    await waitForQuickInput(page, 'This flow is in none of your accounts');
    await lab.shoot('link-to-unknown-flow');
    await page.keyboard.press('Escape');
    assert.ok(!(await editorTabs(page)).includes('77'));
  });
});
