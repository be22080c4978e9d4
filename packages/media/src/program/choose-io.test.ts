import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseIo } from './choose-io.ts';
import type { IoSetting } from './io-kind.ts';
import type { ProbeOutcome } from './probe-io.ts';

const works: ProbeOutcome = { verdict: 'works' };
const refused: ProbeOutcome = { verdict: 'refused', why: 'io_uring_setup: not given (errno 1)' };
const failed: ProbeOutcome = { verdict: 'failed', why: 'the probe was ended by SIGSEGV' };

for (const { setting, io_uring, epoll, kind, why, tried } of [
  { setting: 'auto', io_uring: works, epoll: works, kind: 'io_uring', why: null, tried: ['io_uring'] },
  {
    setting: 'auto',
    io_uring: refused,
    epoll: works,
    kind: 'epoll',
    why: 'io_uring: io_uring_setup: not given (errno 1)',
    tried: ['io_uring', 'epoll'],
  },
  {
    setting: 'auto',
    io_uring: refused,
    epoll: failed,
    kind: 'dgram',
    why: 'io_uring: io_uring_setup: not given (errno 1); epoll: the probe was ended by SIGSEGV',
    tried: ['io_uring', 'epoll'],
  },
  {
    setting: 'io_uring',
    io_uring: failed,
    epoll: works,
    kind: 'dgram',
    why: 'io_uring: the probe was ended by SIGSEGV',
    tried: ['io_uring'],
  },
  { setting: 'epoll', io_uring: works, epoll: works, kind: 'epoll', why: null, tried: ['epoll'] },
  {
    setting: 'epoll',
    io_uring: works,
    epoll: failed,
    kind: 'dgram',
    why: 'epoll: the probe was ended by SIGSEGV',
    tried: ['epoll'],
  },
  { setting: 'dgram', io_uring: works, epoll: works, kind: 'dgram', why: null, tried: [] },
] as const satisfies readonly { setting: IoSetting; [name: string]: unknown }[])
  test(`packet I/O: ${setting}, io_uring ${io_uring.verdict}, epoll ${epoll.verdict}: ${kind}`, async () => {
    const asked: string[] = [];
    const chosen = await chooseIo(setting, async (one) => {
      asked.push(one);
      return one === 'io_uring' ? io_uring : epoll;
    });
    assert.deepEqual({ chosen, asked }, { chosen: { kind, why }, asked: tried });
  });
