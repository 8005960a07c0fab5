/** What the tests of the meter's store share: folders of their own, stores in them, and events. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AlertNotice } from '../../../../src/contract/alert';
import type { EventOutcome, MeterEvent } from '../../../../src/contract/event';
import { openMeterStore } from '../../../../src/store/openMeterStore';
import {
  MeterError,
  type MeterErrorKind,
  type MeterStore,
  type MeterStoreOptions,
} from '../../../../src/store/meterStore';

export const present = Date.parse('2026-03-12T14:18:00Z');
export const flowId = '1204588317730952';

const stores = new Set<MeterStore>();
const folders = new Set<string>();

export function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-meter-'));
  folders.add(folder);
  return folder;
}

export function newFile(): string {
  return path.join(newFolder(), 'meter.db');
}

/** A store that `cleanUp` closes; its clock stands at `present` unless told otherwise. */
export async function open(options: Partial<MeterStoreOptions> = {}): Promise<MeterStore> {
  const store = await openMeterStore({ file: newFile(), now: () => present, ...options });
  stores.add(store);
  return store;
}

/** For `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const store of stores) await store.close();
  stores.clear();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}

let counter = 0;

export function event(changes: Partial<MeterEvent> = {}): MeterEvent {
  const outcome: EventOutcome = changes.outcome ?? 'success';
  return {
    id: `test-${++counter}`,
    flowId,
    time: present,
    outcome,
    ...(outcome === 'success' ? { milliseconds: 120 } : {}),
    ...changes,
  };
}

/** A notice of Meta's, by default that the endpoint's error rate rose over 10%. */
export function notice(changes: Partial<AlertNotice> = {}): AlertNotice {
  return {
    id: `notice-${++counter}`,
    flowId,
    type: 'ENDPOINT_ERROR_RATE',
    state: 'ACTIVATED',
    time: present,
    value: 12,
    threshold: 10,
    text: 'The error rate is high.',
    ...changes,
  };
}

/** Requests of a flow that the store has counted, from the beginning to a day after the present. */
export function requests(store: MeterStore, flow = flowId): Promise<number> {
  return store.countRequests(flow, { begin: 0, end: present + 400 * 86_400_000 });
}

/** The kind of the `MeterError` with which an action must fail, and its message. */
export async function failure(
  action: Promise<unknown>,
): Promise<{ kind: MeterErrorKind; message: string; error: MeterError }> {
  const error: unknown = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MeterError)) throw new Error(`${String(error)} is no MeterError`);
  return { kind: error.kind, message: error.message, error };
}
