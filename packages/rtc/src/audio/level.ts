/**
 * Levels in dBm0 for 16-bit PCM. A full-scale mu-law sine is +3.17 dBm0 (ITU-T G.711 §4, table 5 gives 0 dBm0); its peak decodes to 32124.
 * A-law's full scale is +3.14 dBm0 and 32256: 0.07 dB apart, which is neglected.
 */

/** Peak of a 0 dBm0 sine. */
export const zeroDbm0Peak: number = 32_124 / 10 ** (3.17 / 20);

/** Peak of a sine at this level. */
export function peakOfDbm0(dbm0: number): number {
  return zeroDbm0Peak * 10 ** (dbm0 / 20);
}

/** Level of a sine with this peak. */
export function dbm0OfPeak(peak: number): number {
  return 20 * Math.log10(peak / zeroDbm0Peak);
}

/** Level of any signal by its power: a sine of peak p has the power p²/2. */
export function dbm0OfPcm(pcm: Int16Array): number {
  let energy = 0;
  for (let index = 0; index < pcm.length; index++) energy += (pcm[index] as number) ** 2;
  return pcm.length === 0 ? -Infinity : dbm0OfPeak(Math.sqrt((2 * energy) / pcm.length));
}
