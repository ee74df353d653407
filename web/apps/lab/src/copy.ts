/** Puts a text where it can be pasted; where the browser does not allow it, it is selected for the person to copy. */
export async function copy(text: string, from: Element | undefined): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (from) getSelection()?.selectAllChildren(from);
    return false;
  }
}
