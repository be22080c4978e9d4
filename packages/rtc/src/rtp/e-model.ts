/**
 * Estimated listening quality: the E-model of ITU-T G.107 with its default values, reduced to what a media engine can see (loss and delay).
 *
 *     R = 93.2 - Idd(delay) - Ie,eff(codec, loss)         MOS from R by G.107 Annex B
 *
 * Leaves out: echo, loudness and noise terms (their defaults are inside 93.2), burst ratio (1: random loss), wide-band scales (G.107.1):
 * a codec without narrow-band figures has no MOS here.
 */

interface CodecImpairment {
  /** Equipment impairment without loss, ITU-T G.113 Appendix I. */
  readonly ie: number;
  /** Robustness against loss, ITU-T G.113 Appendix I. */
  readonly bpl: number;
}

/** G.711 with the concealment that receivers have nowadays. */
const impairments: Readonly<Record<string, CodecImpairment>> = {
  PCMU: { ie: 0, bpl: 25.1 },
  PCMA: { ie: 0, bpl: 25.1 },
  G729: { ie: 11, bpl: 19 },
  G723: { ie: 15, bpl: 16.1 },
  GSM: { ie: 20, bpl: 43 },
};

const defaultR = 93.2;

/** R of a codec at a loss in percent and a one-way mouth-to-ear delay; null where the codec has no figures. */
export function ratingFactor(codec: string, lossPercent: number, delayMs: number): number | null {
  const row = impairments[codec.toUpperCase()];
  if (row === undefined) return null;
  const loss = Math.min(Math.max(lossPercent, 0), 100);
  const effective = row.ie + ((95 - row.ie) * loss) / (loss + row.bpl);
  return defaultR - delayImpairment(delayMs) - effective;
}

/** G.107 Annex B: 1 to 4.5. */
export function mosOfRating(r: number): number {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

export function estimateMos(codec: string, lossPercent: number, delayMs: number): number | null {
  const r = ratingFactor(codec, lossPercent, delayMs);
  return r === null ? null : mosOfRating(r);
}

/** G.107 Idd. */
function delayImpairment(delayMs: number): number {
  if (delayMs <= 100) return 0;
  const x = Math.log2(delayMs / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}
