import { commands, window } from 'vscode';
import { commandIds } from '../../ids';
import type { CommandServices } from './commandParts';
import { DisposableStore } from '../util/lifecycle';

type CommandName = keyof typeof commandIds;

/** Registers every command, and links; what they do is loaded with the first one. What one of them throws is told to the person. */
export class Commands {
  private readonly store = new DisposableStore();

  constructor(private readonly getParts: () => Promise<CommandServices>) {
    for (const name of Object.keys(commandIds) as CommandName[]) {
      this.store.add(commands.registerCommand(commandIds[name], (argument?: unknown) => this.run(name, argument)));
    }
    this.store.add(window.registerUriHandler({ handleUri: (uri) => this.run('openLink', uri) }));
  }

  private async run(name: CommandName | 'openLink', argument: unknown): Promise<void> {
    const parts = await this.getParts();
    try {
      const { commandTable } = await import('./commandTable');
      await commandTable(parts)[name](argument);
    } catch (thrown) {
      // The command does not wait for the message to be closed.
      parts.notifier.failed(thrown).catch((error) => parts.log.error(error));
    }
  }

  dispose(): void {
    this.store.dispose();
  }
}
