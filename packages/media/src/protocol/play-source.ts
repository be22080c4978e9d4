/** What can be played to a leg without anybody at the other end. */

export type PlaySource =
  /** A sine. Level in dBm0: 0 is the digital milliwatt, -10 is comfortable. */
  | { readonly kind: 'tone'; readonly hz: number; readonly levelDbm0: number }
  /** The engine's own music on hold. */
  | { readonly kind: 'music' }
  /** Recorded words, one after the other; see `promptNames`. */
  | { readonly kind: 'prompt'; readonly names: readonly string[] }
  /** The time of day spoken, as of the moment each repetition begins. */
  | { readonly kind: 'clock'; readonly utcOffsetMin: number }
  | { readonly kind: 'silence' }
  /** Country's ring-back tone (ITU-T E.180 Supplement 2); an unknown country sounds like `us`. */
  | { readonly kind: 'ringback'; readonly country: string };

/** Every prompt the engine ships (packages/media/prompts). A test holds the two together. */
export const promptNames = [
  'welcome',
  'echo-test',
  'the-time-is',
  'at-the-tone',
  'oclock',
  'oh',
  'and',
  'second',
  'seconds',
  'precisely',
  'not-found',
  'unavailable',
  'busy',
  'please-hold',
  'try-again',
  'goodbye',
  '0',
  '1',
  '2',
  '3',
  '4',
  '5',
  '6',
  '7',
  '8',
  '9',
  '10',
  '11',
  '12',
  '13',
  '14',
  '15',
  '16',
  '17',
  '18',
  '19',
  '20',
  '30',
  '40',
  '50',
  '60',
  '70',
  '80',
  '90',
] as const;

export type PromptName = (typeof promptNames)[number];
