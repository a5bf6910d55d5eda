/** Loudness of samples in −1…1 as a meter shows it: 0 for silence (−60 dB and below), 1 for full scale. */
export function loudness(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const s of samples) sum += s * s;
  const rms = Math.sqrt(sum / samples.length);
  if (rms === 0) return 0;
  const decibels = 20 * Math.log10(rms);
  return Math.min(1, Math.max(0, 1 + decibels / 60));
}

/** Falls slowly and rises at once, so that a meter can be read. */
export function smooth(before: number, now: number): number {
  return now > before ? now : before * 0.8 + now * 0.2;
}
