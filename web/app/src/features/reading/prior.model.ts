/** An earlier report beside the one that is written. Pure. */

/** A text in its sentences, each with its stop: a press takes one over. */
export function sentencesOf(text: string): string[] {
  return (text.match(/[^。；;\n]+[。；;]?/g) ?? []).map((s) => s.trim()).filter(Boolean);
}
