/** Ends the parts of a program one after the other, each of them whatever became of those before. */

/** Never rejects; true where every part ended as it should. */
export async function closeAll(
  parts: readonly (() => unknown)[],
  onException: (error: unknown) => void,
): Promise<boolean> {
  let whole = true;
  for (const close of parts) {
    try {
      await close();
    } catch (error) {
      whole = false;
      onException(error);
    }
  }
  return whole;
}
