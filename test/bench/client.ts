import type { Group } from './row';
export const clientRows: Group = () => Promise.resolve([]);
