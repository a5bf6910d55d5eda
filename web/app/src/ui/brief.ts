const longest = 200; // characters; a long string (LO) has 64 at most (PS3.5 6.2)

/** Words of a file on one line: what breaks the standard's limit a thousand times holds up no page. */
export function brief(words: string | undefined): string {
  if (words === undefined || words.length <= longest) return words ?? '';
  return `${words.slice(0, longest)}…`;
}
