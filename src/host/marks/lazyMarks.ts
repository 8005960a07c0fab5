import type { KeptMarks, KeptMarksOptions } from './keptMarks';

/** The marks of this computer, which are read with the first use. */
export class LazyMarks {
  private loaded: Promise<KeptMarks> | undefined;

  constructor(private readonly options: KeptMarksOptions) {}

  get(): Promise<KeptMarks> {
    return (this.loaded ??= import('./keptMarks').then(({ openKeptMarks }) => openKeptMarks(this.options)));
  }

  /** Resolves when nothing is being written. */
  async settle(): Promise<void> {
    await (await this.loaded)?.settle();
  }

  dispose(): void {
    void this.loaded?.then((marks) => marks.dispose());
  }
}
