/** Columns as a page without typed arrays has them: one label and one number per point. */
export interface PlainData {
  readonly labels: readonly string[];
  readonly columns: Readonly<Record<string, number[]>>;
}
