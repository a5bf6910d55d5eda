/** Whether a search is worth asking: two letters or digits, or one Chinese character (a surname says a lot). */
export function searchable(text: string): boolean {
  const typed = text.trim();
  return [...typed].length >= 2 || /\p{Script=Han}/u.test(typed);
}
