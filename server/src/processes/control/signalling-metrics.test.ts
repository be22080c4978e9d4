import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest, buildResponse, formatMessage, type SipRequest } from '@ringdown/sip';
import { createMetrics, formatPrometheus } from '#base/metrics';
import { endCause } from '#engine/calls';
import { SignallingMetrics } from './signalling-metrics.ts';

const request = (method: string): SipRequest =>
  buildRequest({
    method,
    uri: 'sip:a.test',
    headers: [
      ['Via', 'SIP/2.0/UDP b.test;branch=z9hG4bK1'],
      ['From', '<sip:a@a.test>;tag=1'],
      ['To', '<sip:b@b.test>'],
      ['Call-ID', 'c'],
      ['CSeq', `1 ${method}`],
    ],
  });

test('messages are counted by direction, method and class, read or only written', () => {
  const metrics = createMetrics();
  const counts = new SignallingMetrics(metrics);
  for (const method of ['INVITE', 'INVITE', 'REGISTER', 'PUBLISH']) counts.received(request(method));
  counts.received(buildResponse(request('BYE'), 487));
  counts.sent(formatMessage(request('BYE')));
  counts.sent(formatMessage(buildResponse(request('INVITE'), 180)));
  counts.sent(formatMessage(buildResponse(request('INVITE'), 200)));
  counts.sent(Uint8Array.of(13, 10, 13, 10));
  counts.malformed();
  counts.callEnded(endCause('busy'));
  counts.callEnded(endCause('busy'));
  counts.logWritten(0.5);
  const text = formatPrometheus(metrics);
  for (const line of [
    'ringdown_sip_requests_total{direction="received",method="INVITE"} 2',
    'ringdown_sip_requests_total{direction="received",method="other"} 1',
    'ringdown_sip_requests_total{direction="sent",method="BYE"} 1',
    'ringdown_sip_responses_total{direction="received",status="4xx"} 1',
    'ringdown_sip_responses_total{direction="sent",status="1xx"} 1',
    'ringdown_sip_responses_total{direction="sent",status="2xx"} 1',
    'ringdown_sip_malformed_total 1',
    'ringdown_calls_ended_total{cause="busy",fault="callee"} 2',
    'ringdown_append_log_write_seconds_bucket{le="0.001"} 1',
  ])
    assert.ok(text.includes(`${line}\n`), `${line} is not in\n${text}`);
});
