/**
 * An operator's header rules (services/directory/header-rule.ts) made into functions over messages. Rules on the user of From and To are apart on the way out: a dialog keeps
 * what its first request said, so they are applied to the addresses before there is one.
 */
import { type Adapt, edit, escapeUser, parseNameAddr, type SipRequest, type SipResponse } from '@ringdown/sip';
import type { HeaderRule } from '#services/directory';

/** Null: nothing is to be done in that direction. */
export interface HeaderRules {
  readonly incoming: Adapt | null;
  readonly outgoing: Adapt | null;
  /** A value of From or To, without tag, as it is to be sent. */
  readonly address: ((header: 'From' | 'To', value: string) => string) | null;
}

export function compileHeaderRules(rules: readonly HeaderRule[]): HeaderRules | null {
  if (rules.length === 0) return null;
  const ofDialog = ({ header }: HeaderRule): boolean => /^(?:from|to)$/i.test(header);
  const incoming = rules.filter(({ direction }) => direction === 'in').map(stepOf);
  const out = rules.filter(({ direction }) => direction === 'out');
  const outgoing = out.filter((rule) => !ofDialog(rule)).map(stepOf);
  const addresses = out
    .filter(ofDialog)
    .map((rule) => ({ header: rule.header.toLowerCase(), rewrite: rewriteOf(rule) }));
  return {
    incoming: incoming.length === 0 ? null : adaptBy(incoming),
    outgoing: outgoing.length === 0 ? null : adaptBy(outgoing),
    address:
      addresses.length === 0
        ? null
        : (header, value) =>
            addresses.reduce(
              (text, one) => (one.header === header.toLowerCase() ? (one.rewrite(text) ?? text) : text),
              value,
            ),
  };
}

/** The message as it is, where the step has nothing to do. */
type Step = Adapt;

function adaptBy(steps: readonly Step[]): Adapt {
  return (message) => steps.reduce((made, step) => step(made), message);
}

function stepOf(rule: HeaderRule): Step {
  const { header } = rule;
  if (rule.does === 'add') return (message) => edit(message).addHeader(header, rule.value).done();
  if (rule.does === 'set') return (message) => edit(message).setHeader(header, rule.value).done();
  if (rule.does === 'remove')
    return (message) => (message.header(header) === undefined ? message : edit(message).removeHeader(header).done());
  const rewrite = rewriteOf(rule);
  return (message) => rewritten(message, header, rewrite);
}

function rewritten<M extends SipRequest | SipResponse>(message: M, header: string, rewrite: Rewrite): M {
  const before = message.headers(header);
  const after = before.map((value) => rewrite(value) ?? value);
  if (after.every((value, at) => value === before[at])) return message;
  const editor = edit(message);
  const [first = '', ...others] = after;
  editor.setHeader(header, first);
  for (const value of others) editor.addHeader(header, value);
  return editor.done();
}

/** Undefined: it does not fit. */
type Rewrite = (value: string) => string | undefined;

/** A longer value is left alone: three stars over it would take their time. */
const longestValue = 2_048;

function rewriteOf(rule: HeaderRule): Rewrite {
  if (rule.does !== 'rewrite') return () => undefined;
  const pattern = globPattern(rule.pattern);
  const replace: Rewrite = (value) => {
    const found = value.length > longestValue ? null : pattern.exec(value);
    return found === null
      ? undefined
      : rule.replacement.replace(/\$([1-9])/g, (_, digit: string) => found[Number(digit)] ?? '');
  };
  return rule.part === 'value' ? replace : (value) => rewriteUser(value, replace);
}

/** `*` anything, `?` one character; the whole must fit. */
function globPattern(glob: string): RegExp {
  const source = glob.replace(/[.+^${}()|[\]\\/]/g, '\\$&').replace(/[*?]/g, (one) => (one === '*' ? '(.*)' : '(.)'));
  return new RegExp(`^${source}$`, 's');
}

/** The user of the URI in an address, escapes resolved for the pattern and made again. */
function rewriteUser(value: string, replace: Rewrite): string | undefined {
  const uri = parseNameAddr(value)?.uri;
  if (uri?.kind !== 'sip' || uri.user === undefined || uri.userText === undefined) return undefined;
  const user = replace(uri.user);
  if (user === undefined || user === '') return undefined;
  const { text, userText } = uri;
  const start = text.indexOf(':') + 1;
  const changed = `${text.slice(0, start)}${escapeUser(user)}${text.slice(start + userText.length)}`;
  const at = value.includes(`<${text}>`) ? value.indexOf(`<${text}>`) + 1 : value.indexOf(text);
  return `${value.slice(0, at)}${changed}${value.slice(at + text.length)}`;
}
