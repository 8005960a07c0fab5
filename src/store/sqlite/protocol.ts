/** The messages between the store and its thread: each request has a number, and one answer. */
import type { MeterErrorKind } from '../meterStore';
import type { EngineOptions, StoreEngine } from '../storeEngine';

export type WorkerStart = Pick<EngineOptions, 'file' | 'zone' | 'maxFlows' | 'setsAside'>;

export type OperationName = keyof StoreEngine;

export interface WorkerRequest {
  readonly id: number;
  readonly name: OperationName;
  readonly args: readonly unknown[];
}

export type WorkerResult =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly kind: MeterErrorKind;
      readonly message: string;
      readonly index: number | undefined;
    };

export type WorkerMessage =
  | (WorkerResult & { readonly id: number })
  /** The place to which a damaged file was moved. */
  | { readonly quarantined: string }
  /** A sentence for a person about the file. */
  | { readonly notice: string };
