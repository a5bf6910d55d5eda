/** Loads and starts the viewer before somebody opens pictures. What does not come now comes when they do. */
export async function prepare(): Promise<void> {
  try {
    await import('./ViewerPane');
    await (await import('./start')).start();
  } catch {
    // the line may be down: who opens pictures is told
  }
}
