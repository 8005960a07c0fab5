import path from 'node:path';

/** The bundle of `worker.ts`, which lies beside every bundle that holds this. */
export const workerFile = path.join(__dirname, 'meterWorker.js');
