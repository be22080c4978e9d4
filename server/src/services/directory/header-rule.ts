/**
 * What an operator has done to the headers of one trunk or device: added, set, removed, rewritten, on the way in or out. Written as one line, kept as data, checked before it is
 * stored: what keeps transactions, dialogs, credentials and bodies together is nobody's to change, and a value cannot break out of its line.
 */

export type HeaderRule = {
  /** in: as we read what the peer sends; out: as we send it. */
  readonly direction: 'in' | 'out';
  /** The long name. */
  readonly header: string;
} & (
  | { readonly does: 'add' | 'set'; readonly value: string }
  | { readonly does: 'remove' }
  | {
      readonly does: 'rewrite';
      /** The whole value, or the user of the URI in it. */
      readonly part: 'value' | 'user';
      /** All of it must fit: `*` stands for anything, `?` for one character. */
      readonly pattern: string;
      /** `$1` to `$9`: what the stars and question marks stood for. */
      readonly replacement: string;
    }
);

export const mostHeaderRules = 32;
const mostCharacters = 512;
const mostStars = 3;

/** Of addresses these may be rewritten, and nothing else: a dialog is known by the tags in them. */
const rewritable = new Set(['from', 'to']);

const kept = new Set(
  [
    ...['Via', 'Call-ID', 'CSeq', 'Contact', 'Route', 'Record-Route', 'Path', 'Service-Route', 'Max-Forwards'],
    ...['Content-Length', 'Content-Type', 'Content-Encoding', 'Content-Disposition', 'MIME-Version'],
    ...['Authorization', 'Proxy-Authorization', 'WWW-Authenticate', 'Proxy-Authenticate', 'Authentication-Info'],
    ...['Require', 'Proxy-Require', 'Supported', 'Unsupported', 'RSeq', 'RAck', 'Session-Expires', 'Min-SE'],
    ...['Expires', 'Min-Expires', 'Event', 'Subscription-State', 'Refer-To', 'Replaces', 'Join', 'Target-Dialog'],
    ...[
      'SIP-ETag',
      'SIP-If-Match',
      'Identity',
      'Session-ID',
      'Flow-Timer',
      'Security-Client',
      'Security-Server',
      'Security-Verify',
    ],
  ].map((name) => name.toLowerCase()),
);

/** What is wrong with it, in words; undefined: nothing. */
export function headerRuleProblem(rule: HeaderRule): string | undefined {
  const { direction, does, header } = rule;
  const name = String(header).toLowerCase();
  if (direction !== 'in' && direction !== 'out') return 'begins with in or out';
  if (!['add', 'set', 'remove', 'rewrite'].includes(does)) return 'adds, sets, removes or rewrites';
  if (!/^[a-z0-9!%*_+`'~.-]{2,64}$/.test(name))
    return `names a header, by its long name: "${name.slice(0, 64)}" is none`;
  if (kept.has(name)) return `may not touch ${header}: calls are held together by it`;
  if (rewritable.has(name) && (does !== 'rewrite' || rule.part !== 'user'))
    return `may rewrite the user of ${header} (${header}.user) and nothing else of it`;
  if (does === 'add' || does === 'set') return textProblem(rule.value, 'value', 1);
  return does === 'rewrite' ? rewriteProblem(rule) : undefined;
}

function rewriteProblem(rule: HeaderRule & { readonly does: 'rewrite' }): string | undefined {
  if (rule.part !== 'value' && rule.part !== 'user') return 'rewrites a value or a user';
  const problem = textProblem(rule.pattern, 'pattern', 1) ?? textProblem(rule.replacement, 'replacement', 0);
  if (problem !== undefined) return problem;
  const groups = rule.pattern.replace(/[^*?]/g, '').length;
  if (rule.pattern.split('*').length - 1 > mostStars) return `has at most ${mostStars} stars in its pattern`;
  const used = [...rule.replacement.matchAll(/\$(\d)/g)].map(([, digit]) => Number(digit));
  const missing = used.find((digit) => digit === 0 || digit > groups);
  return missing === undefined ? undefined : `says $${missing}, and its pattern has ${groups} stars and question marks`;
}

function textProblem(text: unknown, what: string, least: number): string | undefined {
  if (typeof text !== 'string' || text.length < least || text.length > mostCharacters)
    return `has a ${what} of ${least} to ${mostCharacters} characters`;
  return /[\p{Cc}\p{Cs}]/u.test(text) ? `has no control characters in its ${what}` : undefined;
}

const forms = [
  'out add Name: value',
  'out set Name: value',
  'out remove Name',
  'out rewrite Name pattern replacement',
  'out rewrite Name.user pattern replacement',
];

/** Reads a line such as `out rewrite From.user 00* +$1`. A text: what is wrong with it. */
export function parseHeaderRule(line: string): HeaderRule | string {
  const [, direction = '', does = '', rest = ''] = /^\s*(\S+)\s+(\S+)\s+(.*?)\s*$/s.exec(line) ?? [];
  const rule = readRule(direction as HeaderRule['direction'], does, rest);
  if (rule === undefined) return `is written as one of: ${forms.join('; ')}; or with in for out`;
  return headerRuleProblem(rule) ?? rule;
}

function readRule(direction: HeaderRule['direction'], does: string, rest: string): HeaderRule | undefined {
  if (does === 'remove') return { direction, does, header: rest };
  if (does === 'add' || does === 'set') {
    const colon = rest.indexOf(':');
    return colon < 0
      ? undefined
      : { direction, does, header: rest.slice(0, colon).trim(), value: rest.slice(colon + 1).trim() };
  }
  const [name = '', pattern, replacement = '', ...more] = rest.split(/\s+/);
  if (does !== 'rewrite' || pattern === undefined || more.length > 0) return undefined;
  const isUser = name.toLowerCase().endsWith('.user');
  const header = isUser ? name.slice(0, -'.user'.length) : name;
  return { direction, does, header, part: isUser ? 'user' : 'value', pattern, replacement };
}

export function formatHeaderRule(rule: HeaderRule): string {
  const { direction, does, header } = rule;
  if (does === 'remove') return `${direction} remove ${header}`;
  if (does !== 'rewrite') return `${direction} ${does} ${header}: ${rule.value}`;
  return `${direction} rewrite ${header}${rule.part === 'user' ? '.user' : ''} ${rule.pattern} ${rule.replacement}`.trim();
}

/** What is wrong with the list, naming the rule; undefined: nothing. */
export function headerRulesProblem(rules: readonly HeaderRule[]): string | undefined {
  if (!Array.isArray(rules) || rules.length > mostHeaderRules) return `may be at most ${mostHeaderRules}`;
  for (const [at, rule] of rules.entries()) {
    const problem = headerRuleProblem(rule);
    if (problem !== undefined) return `${at + 1}: a rule ${problem}`;
  }
  return undefined;
}
