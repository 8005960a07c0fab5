/** The way to the editor: the only place that knows `acquireVsCodeApi`. */
import type { OverviewIntent, OverviewSnapshot } from '../src/presentation/overview/overviewProtocol';
import type { PanelIntent, PanelSnapshot } from '../src/presentation/panelProtocol';
import { isMetricName } from '../src/contract/metric';
import { isSpan, type PanelView, parsePanelView } from '../src/domain/view';
import type { ViewState } from './view';
import { defined } from '../src/util/defined';

interface EditorApi {
  postMessage(message: PanelIntent | OverviewIntent): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): EditorApi;

const editor = acquireVsCodeApi();

/** Kept over a reload of the window; the editor hands it to the panel's serializer as well. */
export interface Navigation extends ViewState {
  /** Which flow the panel belongs to, as the editor wrote it into the page. */
  readonly key?: string;
  readonly view?: PanelView;
}

export function postIntent(intent: PanelIntent | OverviewIntent): void {
  editor.postMessage(intent);
}

/** The saved navigation; anything unexpected is left out. */
export function savedNavigation(): Navigation {
  const state = savedState();
  const { key, view, tables, zooms } = (typeof state === 'object' && state !== null ? state : {}) as Record<
    string,
    unknown
  >;
  const checked = parsePanelView(view);
  return {
    ...(typeof key === 'string' ? { key } : {}),
    ...defined({ view: checked }),
    tables: Array.isArray(tables) ? tables.filter(isMetricName) : [],
    zooms: Array.isArray(zooms) ? zooms.filter(isSpan) : [],
  };
}

export function savedState(): unknown {
  return editor.getState();
}

export function saveState(state: object): void {
  editor.setState(state);
}

export function onSnapshot(show: (snapshot: PanelSnapshot) => void): void {
  onMessage('snapshot', show);
}

export function onOverviewSnapshot(show: (snapshot: OverviewSnapshot) => void): void {
  onMessage('overview', show);
}

function onMessage<T extends { readonly type: string }>(type: T['type'], show: (message: T) => void): void {
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'object' && data !== null && (data as { type?: unknown }).type === type) show(data as T);
  });
}
