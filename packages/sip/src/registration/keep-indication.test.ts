import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest } from '../message/build-request.ts';
import { buildResponse } from '../message/build-response.ts';
import { agreeToKeepAlives, offersKeepAlives } from './keep-indication.ts';

const via = (params: string) => `SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1${params}`;

function answered(vias: readonly string[]): string[] {
  const headers = [...vias.map((value) => ['Via', value] as const), ['CSeq', '1 REGISTER'] as const];
  const to = ['To', '<sip:a@b>'] as const;
  const request = buildRequest({
    method: 'REGISTER',
    uri: 'sip:a',
    headers: [...headers, ['From', '<sip:a@b>;tag=1'], to, ['Call-ID', 'c']],
  });
  const response = buildResponse(request, 200);
  return (offersKeepAlives(request) ? agreeToKeepAlives(response, 30) : response).headers('Via');
}

const rows: readonly [string, string[], string[]][] = [
  ['offered: agreed', [via(';keep;rport')], [via(';keep=30;rport')]],
  ['last of the parameters', [via(';rport;keep')], [via(';rport;keep=30')]],
  ['not offered: nothing is said', [via(';rport')], [via(';rport')]],
  ['a value is an answer already', [via(';keep=5')], [via(';keep=5')]],
  ['another parameter', [via(';keepx')], [via(';keepx')]],
  ['of the hop before that', [via(''), via(';keep')], [via(''), via(';keep')]],
  ['two in one row', [`${via(';keep')}, ${via(';keep')}`], [via(';keep=30'), via(';keep')]],
];
for (const [title, vias, expected] of rows)
  test(`RFC 6223 §4.4: ${title}`, () => {
    assert.deepEqual(answered(vias), expected);
  });
