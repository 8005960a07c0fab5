import type { ViewTexts } from './viewTexts';

export async function loadViewTexts(): Promise<ViewTexts> {
  return (await import('./viewTexts')).viewTexts;
}
