/** Those who have no business here: challenged, told nothing, and no loop goes on for ever. */
import type { CaseContext, InteropCase } from '../case-context.ts';
import { ask, type RawAnswer, type RawRequest } from '../peers/raw-sip.ts';
import { expect } from '../peers/wait.ts';

const servers = ['ringdown', 'kamailio'] as const;

function request(context: CaseContext, method: RawRequest['method'], from: string, to: string): RawRequest {
  const { domain, udpPort } = context.server;
  const uri = method === 'REGISTER' ? `sip:${domain}` : `sip:${to}@${domain}`;
  return { method, uri, from: `sip:${from}@${domain}`, to: `sip:${to}@${domain}`, port: udpPort };
}

function challenged(answer: RawAnswer, what: string): void {
  expect(answer.status === 401 || answer.status === 407, `${what}: ${answer.status}, not challenged\n${answer.text}`);
  expect(/^(WWW|Proxy)-Authenticate: Digest /im.test(answer.text), `${what}: no challenge\n${answer.text}`);
}

async function scanner(context: CaseContext): Promise<void> {
  const { phone, user } = await context.baresip({ name: 'victim' });
  const { extension } = user;
  const shapes = new Map<string, string[]>();
  for (const method of ['INVITE', 'REGISTER'] as const) {
    const pairs =
      method === 'INVITE'
        ? [
            [extension, extension],
            ['7777', extension],
            [extension, '7777'],
            ['7777', '7778'],
            ['100', '00441234567890'],
          ]
        : [
            [extension, extension],
            ['7777', '7777'],
          ];
    for (const [from = '', to = ''] of pairs) {
      const answer = await ask(request(context, method, from, to));
      challenged(answer, `${method} ${from} to ${to}`);
      shapes.set(method, [...(shapes.get(method) ?? []), answer.shape]);
    }
  }
  for (const [method, all] of shapes) {
    const kinds = [...new Set(all)];
    expect(kinds.length === 1, `${method}: a known user looks other than an unknown one:\n${kinds.join('\n---\n')}`);
  }
  expect(!phone.events.some((event) => event.type === 'CALL_INCOMING'), "the victim's phone rang");
}

/** With credentials that are wrong, too. */
async function guessing(context: CaseContext): Promise<void> {
  const user = await context.server.addUser();
  const answers: RawAnswer[] = [];
  for (const name of [user.username, '7777']) {
    const first = await ask(request(context, 'REGISTER', name, name));
    const [, realm = ''] = /realm="([^"]*)"/.exec(first.text) ?? [];
    const [, nonce = ''] = /nonce="([^"]*)"/.exec(first.text) ?? [];
    const guess = `Digest username="${name}", realm="${realm}", nonce="${nonce}", uri="sip:${context.server.domain}"`;
    const qop = /qop="/.test(first.text) ? ', qop=auth, nc=00000001, cnonce="abcdef"' : '';
    const headers = [`Authorization: ${guess}, response="0123456789abcdef0123456789abcdef", algorithm=MD5${qop}`];
    answers.push(await ask({ ...request(context, 'REGISTER', name, name), headers }));
  }
  const [known, unknown] = answers;
  expect(known !== undefined && [401, 403].includes(known.status), `a wrong guess was answered ${known?.status}`);
  expect(known?.shape === unknown?.shape, `a known user looks other:\n${known?.text}\n---\n${unknown?.text}`);
}

async function noHopsLeft(context: CaseContext): Promise<void> {
  const user = await context.server.addUser();
  const answer = await ask({ ...request(context, 'INVITE', user.extension, user.extension), maxForwards: 0 });
  // RFC 3261 §16.3 step 3 comes before authentication at a proxy; a B2BUA may challenge first.
  expect([483, 401, 407].includes(answer.status), `Max-Forwards 0 was answered ${answer.status}\n${answer.text}`);
}

export const cases: readonly InteropCase[] = [
  { name: 'strangers: a scanner is challenged and learns nothing', needs: ['baresip'], servers, run: scanner },
  { name: 'strangers: a guessed password tells nothing about the user', needs: [], servers, run: guessing },
  { name: 'strangers: Max-Forwards 0 goes no further', needs: [], servers, run: noHopsLeft },
];
