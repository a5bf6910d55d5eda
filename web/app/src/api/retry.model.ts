const delays = [400, 1200, 2500];

/** Milliseconds to wait before trying a command again after the network failed, or undefined to give up. */
export function retryDelay(attempt: number): number | undefined {
  return delays[attempt];
}
