import { window, type ExtensionContext, type WebviewPanel } from 'vscode';
import type { FlowmeterApi } from './host/app/api';
import { Commands } from './host/commands/commands';
import { LazyParts } from './host/app/lazyParts';
import { LazyTreeProvider } from './host/views/lazyTreeProvider';
import { viewIds } from './ids';

/** Registers what the editor has to find from the first moment on. All that these need is loaded with the first need. */
export function activate(context: ExtensionContext): FlowmeterApi {
  const { subscriptions } = context;
  const treeProvider = new LazyTreeProvider();
  const parts = new LazyParts(context, treeProvider);
  const serializer = {
    deserializeWebviewPanel: async (panel: WebviewPanel, state: unknown) =>
      (await parts.get()).panels.deserializeWebviewPanel(panel, state),
  };
  subscriptions.push(
    new Commands(parts.get),
    window.registerWebviewPanelSerializer(viewIds.panel, serializer),
    window.registerWebviewPanelSerializer(viewIds.overview, {
      deserializeWebviewPanel: async (panel) => (await parts.get()).overview.show(panel),
    }),
    parts,
    treeProvider,
  );
  return parts.api;
}
