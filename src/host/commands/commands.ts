import { commands } from 'vscode';
import { commandIds } from '../../ids';
import type { CommandServices } from './commandParts';
import { DisposableStore } from '../util/lifecycle';

/** Registers every command; what they do is loaded with the first one. What one of them throws is told to the person. */
export class Commands {
  private readonly store = new DisposableStore();

  constructor(getParts: () => Promise<CommandServices>) {
    for (const name of Object.keys(commandIds) as (keyof typeof commandIds)[]) {
      this.store.add(
        commands.registerCommand(commandIds[name], async (argument?: unknown) => {
          const parts = await getParts();
          try {
            const { commandTable } = await import('./commandTable');
            await commandTable(parts)[name](argument);
          } catch (thrown) {
            // The command does not wait for the message to be closed.
            parts.notifier.failed(thrown).catch((error) => parts.log.error(error));
          }
        }),
      );
    }
  }

  dispose(): void {
    this.store.dispose();
  }
}
