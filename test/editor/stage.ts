/** What the in-editor tests share: the extension as it runs here, the user's settings, prompts, and waiting. */
import assert from 'node:assert/strict';
import {
  commands,
  ConfigurationTarget,
  extensions,
  window,
  workspace,
  type InputBox,
  type QuickPick,
  type QuickPickItem,
} from 'vscode';
import type { Account } from '../../src/domain/account';
import type { FlowmeterApi } from '../../src/host/app/api';
import { settingsSection, viewIds } from '../../src/ids';

export async function api(): Promise<FlowmeterApi> {
  const extension = extensions.getExtension<FlowmeterApi>('flowmeter.flowmeter');
  assert.ok(extension, 'the extension is there');
  return extension.activate();
}

/** Waits for what comes by itself, and says what did not come. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > end) assert.fail(`It did not come to this: ${what}`);
    await pause(25);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function setUserSetting(name: string, value: unknown): Promise<void> {
  await workspace.getConfiguration(settingsSection).update(name, value, ConfigurationTarget.Global);
}

export function userAccounts(): unknown {
  return workspace.getConfiguration(settingsSection).inspect('accounts')?.globalValue ?? [];
}

/** Begins from nothing: no account, nothing in sight, no dashboard. */
export async function reset(): Promise<void> {
  await setUserSetting('accounts', undefined);
  await setUserSetting('statusBar', undefined);
  await setUserSetting('thresholds', undefined);
  await setUserSetting('healthWindow', undefined);
  await setUserSetting('refreshMinutes', undefined);
  await setUserSetting('notify', undefined);
  await commands.executeCommand('workbench.action.closeAllEditors');
  await commands.executeCommand('workbench.view.explorer');
  const flowmeter = await api();
  await eventually('no account is left', () => flowmeter.flows().length === 0);
}

export async function showFlows(): Promise<void> {
  await commands.executeCommand(`${viewIds.flows}.focus`);
}

/** Sets the accounts, looks at them, and waits until all are read. */
export async function readAccounts(accounts: readonly Account[]): Promise<FlowmeterApi> {
  await setUserSetting('accounts', accounts);
  await showFlows();
  const flowmeter = await api();
  await eventually('there are flows', () => flowmeter.flows().length > 0);
  await flowmeter.whenReady();
  return flowmeter;
}

type Prompt = InputBox | QuickPick<QuickPickItem>;

/** The prompts that the extension opens. They are real; only whoever types is this. */
export class Prompts {
  private readonly opened: Prompt[] = [];
  private readonly original = { input: window.createInputBox, pick: window.createQuickPick };

  constructor() {
    const { input, pick } = this.original;
    const note = <T extends Prompt>(prompt: T): T => {
      this.opened.push(prompt);
      return prompt;
    };
    Object.assign(window, {
      createInputBox: () => note(input.call(window)),
      createQuickPick: () => note(pick.call(window)),
    });
  }

  restore(): void {
    Object.assign(window, { createInputBox: this.original.input, createQuickPick: this.original.pick });
  }

  get count(): number {
    return this.opened.length;
  }

  /** The next prompt with that word in its prompt or placeholder. */
  async next(word: string): Promise<Prompt> {
    const about = (prompt: Prompt): boolean =>
      `${'prompt' in prompt ? prompt.prompt : ''} ${prompt.placeholder ?? ''}`.includes(word);
    await eventually(`a prompt about "${word}"`, () => this.opened.some(about));
    const prompt = this.opened.find(about)!;
    this.opened.splice(0, this.opened.indexOf(prompt) + 1);
    await eventually('the prompt is ready', () => prompt.enabled);
    // A prompt reaches the window a moment after it was made; keys that come before go elsewhere.
    await pause(150);
    return prompt;
  }

  async type(word: string, text: string): Promise<Prompt> {
    const prompt = await this.next(word);
    prompt.value = text;
    await this.enter();
    return prompt;
  }

  async choose(word: string, label: string): Promise<void> {
    const prompt = (await this.next(word)) as QuickPick<QuickPickItem>;
    const item = prompt.items.find((one) => one.label === label);
    assert.ok(item, `${label} is offered: ${prompt.items.map((one) => one.label).join(', ')}`);
    prompt.activeItems = [item];
    await pause(100);
    await this.enter();
  }

  async enter(): Promise<void> {
    await pause(50);
    await commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
  }

  async escape(): Promise<void> {
    await commands.executeCommand('workbench.action.closeQuickOpen');
  }

  async back(): Promise<void> {
    await commands.executeCommand('workbench.action.quickInputBack');
  }
}

interface Message {
  readonly text: string;
  readonly buttons: readonly string[];
}

/** The editor that runs tests refuses dialogs and toasts, so this stands in for the person who reads them. */
export class Messages {
  readonly shown: Message[] = [];
  private readonly names = ['showInformationMessage', 'showWarningMessage', 'showErrorMessage'] as const;
  private readonly original = Object.fromEntries(this.names.map((name) => [name, window[name]]));

  /** `answer` picks a button by its title. */
  constructor(answer: (message: Message) => string | undefined = () => undefined) {
    const show = (text: string, ...rest: readonly unknown[]): Promise<string | undefined> => {
      const message = { text, buttons: rest.filter((one) => typeof one === 'string') };
      this.shown.push(message);
      return Promise.resolve(answer(message));
    };
    Object.assign(window, Object.fromEntries(this.names.map((name) => [name, show])));
  }

  restore(): void {
    Object.assign(window, this.original);
  }
}
